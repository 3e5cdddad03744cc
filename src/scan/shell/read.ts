import type { Command, CompoundList, Word } from 'unbash';
import { forEachChild } from 'unbash';
import { LIKELY } from '../marks.ts';
import type { Line, ShellState } from './state.ts';

/** A `read` as the condition of a loop: the variables it sets, and the word of its own `IFS=`, if it has one. */
export interface ReadLoop {
  readonly names: readonly string[];
  readonly separator: Word | null;
  /** The file descriptor it reads, where it is not the standard input: `read -u 3`, `read <&3`. */
  readonly descriptor: string | null;
}

/** The `while IFS=, read a b` of a condition, or null for another one. */
export function readLoop(clause: CompoundList): ReadLoop | null {
  let found: ReadLoop | null = null;
  const visit = (node: Parameters<typeof forEachChild>[0]): void => {
    if (node.type === 'Command' && node.name?.value === 'read' && found === null) {
      const words = node.args.map((argument) => argument.text);
      const start = words.findIndex(
        (word, index) => !word.startsWith('-') && !/^-[dntpu]$/u.test(words[index - 1] ?? ''),
      );
      const own = node.prefix.find((item) => item.type === 'Assignment' && item.name === 'IFS');
      const separator = own?.type === 'Assignment' && own.value.type !== 'ArrayValue' ? own.value : null;
      found = { names: start < 0 ? ['REPLY'] : words.slice(start), separator, descriptor: descriptorOf(words, node) };
    }
    forEachChild(node, visit);
  };
  visit(clause);
  return found;
}

function descriptorOf(words: readonly string[], { redirects }: Command): string | null {
  const flag = words.findIndex((word) => /^-[a-z]*u\d*$/u.test(word));
  if (flag >= 0) return /\d+$/u.exec(words[flag] ?? '')?.[0] ?? words[flag + 1] ?? null;
  const copied = redirects.find((one) => one.type === 'Redirect' && one.operator === '<&');
  return copied?.type === 'Redirect' ? (copied.target?.text ?? null) : null;
}

/** Splits a line as `read` does: the last name takes the rest. */
export function bindRead(names: readonly string[], line: Line, state: ShellState, ifs = state.value('IFS')): void {
  const parts = splitLine(line.text, ifs);
  names.forEach((name, index) => {
    const last = index === names.length - 1;
    const rest = last && parts.length > names.length ? parts.slice(index).join(' ') : (parts[index] ?? '');
    state.set(name, rest, line.at);
  });
}

/** The words of a line, as `read -a` takes them. */
export function splitLine(line: string, ifs: string | undefined): readonly string[] {
  const text = line.trim();
  return text === '' ? [] : text.split(withSeparator(ifs));
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
