import type { Expression, ImportedName, Statement } from '../../../syntax.ts';
import { values } from './assignments.ts';
import type { Reader } from '../reader.ts';
import { nameOf } from '../values.ts';

/** Imports bind names of modules; `whole` takes in another file of the program. */
export function importStatement(reader: Reader, whole: boolean): readonly Statement[] {
  const row = reader.next().row;
  if (whole) {
    const value = values(reader);
    const path = pathIn(value);
    if (path !== '') return [{ kind: 'import', module: path, names: [{ name: '*', as: '*' }] }];
    // `Dir.glob('tasks/*.rake').each { |file| load file }`.
    const given = [{ name: null, value, spread: false }];
    return [{ kind: 'expression', value: { kind: 'call', callee: nameOf('#include'), given, row }, row }];
  }
  const found: Statement[] = [];
  readImports(reader, found);
  return found;
}

function readImports(reader: Reader, found: Statement[]): void {
  if (reader.take('(')) {
    reader.passLines();
    while (!reader.is(')') && reader.peek().kind !== 'end') {
      const place = reader.place;
      readImports(reader, found);
      reader.passLines();
      if (reader.place === place) reader.next();
    }
    reader.take(')');
    return;
  }
  let alias: string | null = null;
  let path = '';
  let text = false;
  for (let count = 0; count < 60; count += 1) {
    const token = reader.peek();
    if (token.kind === 'line' || token.kind === 'end' || token.text === ';' || token.text === ')') break;
    if (token.kind === 'text') {
      alias = path === '' ? null : path;
      path = token.pieces.filter((piece) => typeof piece === 'string').join('');
      text = true;
      reader.next();
      break;
    }
    if (token.text === 'as' || token.text === '=') {
      reader.next();
      const word = reader.next().text;
      if (token.text === '=') path = word;
      else alias = word;
      continue;
    }
    if (token.text === '{') {
      found.push(...groupedImports(reader, path));
      return;
    }
    if (token.text === ',') {
      reader.next();
      found.push(binding(path, alias, text));
      path = '';
      alias = null;
      continue;
    }
    if (!/^(?:static|function|const|pub)$/u.test(token.text))
      path += /^(?:::|\\)$/u.test(token.text) ? '.' : token.text.replaceAll('\\', '.');
    reader.next();
  }
  if (path !== '') found.push(binding(path, alias, text));
}

/** `use a::{b, c as d}`. */
function groupedImports(reader: Reader, path: string): readonly Statement[] {
  reader.next();
  const found: Statement[] = [];
  while (!reader.is('}') && reader.peek().kind !== 'end') {
    const token = reader.next();
    if (token.kind === 'word' && !/^(?:as|self)$/u.test(token.text) && !/^(?:::|\\)$/u.test(reader.peek().text)) {
      const as = reader.take('as') ? reader.next().text : token.text;
      found.push(binding(`${path}${token.text}`, as, false));
    }
  }
  reader.take('}');
  return found;
}

/** `import a.b.C` binds `C`, `import "a/b"` binds `b`. */
function binding(path: string, alias: string | null, text: boolean): Statement {
  const whole = text || !/[A-Z]\w*$/u.test(path);
  const clean = path.replace(/^\.+(?=\w)/u, '');
  const name = alias ?? clean.split(text ? '/' : '.').at(-1) ?? clean;
  const parts = clean.split('.');
  const last = parts.at(-1) ?? '';
  const names: readonly ImportedName[] =
    last === '*' || last === '_'
      ? [{ name: '*', as: '*' }]
      : whole && text
        ? [{ name: null, as: name }]
        : [{ name: last, as: name }];
  return { kind: 'import', module: text ? path : parts.slice(0, -1).join('.'), names };
}

/** The part of a path that the text of a program tells: `__DIR__ . "/lib.php"`. */
function pathIn(value: Expression): string {
  const parts = (one: Expression): string => {
    if (one.kind === 'text') return one.parts.map((part) => (typeof part === 'string' ? part : '')).join('');
    if (one.kind === 'operation') return parts(one.left) + parts(one.right);
    if (one.kind === 'call') return one.given.map((item) => parts(item.value)).join('/');
    return '';
  };
  return parts(value);
}
