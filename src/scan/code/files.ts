import { readYaml } from '../ci/tree.ts';
import type { Tree } from '../ci/tree.ts';
import { LIKELY, withoutLikely } from '../marks.ts';
import type { Outside, Place } from './running.ts';
import { dataValue } from './texts.ts';
import { joined } from './modules.ts';
import type { Arguments, Module, NativeValue, Value } from './values.ts';
import { isObject, isText, list, native, textOf } from './values.ts';

const PARSES =
  /(?:^|\.)(?:json\.load|yaml\.(?:safe_load|load|full_load)|safe_load|load_file|YAML\.load|YAML\.parse|JSON\.parsefile|yaml\.load_file|read_yaml|fromJSON|TOML\.parsefile|json\.Unmarshal|yaml\.Unmarshal|toml\.Unmarshal|json\.NewDecoder\(\)\.Decode|yaml\.NewDecoder\(\)\.Decode|yaml\.parse|toml\.load|tomllib\.load|readJsonSync|readJson|readJSON|YAML\(\)\.load|parseDocument)$/u;
const READS =
  /(?:^|\.)(?:readFileSync|readFile|readTextFile|read_text|ReadFile|Bun\.file\(\)\.text|read|readlines|text|file_get_contents|ReadAllText(?:Async)?|readString|readText|read_to_string|slurp|File\.open|readLines|ReadFile)$/u;
const WRITES = /(?:^|\.)(?:writeFileSync|writeFile|appendFileSync|appendFile|write_text|WriteFile|outputFileSync)$/u;
const MAX_DATA = 400_000;

/** Reads and writes of files by a program; undefined for anything else. */
export function fileCall(
  name: string,
  callee: NativeValue,
  given: Arguments,
  library: Outside,
  place: Place,
): Value | undefined {
  const [first, second] = given.positional;
  if (/^(?:io\.|codecs\.)?open$|(?:^|\.)(?:importlib\.resources\.open_text)$/u.test(name)) return opened(first, second);
  if (name === 'open' || name.endsWith('.open'))
    return isText(callee.receiver) ? opened(callee.receiver, first) : undefined;
  if (/^(?:require|import)$/u.test(name)) return required(first, library, place);
  if (PARSES.test(name)) {
    const text = isText(first) ? (fileText(first, library, place) ?? first) : contents(first, library, place);
    return text === null ? undefined : parsedData(text);
  }
  if (WRITES.test(name))
    return written(
      isText(callee.receiver) ? callee.receiver : first,
      isText(callee.receiver) ? first : second,
      /append/u.test(name),
      library,
      place,
    );
  if (name.endsWith('open().write')) return written(fileOf(callee.receiver), first, true, library, place);
  if (name.endsWith('open()[]')) return undefined;
  if (!READS.test(name)) return undefined;
  const source = isText(callee.receiver) ? callee.receiver : (fileOf(callee.receiver) ?? first);
  const text = isText(source) ? fileText(source, library, place) : null;
  if (text === null) return undefined;
  return name.endsWith('readlines') ? list(text.split('\n').map((line) => line + LIKELY)) : text + LIKELY;
}

function opened(path: Value | undefined, mode: Value | undefined): Value {
  const file = native('open()');
  if (path !== undefined) file.fields.set('#path', path);
  if (mode !== undefined) file.fields.set('#mode', mode);
  return file;
}

const fileOf = (file: Value | undefined): Value | undefined =>
  isObject(file, 'native') ? file.fields.get('#path') : undefined;

/** Text of a file: seen from where the job stands, else from where the program lies. */
function fileText(path: string, library: Outside, { module }: Pick<Place, 'module'>): string | null {
  const clean = withoutLikely(path);
  if (clean.length > 300 || clean.includes('\n')) return null;
  const { workspace, state } = library.shellCall;
  const folder = module.path.includes('/') ? module.path.slice(0, module.path.lastIndexOf('/')) : '';
  return workspace.text(clean, state) ?? (/^[/~]/u.test(clean) ? null : workspace.text(joined(folder, clean), state));
}

/** Lines of a file that a loop goes over. */
export function linesOf(file: Value, library: Outside, module: Module): readonly Value[] | null {
  const text = contents(file, library, { module });
  return text === null ? null : text.split('\n').flatMap((line) => (line === '' ? [] : [line + LIKELY]));
}

function contents(file: Value | undefined, library: Outside, place: Pick<Place, 'module'>): string | null {
  const path = fileOf(file);
  return isText(path) ? fileText(path, library, place) : null;
}

function required(path: Value | undefined, library: Outside, place: Place): Value | undefined {
  if (!isText(path)) return undefined;
  const module = library.module(path, place.module);
  if (!module) return native(path);
  return (
    module.exports.get('#module') ??
    (module.path.endsWith('.json') ? (module.exports.get('default') ?? module) : module)
  );
}

function written(
  path: Value | undefined,
  content: Value | undefined,
  append: boolean,
  library: Outside,
  { module, row }: Place,
): Value | undefined {
  if (!isText(path) || content === undefined) return undefined;
  const { workspace, state } = library.shellCall;
  const at = module.at(row);
  workspace.write(
    withoutLikely(path),
    textOf(content)
      .split('\n')
      .map((text) => ({ text: withoutLikely(text), at })),
    append,
    state,
  );
  return null;
}

/** A value out of JSON or YAML text; what a data file says may change without the program, so it is likely. */
export function parsedData(text: string): Value {
  if (text.length > MAX_DATA) return null;
  const root = readYaml(withoutLikely(text), '').documents[0];
  return root ? dataValue(plain(root, 0), LIKELY) : null;
}

function plain(tree: Tree, depth: number): unknown {
  if (depth > 30) return null;
  switch (tree.kind) {
    case 'scalar':
      return tree.value;
    case 'sequence':
      return tree.items.map((item) => plain(item, depth + 1));
    case 'dict':
      return Object.fromEntries([...tree.entries].map(([key, value]) => [key, plain(value, depth + 1)]));
    case 'reference':
      return null;
  }
}
