import type { Line } from '../shell/state.ts';

/** One command of an Earthfile, joined from its lines. */
export interface EarthCommand {
  readonly word: string;
  readonly text: string;
  readonly lines: readonly Line[];
}

/** Commands by target; those before the first target are the base recipe, under `base`. */
export type Earthfile = ReadonlyMap<string, readonly EarthCommand[]>;

/** Nobody writes a longer one, and the patterns below are tried on each. */
const MAX_LINE = 2_000;
const TARGET = /^([A-Za-z][\w.-]*):\s*$/u;

interface OpenCommand extends EarthCommand {
  text: string;
  lines: Line[];
}

/** Reads an Earthfile. Blocks (`IF`, `FOR`, `WITH DOCKER`) stay flat: what stands in them counts as much as the rest. */
export function readEarthfile(lines: readonly Line[]): Earthfile {
  const targets = new Map<string, OpenCommand[]>([['base', []]]);
  let current = targets.get('base') ?? [];
  let open = false;
  for (const { text, at } of lines.slice(0, 20_000)) {
    if (text.length > MAX_LINE) continue;
    const plain = text.replace(/^\s*#.*$/u, '').replace(/\s#\s[^"']*$/u, '');
    if (plain.trim() === '') continue;
    const more = /\\\s*$/u.test(plain);
    const line = { text: plain.replace(/\\\s*$/u, '').trim(), at };
    const last = current.at(-1);
    const name: string | undefined = open ? undefined : TARGET.exec(plain)?.[1];
    if (open && last) {
      last.text += ` ${line.text}`;
      last.lines.push({ text: plain, at });
    } else if (name !== undefined) {
      current = [];
      targets.set(name, current);
    } else {
      const [, word = '', rest = ''] = /^(\S+)\s*(.*)$/u.exec(line.text) ?? [];
      current.push({ word, text: rest, lines: [{ text: plain.trim(), at }] });
    }
    open = more && name === undefined;
  }
  return targets;
}
