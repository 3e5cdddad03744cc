import type { CompoundList } from 'unbash';
import { forEachChild } from 'unbash';
import { LIKELY } from '../marks.ts';
import type { Line, ShellState } from './state.ts';

/** The variables of `while read a b`, or null for another condition. */
export function readNames(clause: CompoundList): readonly string[] | null {
  let names: readonly string[] | null = null;
  const visit = (node: Parameters<typeof forEachChild>[0]): void => {
    if (node.type === 'Command' && node.name?.value === 'read' && names === null) {
      const words = node.args.map((argument) => argument.text);
      const start = words.findIndex(
        (word, index) => !word.startsWith('-') && !/^-[dntpu]$/u.test(words[index - 1] ?? ''),
      );
      names = start < 0 ? ['REPLY'] : words.slice(start);
    }
    forEachChild(node, visit);
  };
  visit(clause);
  return names;
}

/** Splits a line as `read` does: the last name takes the rest. */
export function bindRead(names: readonly string[], line: Line, state: ShellState): void {
  const separator = withSeparator(state.value('IFS'));
  const text = line.text.trim();
  const parts = text === '' ? [] : text.split(separator);
  names.forEach((name, index) => {
    const last = index === names.length - 1;
    const rest = last && parts.length > names.length ? parts.slice(index).join(' ') : (parts[index] ?? '');
    state.set(name, rest, line.at);
  });
}

/** Marks values as only likely. */
export function markLikely(names: readonly string[], state: ShellState): void {
  for (const name of names) {
    const binding = state.vars.get(name);
    if (binding && binding.value !== '') state.set(name, binding.value + LIKELY, binding.at);
  }
}

function withSeparator(ifs: string | undefined): RegExp {
  if (ifs === undefined || ifs.trim() === '') return /[ \t]+/u;
  return new RegExp(`[${ifs.replace(/[\\\]^-]/gu, '\\$&')}]`, 'u');
}
