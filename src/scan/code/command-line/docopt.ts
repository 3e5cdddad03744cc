import { withoutLikely } from '../../marks.ts';
import { readOptions } from './options.ts';
import type { OptionSpecification } from './options.ts';
import type { Value } from '../values.ts';
import { list } from '../values.ts';

const MAX_TEXT = 10_000;
const MAX_PATTERNS = 30;

/** A usage line: commands, operands and options in the order in which they stand. */
interface Pattern {
  readonly commands: readonly string[];
  readonly operands: readonly { readonly name: string; readonly many: boolean }[];
}

/**
 * What `docopt` makes of a command line: the first usage line whose commands are all given decides what the operands are.
 * Source: docopt.org, "Usage patterns".
 */
export function docopt(text: string, argv: readonly string[]): ReadonlyMap<string, Value> {
  const help = text.slice(0, MAX_TEXT);
  const options = optionsIn(help);
  const patterns = patternsIn(help);
  const found = readOptions(argv, options);
  for (const { commands, operands } of patterns) {
    for (const command of commands) found.set(command, false);
    for (const { name, many } of operands) found.set(name, many ? list([]) : null);
  }
  const words = readOptions(argv, [
    ...options,
    { names: ['#'], key: '#', valued: true, many: true, fallback: undefined },
  ]);
  const rest = words.get('#');
  const given = typeof rest === 'object' && rest?.kind === 'list' ? rest.items.map(String) : [];
  const plain = given.map(withoutLikely);
  const chosen = patterns.find(
    ({ commands, operands }) =>
      commands.every((command) => plain.includes(command)) &&
      (commands.length + operands.length === given.length || operands.some(({ many }) => many)),
  );
  if (!chosen) return found;
  for (const command of chosen.commands) found.set(command, true);
  const left = given.filter((word) => !chosen.commands.includes(withoutLikely(word)));
  chosen.operands.forEach(({ name, many }, index) => {
    found.set(name, many ? list(left.slice(index)) : (left[index] ?? null));
  });
  return found;
}

/** `-r <ref>, --ref=<ref>  Text [default: main]`, and options that stand in the usage alone. */
function optionsIn(help: string): readonly OptionSpecification[] {
  const found = new Map<string, OptionSpecification>();
  for (const line of help.split('\n')) {
    const described = /^\s*(-\S.*?)(?:\s{2,}(.*))?$/u.exec(line);
    const names = (described?.[1] ?? '').match(/(?<=^|[\s,])--?[\w-]+/gu) ?? [];
    if (names.length === 0) continue;
    const key = names.find((name) => name.startsWith('--')) ?? names[0] ?? '';
    const fallback = /\[default:\s*([^\]]*)\]/iu.exec(line)?.[1];
    const valued = /--?[\w-]+[=\s](?:<[^>]+>|[A-Z][A-Z_-]*\b)/u.test(described?.[1] ?? '');
    found.set(key, { names, key, valued, many: false, fallback: valued ? fallback : false });
  }
  for (const [, name = '', value] of help.matchAll(/(?<=[\s[(|])(--[\w-]+)(=(?:<[^>]+>|[A-Z]+))?/gu))
    if (![...found.values()].some(({ names }) => names.includes(name)))
      found.set(name, {
        names: [name],
        key: name,
        valued: value !== undefined,
        many: false,
        fallback: value === undefined ? false : undefined,
      });
  return [...found.values()];
}

function patternsIn(help: string): readonly Pattern[] {
  const usage = /usage:([^]*?)(?:\n\s*\n|$)/iu.exec(help)?.[1] ?? '';
  return usage
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(0, MAX_PATTERNS)
    .map((line) => {
      const words =
        line
          .replace(/^\S+/u, '')
          .replace(/--?[\w-]+(?:[= ]<[^>]+>|=[A-Z]+)?/gu, ' ')
          .match(/<[^>]+>(?:\.{3})?|[\w-]+(?:\.{3})?/gu) ?? [];
      const own = words.filter((word) => word !== 'options');
      const isOperand = (word: string): boolean => word.startsWith('<') || /^[A-Z][A-Z_-]*(?:\.{3})?$/u.test(word);
      return {
        commands: own.filter((word) => !isOperand(word)),
        operands: own
          .filter(isOperand)
          .map((word) => ({ name: word.replace(/\.+$/u, ''), many: word.endsWith('...') })),
      };
    });
}
