import { hasToken, hasUnknown, unknown, withoutLikely } from '../marks.ts';
import type { Call, Tool } from './call.ts';
import { option, parseArgs, valuesOf } from './call.ts';
import { sed } from './sed.ts';
import type { Line } from './state.ts';

/** Programs that turn text into text; they decide what later commands see. */

const MAX_ROUNDS = 300;

function inputLines(call: Call, files: readonly string[]): readonly Line[] {
  const named = files.filter((file) => file !== '-');
  if (named.length === 0) return call.stdin ?? [];
  return named.flatMap((file) => call.workspace.lines(file, call.state) ?? [{ text: unknown(file), at: call.at }]);
}

function emit(call: Call, lines: readonly Line[]): void {
  for (const line of lines) call.state.print(line.text, line.at);
}

const perLine =
  (change: (text: string, call: Call) => string, valued: readonly string[] = []): Tool =>
  (call) => {
    const { operands } = parseArgs(call.args, new Set(valued));
    emit(
      call,
      inputLines(call, valuesOf(operands)).map((line) => ({ ...line, text: change(line.text, call) })),
    );
  };

const echo: Tool = (call) => {
  let args = valuesOf(call.args);
  let escapes = false;
  while (/^-[neE]+$/u.test(args[0] ?? '')) {
    escapes ||= (args[0] ?? '').includes('e');
    args = args.slice(1);
  }
  const text = args.join(' ');
  call.state.print(escapes ? unescaped(text) : text, call.args[0]?.at ?? call.at);
};

const unescaped = (text: string): string => text.replace(/\\n/gu, '\n').replace(/\\t/gu, '\t').replace(/\\\\/gu, '\\');

const printf: Tool = (call) => {
  let args = valuesOf(call.args);
  const target = args[0] === '-v' ? args[1] : undefined;
  if (target !== undefined) args = args.slice(2);
  if (args[0] === '--') args = args.slice(1);
  const [format = '', ...values] = args;
  let text = '';
  let rest = values;
  for (let round = 0; round < 200 && (round === 0 || rest.length > 0); round += 1) {
    const before = rest.length;
    text += unescaped(format).replace(/%(%|-?\d*(?:\.\d+)?[sdbqiu])/gu, (_, kind: string) => {
      if (kind === '%') return '%';
      const [first = '', ...others] = rest;
      rest = others;
      return kind === 'b' ? unescaped(first) : first;
    });
    if (rest.length === before) break;
  }
  if (target !== undefined) call.state.set(target, text, call.at);
  else call.state.print(text, call.args[0]?.at ?? call.at);
};

const cat: Tool = (call) => emit(call, inputLines(call, valuesOf(parseArgs(call.args, new Set()).operands)));

const tee: Tool = (call) => {
  const parsed = parseArgs(call.args, new Set());
  const lines = call.stdin ?? [];
  const append = option(parsed, 'a', 'append') !== undefined;
  for (const { value } of parsed.operands) call.workspace.write(value, lines, append, call.state);
  emit(call, lines);
};

const cut: Tool = (call) => {
  const parsed = parseArgs(call.args, new Set(['d', 'f', 'c', 'b']));
  const delimiter = option(parsed, 'd', 'delimiter')?.value ?? '\t';
  const wanted = option(parsed, 'f', 'fields')?.value ?? '';
  const range = /^(\d*)(-?)(\d*)$/u.exec(wanted);
  const lines = inputLines(call, valuesOf(parsed.operands));
  if (!range || wanted === '' || delimiter.length !== 1) {
    emit(
      call,
      lines.map((line) => ({ ...line, text: unknown('cut') })),
    );
    return;
  }
  const from = Number(range[1] === '' ? '1' : range[1]) - 1;
  const to = range[2] === '' ? from + 1 : range[3] === '' ? undefined : Number(range[3]);
  emit(
    call,
    lines.map((line) => ({ ...line, text: line.text.split(delimiter).slice(from, to).join(delimiter) })),
  );
};

const tr: Tool = (call) => {
  const [first = '', second = ''] = valuesOf(call.args);
  const change = (text: string): string => {
    if (first === '-d') {
      const drop = new Set(unescaped(second));
      return Array.from(text)
        .filter((char) => !drop.has(char))
        .join('');
    }
    if (/^(?:A-Z|\[:upper:\])$/u.test(first) && /^(?:a-z|\[:lower:\])$/u.test(second)) return text.toLowerCase();
    if (/^(?:a-z|\[:lower:\])$/u.test(first) && /^(?:A-Z|\[:upper:\])$/u.test(second)) return text.toUpperCase();
    const [from, to] = [Array.from(unescaped(first)), Array.from(unescaped(second))];
    if (from.length > 4) return unknown('tr');
    return Array.from(text)
      .map((char) => (from.includes(char) ? (to[from.indexOf(char)] ?? to.at(-1) ?? '') : char))
      .join('');
  };
  const text = (call.stdin ?? []).map((line) => line.text).join('\n');
  // Commas or blanks become line breaks: every piece keeps the place of the whole.
  call.state.print(change(text), call.stdin?.[0]?.at ?? call.at);
};

const baseName: Tool = (call) => {
  const [path = '', suffix = ''] = valuesOf(parseArgs(call.args, new Set()).operands);
  const name = path.replace(/\/+$/u, '').split('/').at(-1) ?? '';
  call.state.print(suffix !== '' && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name, call.at);
};

const dirName: Tool = (call) => {
  const path = call.args[0]?.value ?? '';
  if (path === 'sh' || path === '') call.state.print('.', call.at);
  else call.state.print(path.includes('/') ? path.replace(/\/[^/]*\/*$/u, '') : '.', call.at);
};

const headTail: Tool = (call) => {
  const parsed = parseArgs(
    call.args.map((arg) => ({ ...arg, value: arg.value.replace(/^-(\d+)$/u, '-n$1') })),
    new Set(['n', 'c', 'lines']),
  );
  const count = Number(option(parsed, 'n', 'lines')?.value.replace(/^[+-]/u, '') ?? '10');
  const lines = inputLines(call, valuesOf(parsed.operands));
  const plus = option(parsed, 'n', 'lines')?.value.startsWith('+') === true;
  if (call.name === 'head') emit(call, lines.slice(0, count));
  else emit(call, plus ? lines.slice(count - 1) : lines.slice(-count));
};

const grep: Tool = (call) => {
  const parsed = parseArgs(call.args, new Set(['e', 'f', 'm', 'A', 'B', 'C', 'regexp']));
  const given = option(parsed, 'e', 'regexp');
  const operands = given ? parsed.operands : parsed.operands.slice(1);
  const pattern = given?.value ?? parsed.operands[0]?.value ?? '';
  const lines = inputLines(call, valuesOf(operands));
  const matcher = simplePattern(pattern);
  const inverted = option(parsed, 'v', 'invert-match') !== undefined;
  const kept = matcher ? lines.filter((line) => hasUnknown(line.text) || matcher(line.text) !== inverted) : lines;
  emit(call, option(parsed, 'o') ? kept.map((line) => ({ ...line, text: unknown(`grep ${pattern}`) })) : kept);
};

/** Only patterns without repetition of groups are run; anything else keeps every line. */
function simplePattern(pattern: string): ((text: string) => boolean) | null {
  if (pattern.length > 80 || /[()]|[+*]\?|\\[1-9]/u.test(pattern) || (pattern.match(/[+*]/gu)?.length ?? 0) > 2)
    return null;
  try {
    const compiled = new RegExp(pattern.replace(/\\\|/gu, '|').replace(/\[\[:space:\]\]/gu, '\\s'));
    return (text) => compiled.test(text.slice(0, 1_000));
  } catch {
    return null;
  }
}

const ENCODED = new Map(Array.from(`/:@ +&=?#%`).map((char) => [char, encodeURIComponent(char)]));

/** Percent-encodes the way `jq @uri` does, leaving marks alone. */
export const percentEncoded = (text: string): string =>
  Array.from(text)
    .map((char) => ENCODED.get(char) ?? char)
    .join('');

const jq: Tool = (call) => {
  const parsed = parseArgs(call.args, new Set(['f', 'indent']));
  const words = valuesOf(call.args);
  const filter = words.find((word) => word.includes('@uri'));
  if (filter !== undefined) {
    const bound = words.findIndex((word) => word === '--arg');
    const value = bound >= 0 ? (words[bound + 2] ?? '') : (call.stdin ?? []).map(({ text }) => text).join('\n');
    call.state.print(percentEncoded(withoutLikely(value)), call.at);
    return;
  }
  const [query, file] = valuesOf(parsed.operands);
  const text =
    file === undefined
      ? (call.stdin ?? []).map(({ text: line }) => line).join('\n')
      : call.workspace.text(file, call.state);
  const found = text === null || query === undefined ? null : jsonPath(text, query);
  if (found) for (const one of found) call.state.print(one, call.at);
  else call.state.print(unknown(`$(jq ${words.join(' ')})`), call.at);
};

/** `.a.b`, `.a[]`, `.[]`, `.a[0].b`, `keys[]` on a file of the checkout. */
function jsonPath(text: string, query: string): readonly string[] | null {
  if (!/^\.(?:[\w-]+|\[\d*\]|\."?|\["[\w-]+"\])*$/u.test(query)) return null;
  try {
    let values: readonly unknown[] = [JSON.parse(text)];
    for (const step of query.matchAll(/\.?([\w-]+)|\[(\d*)\]|\["([\w-]+)"\]/gu)) {
      const key = step[1] ?? step[3];
      values = values.flatMap((value): readonly unknown[] => {
        if (key !== undefined && step[2] === undefined) return isRecord(value) ? [value[key]] : [];
        if (step[2] === '') return Array.isArray(value) ? value : isRecord(value) ? Object.values(value) : [];
        return Array.isArray(value) ? [value[Number(step[2])]] : [];
      });
    }
    return values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value ?? null)));
  } catch {
    return null;
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** Encoding keeps the token: what matters is that it is still in there. */
const base64 = perLine((text) => (hasToken(text) ? text : unknown('base64')), ['w', 'wrap']);

const envSubst = perLine((text, call) =>
  text.replace(/\$\{(\w+)\}|\$(\w+)/gu, (_, braced?: string, bare?: string) => {
    const name = braced ?? bare ?? '';
    return call.state.value(name) ?? unknown(name);
  }),
);

const copy: Tool = (call) => {
  const paths = parseArgs(call.args, new Set(['m', 'o', 'g', 't'])).operands;
  const target = paths.at(-1)?.value;
  if (target === undefined) return;
  for (const { value } of paths.slice(0, -1)) {
    const lines = call.workspace.lines(value, call.state);
    if (!lines) continue;
    const name = value.split('/').at(-1) ?? value;
    const folder = /\/$|^[~.]+$/u.test(target) || !/[^/]*\.[^/]*$|\/[^/.]+$/u.test(target);
    call.workspace.write(folder ? `${target}/${name}` : target, lines, false, call.state);
    if (folder) call.workspace.write(target, lines, false, call.state);
  }
};

const remove: Tool = (call) => {
  for (const { value } of parseArgs(call.args, new Set()).operands) {
    const key = call.workspace.resolve(value, call.state.cwd);
    if (key === null || !call.workspace.lines(value, call.state)) continue;
    call.state.files.set(key, null);
    call.state.touch();
  }
};

const sequence: Tool = (call) => {
  const numbers = valuesOf(call.args).map(Number);
  const [from, to] = numbers.length > 1 ? [numbers[0] ?? 1, numbers.at(-1) ?? 0] : [1, numbers[0] ?? 0];
  for (let value = from; value <= to && value - from < 300; value += 1) call.state.print(String(value), call.at);
};

const xargs: Tool = (call) => {
  const parsed = parseArgs(call.args, new Set(['I', 'n', 'P', 'L', 'd', 'a', 's']));
  const replace = option(parsed, 'I', 'i')?.value;
  const start = call.args.findIndex(
    (arg, index) => !arg.value.startsWith('-') && !/^-[InPLdas]$/u.test(call.args[index - 1]?.value ?? ''),
  );
  const command = start < 0 ? [{ value: 'echo', at: call.at }] : call.args.slice(start);
  const lines = call.stdin ?? [{ text: unknown('xargs'), at: call.at }];
  if (lines.length > MAX_ROUNDS)
    call.findings.unresolved('unknown', 'xargs', `more than ${MAX_ROUNDS} rounds: the rest is not followed`, call.at);
  for (const line of lines.slice(0, MAX_ROUNDS)) {
    const words = replace === undefined ? line.text.split(/\s+/u).filter((word) => word !== '') : [line.text];
    for (const word of words) {
      const value = { value: word, at: line.at };
      const filled =
        replace === undefined
          ? [...command, value]
          : command.map((arg) => ({ ...arg, value: arg.value.replaceAll(replace, word) }));
      call.shell.rerun(call, filled, null);
    }
  }
};

const urlCode = /quote/u;

/** Text programs by name. */
export const FILTERS: ReadonlyMap<string, Tool> = new Map<string, Tool>([
  ['echo', echo],
  ['printf', printf],
  ['cat', cat],
  ['tee', tee],
  ['sed', sed],
  ['cut', cut],
  ['tr', tr],
  ['basename', baseName],
  ['dirname', dirName],
  ['head', headTail],
  ['tail', headTail],
  ['grep', grep],
  ['egrep', grep],
  ['sort', cat],
  ['uniq', cat],
  ['jq', jq],
  ['base64', base64],
  ['envsubst', envSubst],
  ['cp', copy],
  ['mv', copy],
  ['install', copy],
  ['rm', remove],
  ['seq', sequence],
  ['xargs', xargs],
]);

/** `python -c "…quote(sys.argv[1])…" TEXT` is the usual way to encode a path; null for any other program text. */
export function quotedByProgram(
  program: string,
  args: readonly string[],
  stdin: readonly Line[] | null,
): string | null {
  if (!urlCode.test(program)) return null;
  const literal = /quote(?:_plus)?\(\s*(["'])([^"']+)\1/u.exec(program)?.[2];
  const text = literal ?? (/argv/u.test(program) ? args[0] : stdin?.[0]?.text);
  return text === undefined ? null : percentEncoded(withoutLikely(text));
}
