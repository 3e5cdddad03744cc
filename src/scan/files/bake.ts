import type { Call } from '../shell/call.ts';
import { unknown } from '../marks.ts';
import type { Line } from '../shell/state.ts';
import { pull } from '../tools/containers/registry.ts';
import type { Origin } from '../types.ts';
import { runDockerfile } from './dockerfile.ts';

interface Setting {
  readonly value: string;
  readonly at: Origin;
}

interface Block {
  readonly kind: string;
  readonly name: string;
  readonly settings: Map<string, Setting>;
  /** Entries of `args` and `contexts`, as `args.NAME`. */
  readonly nested: Map<string, Setting>;
}

/** `docker buildx bake`: the targets that are named, those of named groups, and what they inherit. */
export function runBake(call: Call, paths: readonly string[], targets: readonly string[]): void {
  const blocks = paths.flatMap((path) => readBlocks(call.workspace.lines(path, call.state) ?? []));
  const variables = new Map<string, string>();
  for (const { kind, name, settings } of blocks)
    if (kind === 'variable')
      variables.set(name, call.state.value(name) ?? settings.get('default')?.value ?? unknown(name));
  const named = new Map(blocks.map((block) => [`${block.kind} ${block.name}`, block]));
  const done = new Set<string>();
  const run = (name: string): void => {
    if (done.has(name) || done.size > 200) return;
    done.add(name);
    const group = named.get(`group ${name}`);
    if (group) for (const inner of listed(group.settings.get('targets'))) run(inner);
    const target = named.get(`target ${name}`);
    if (target) build(call, inherited(target, named, 0), variables);
  };
  for (const name of targets.length > 0 ? targets : ['default']) run(name);
}

const listed = (setting: Setting | undefined): readonly string[] =>
  [...(setting?.value ?? '').matchAll(/"([^"]*)"/gu)].map((match) => match[1] ?? '');

function inherited(target: Block, named: ReadonlyMap<string, Block>, depth: number): Block {
  if (depth > 5) return target;
  const bases = listed(target.settings.get('inherits')).flatMap((name) => {
    const base = named.get(`target ${name}`);
    return base ? [inherited(base, named, depth + 1)] : [];
  });
  const all = [...bases, target];
  return {
    ...target,
    settings: new Map(all.flatMap(({ settings }) => [...settings])),
    nested: new Map(all.flatMap(({ nested }) => [...nested])),
  };
}

function build(call: Call, { settings, nested }: Block, variables: ReadonlyMap<string, string>): void {
  const expand = (text: string): string =>
    text
      .replace(/^"([^"]*)"$/u, '$1')
      .replace(/^(\w+)$/u, (name) => variables.get(name) ?? name)
      .replace(/\$\{(\w+)\}/gu, (_, name: string) => variables.get(name) ?? call.state.value(name) ?? unknown(name));
  const text = (name: string): string => expand(settings.get(name)?.value ?? '');
  const args = [...nested].flatMap(([key, { value, at }]) =>
    key.startsWith('args.') ? [{ value: `${key.slice(5)}=${expand(value)}`, at }] : [],
  );
  for (const [key, { value, at }] of nested) {
    const image = /^docker-image:\/\/(.+)$/u.exec(expand(value))?.[1];
    if (key.startsWith('contexts.') && image !== undefined) pull(call, { value: image, at });
  }
  const context = text('context') === '' ? '.' : text('context');
  const file = text('dockerfile') === '' ? 'Dockerfile' : text('dockerfile');
  const target = text('target');
  runDockerfile(call, context === '.' ? file : `${context}/${file}`, {
    args,
    secrets: [],
    target: target === '' ? null : target,
    context,
  });
}

/** Blocks of an HCL file with their settings; lists may go on over lines. */
function readBlocks(lines: readonly Line[]): readonly Block[] {
  const found: Block[] = [];
  let path: string[] = [];
  let list: string | null = null;
  for (const { text, at } of lines) {
    const line = text.replace(/(?:^|\s)(?:#|\/\/)\s.*$/u, '');
    const head = /^\s*(variable|target|group)\s+"([^"]+)"\s*\{(.*)$/u.exec(line);
    if (head) {
      found.push({ kind: head[1] ?? '', name: head[2] ?? '', settings: new Map(), nested: new Map() });
      path = [];
    }
    const block = found.at(-1);
    if (!block) continue;
    const body = head ? (head[3] ?? '') : line;
    const opened = /^\s*(\w+)\s*=\s*\{\s*(.*)$/u.exec(body);
    if (opened) path = [opened[1] ?? ''];
    for (const match of (opened ? (opened[2] ?? '') : body).matchAll(
      /"?([\w-]+)"?\s*=\s*("[^"]*"|\[[^\]]*\]?|\w+)/gu,
    )) {
      const [, name = '', value = ''] = match;
      if (path.length > 0) block.nested.set(`${path[0] ?? ''}.${name}`, { value, at });
      else block.settings.set(name, { value, at });
      list = value.startsWith('[') && !value.includes(']') ? name : null;
    }
    const before = list === null ? undefined : block.settings.get(list);
    if (list !== null && before && !/=/u.test(body))
      block.settings.set(list, { ...before, value: before.value + body });
    if (/\]/u.test(body)) list = null;
    if (/\}\s*$/u.test(body.replace(/\$\{[^}]*\}/gu, ''))) path = [];
  }
  return found;
}
