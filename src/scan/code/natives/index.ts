import { LIKELY, withoutForged, withoutLikely } from '../../marks.ts';
import { callback } from '../containers.ts';
import { dataValue } from '../texts.ts';
import { isText } from '../values.ts';
import { ADDRESSES } from './addresses.ts';
import { COLLECTIONS } from './collections.ts';
import type { NativeFunction } from './function.ts';
import { under } from './function.ts';
import { IDENTITIES } from './identities.ts';
import { TEXTS } from './texts.ts';

const parsedText: NativeFunction = ({ positional: [value] }) => {
  if (!isText(value)) return undefined;
  try {
    return dataValue(JSON.parse(withoutForged(withoutLikely(value))), withoutLikely(value) === value ? '' : LIKELY);
  } catch {
    return undefined;
  }
};

/** Words that objects of libraries have as methods of another meaning: they count as whole names only. */
const GLOBAL = new Set(
  `get map filter join replace push append keys values pairs range split trim strip sub merge set list format string first
   names sub gsub walk grep c array List Map Set foreach shift next min max chop url copy trimws paste array_push
   sort uniq reverse rev`.split(/\s+/u),
);

/** The value that a function of a library gives by its whole name, else by the last parts of it. */
export const nativeFunction = (name: string): NativeFunction | undefined => {
  const whole = FUNCTIONS.get(name);
  if (whole || name.includes('()')) return whole;
  const parts = name.split('.');
  const last = parts.at(-1) ?? '';
  // `java.net.URI.create`, then `create` alone.
  return FUNCTIONS.get(parts.slice(-2).join('.')) ?? (GLOBAL.has(last) ? undefined : FUNCTIONS.get(last));
};

/** Functions of the languages and their libraries whose values are known. */
const FUNCTIONS: ReadonlyMap<string, NativeFunction> = new Map<string, NativeFunction>([
  ...IDENTITIES,
  ...ADDRESSES,
  ...TEXTS,
  ...COLLECTIONS,
  ...under(
    'json.loads JSON.parse json_decode decode_json JsonConvert.DeserializeObject jsonlite.fromJSON json.decode',
    parsedText,
  ),
  ...under(
    'tempfile.TemporaryDirectory tempfile.mkdtemp tempfile.gettempdir mkdtempSync os.tmpdir tmpdir os.MkdirTemp Dir.mktmpdir sys_get_temp_dir Path.GetTempPath tempdir mktempdir',
    () => '/tmp/made',
  ),
  ...under('sys.exit', () => null),
  ...under('lazy', ({ positional }, place) => callback(positional.at(-1), [], place)),
  ...under('os.getcwd process.cwd os.Getwd Dir.pwd getcwd pwd', () => ''),
]);
