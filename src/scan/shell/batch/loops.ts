import type { Out, Translator } from './out.ts';

/** `for [/f "options"] %%v in (…) do command`. */
export function loopHere(batch: Translator, nested: boolean, row: number): Out[] {
  const { reader } = batch;
  reader.blanks();
  const kind = (reader.take(/\/([dflr])\s+/iuy)?.[1] ?? '').toLowerCase();
  const options = kind === 'f' ? (reader.take(/"([^"\n]*)"\s*/uy)?.[1] ?? '') : '';
  const root = kind === 'r' && !reader.is(/%%?[A-Za-z]\s+in\b/iuy) ? reader.word(nested)?.shell : undefined;
  reader.blanks();
  const variable = reader.take(/%%?([A-Za-z])\s+in\s*\(/iuy)?.[1];
  if (variable === undefined) {
    reader.take(/[^\n]*/uy);
    return [];
  }
  const list = listHere(reader.take(/[^()\n]*(?:\([^()\n]*\)[^()\n]*)*(?:\n[^()\n]*)*(?=\))/uy)?.[0] ?? '', batch);
  reader.take(/\)\s*do(?=[\s(@])/iuy);
  const names = kind === 'f' ? taken(variable, options) : [variable];
  const fresh = names.filter((name) => !reader.names.loops.has(name));
  for (const name of fresh) reader.names.loops.add(name);
  const body = batch.command(nested);
  for (const name of fresh) reader.names.loops.delete(name);
  const inside: readonly Out[] = [...body, { text: ':', row }];
  if (kind === 'f') return lines(names, options, list, inside, row);
  const words = kind === 'l' ? counted(list.plain) : kind === 'r' ? found(list.plain, root) : list.words;
  return [{ text: `for ${variable} in ${words}; do`, row }, ...inside, { text: 'done', row }];
}

interface List {
  readonly plain: string;
  readonly words: string;
}

/** What stands in the brackets: as it was written, and as words. */
function listHere(written: string, { reader }: Translator): List {
  // `"%LIST:;=" "%"` puts quotes around each word of a list.
  const plain = written.replace(/"(%\w+:[^%"\n]+=)" "%"/gu, '$1 %');
  const words = (plain.match(/%\w+:[^%\n]*%|(?:"[^"]*"|[^\s,;"])+/gu) ?? []).map((word) => {
    const inside = reader.part(word);
    return /^\$\{\w+(?:\/\/[^}]*)?\}$/u.test(inside) && !word.startsWith('"')
      ? inside
      : /[*?]/u.test(inside)
        ? inside.replace(/[^\w*?./${}-]/gu, '\\$&')
        : `"${inside}"`;
  });
  return { plain: written.trim(), words: words.join(' ') };
}

/** `for /r FOLDER %%f in (*.x)`: files below a folder. */
const found = (patterns: string, root = '.'): string =>
  patterns
    .split(/[\s,;]+/u)
    .map((pattern) => `$(find ${root} -name '${pattern.replaceAll("'", '')}')`)
    .join(' ');

/** `(1,1,5)`: from, step, to. */
function counted(list: string): string {
  const [from = 1, step = 1, to = 1] = list.split(/[\s,;]+/u).map(Number);
  const found: number[] = [];
  for (let value = from; found.length < 200 && step !== 0 && (step > 0 ? value <= to : value >= to); value += step)
    found.push(value);
  return found.join(' ');
}

/** `tokens=1,2*`: as many variables as there are tokens, one letter after the other. */
function taken(variable: string, options: string): readonly string[] {
  const tokens = /tokens=([\d,*-]+)/iu.exec(options)?.[1] ?? '1';
  const range = /^(\d)-(\d)$/u.exec(tokens);
  const count = range ? Number(range[2]) - Number(range[1]) + 1 : tokens.replace(/(\d)\*/u, '$1,*').split(',').length;
  return Array.from({ length: Math.min(count, 9) }, (_, index) => String.fromCharCode(variable.charCodeAt(0) + index));
}

/** Lines of a file, of what a command prints, or of a text. */
function lines(
  names: readonly string[],
  options: string,
  { plain, words }: List,
  body: readonly Out[],
  row: number,
): Out[] {
  const delimiters = /delims=([^"]*?)(?:\s+(?:tokens|eol|skip|usebackq)\b|$)/iu.exec(options)?.[1];
  const all = /tokens=\*/iu.test(options) || delimiters === '';
  const first = Number(/tokens=(\d)/iu.exec(options)?.[1] ?? '1');
  const skipped = Array.from({ length: Math.max(0, first - 1) }, (_, index) => `_${index}`);
  const rest = all || /\*$/u.test(/tokens=([\d,*-]+)/iu.exec(options)?.[1] ?? '') ? [] : ['_'];
  const ifs = delimiters === undefined || delimiters.trim() === '' ? '' : `IFS='${delimiters.replace(/['\\]/gu, '')}' `;
  const loop = `while ${all ? 'IFS= ' : ifs}read -r ${[...skipped, ...names, ...rest].join(' ')}; do`;
  const backquoted = /usebackq/iu.test(options);
  const [, command] = (backquoted ? /^`([^]*)`$/u : /^'([^]*)'$/u).exec(plain) ?? [];
  if (command !== undefined)
    return [{ text: `cmd /c ${quoted(command)} | ${loop}`, row }, ...body, { text: 'done', row }];
  const text = backquoted ? /^'[^]*'$/u.test(plain) : /^"[^]*"$/u.test(plain);
  if (text) return [{ text: `echo ${words} | ${loop}`, row }, ...body, { text: 'done', row }];
  return [{ text: loop, row }, ...body, { text: `done < ${words}`, row }];
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
