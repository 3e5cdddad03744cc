import { hasUnknown, withoutLikely } from '../../marks.ts';
import { joined } from '../modules.ts';
import type { Outside, Place } from '../running.ts';
import type { Arguments, NativeValue, Value } from '../values.ts';
import { isObject, isText, list } from '../values.ts';

const PATTERNS =
  /(?:^|\.)(?:i?glob|rglob|Dir\.glob|filepath\.Glob|globSync|(?:fg|fast-glob|glob|globby|tinyglobby)(?:\.sync|\.globSync)?|globbySync|GetFiles|EnumerateFiles)$/u;
const FOLDERS =
  /(?:^|\.)(?:listdir|scandir|iterdir|readdirSync|readdir|os\.ReadDir|ioutil\.ReadDir|Dir\.(?:children|each_child|entries)|list\.files|listFiles)$/u;
/** Functions that give names alone, without the folder before them. */
const NAMES = /(?:^|\.)(?:listdir|readdirSync|readdir|Dir\.(?:children|each_child|entries)|scandir)$/u;
const MAX_FILES = 200;

/** Files that a program looks for by a pattern or in a folder; undefined for anything else, and where nothing is known. */
export function listing(callee: NativeValue, given: Arguments, library: Outside, place: Place): Value | undefined {
  const [first, second] = given.positional;
  const name = callee.name;
  const base = isText(callee.receiver) ? callee.receiver : '';
  if (PATTERNS.test(name)) {
    const pattern =
      /(?:Get|Enumerate)Files$/u.test(name) && isText(first) && isText(second) ? `${first}/${second}` : first;
    const whole = isObject(pattern, 'list') ? pattern.items.filter(isText) : isText(pattern) ? [pattern] : [];
    const found = whole.flatMap((one) => {
      const deep = name.endsWith('rglob') ? `**/${one}` : one;
      return matching(base === '' ? deep : `${base}/${deep}`, library, place.module.path);
    });
    return found.length > 0 ? list(found) : undefined;
  }
  if (!FOLDERS.test(name)) return undefined;
  const folder = base === '' ? (isText(first) ? first : '.') : base;
  const found = matching(`${folder}/*`, library, place.module.path);
  const shown = NAMES.test(name) ? found.map((path) => path.slice(path.lastIndexOf('/') + 1)) : found;
  return found.length > 0 ? list(shown) : undefined;
}

/** `Dir['tasks/*.rake']` of Ruby. */
export function listedMember(name: string, library: Outside, program: string): Value | undefined {
  const pattern = /^Dir\.(.*\*.*)$/su.exec(name)?.[1];
  if (pattern === undefined) return undefined;
  const found = matching(pattern, library, program);
  return found.length > 0 ? list(found) : undefined;
}

/** Paths as the program writes them: seen from where the job stands, else from where the program lies. */
function matching(written: string, library: Outside, from: string): readonly string[] {
  const pattern = withoutLikely(written).replace(/^\.\//u, '');
  if (hasUnknown(pattern) || pattern.length > 300) return [];
  const { workspace, state } = library.shellCall;
  const folder = from.includes('/') ? from.slice(0, from.lastIndexOf('/')) : '';
  for (const path of [pattern, joined(folder, pattern)]) {
    const key = workspace.resolve(path, state.cwd);
    const found = key === null ? [] : workspace.checkout.matching(key, 'exists');
    if (found.length > 0) return found.slice(0, MAX_FILES).map((one) => workspace.absolute(one));
  }
  return [];
}
