import { LIKELY, withoutLikely } from '../../marks.ts';
import type { DataFormat } from './data.ts';
import { formatOf, parsedData } from './data.ts';
import type { Outside, Place } from '../running.ts';
import { joined } from '../modules.ts';
import { serialised, serialises, sinkOf } from './serialised.ts';
import { inputText, isStandardInput } from './standard-input.ts';
import type { Arguments, Module, NativeValue, Value } from '../values.ts';
import { isObject, isText, list, native, textOf } from '../values.ts';

/** Functions that parse a file or a text, by the form they read; null where the file's name tells it. */
const PARSES: readonly (readonly [name: RegExp, format: DataFormat | null])[] = [
  [
    /(?:^|\.)(?:json\.load|yaml\.(?:safe_load|load|full_load|unsafe_load)(?:_all|_file)?|safe_load(?:_file)?|load_file|YAML\.(?:load|parse|safe_load|unsafe_load)(?:_file)?|JSON\.(?:load_file!?|parsefile)|yaml\.load_file|read_yaml|yaml_load_file|fromJSON|read_json|json\.Unmarshal|yaml\.Unmarshal(?:Strict)?|json\.NewDecoder\(\)\.Decode|yaml\.NewDecoder\(\)\.Decode|yaml\.parse|js-?yaml(?:\.default)?\.load|readJsonSync|readJson|readJSON|JsonSlurper\(\)\.parse(?:Text)?|YamlSlurper\(\)\.parse(?:Text)?|YAML\(\)\.load|parseDocument|Yaml\(\)\.load|Yaml\.parse(?:File)?|yaml_parse(?:_file)?|LoadFile|serde_(?:json|yaml|yml)\.from_(?:str|reader|slice)|JsonSerializer\.Deserialize(?:Async)?|JsonDocument\.Parse|JObject\.Parse|JsonNode\.Parse|orjson\.loads|ujson\.loads?|simplejson\.loads?)$/u,
    'yaml',
  ],
  [
    /(?:^|\.)(?:toml(?:i|lib)?\.loads?|tomlkit\.(?:load|parse)|rtoml\.load|TOML\.(?:parsefile|parse|load_file|load)|toml\.(?:Unmarshal|DecodeFile|Decode|from_str|parse)|pytoml\.load|Tomlrb\.(?:parse|load_file)|parseToml|smol-?[tT]oml\.parse|@iarna\/toml\.parse|@ltd\/j-toml\.parse|basic_toml\.from_str)$/u,
    'toml',
  ],
  [/(?:^|\.)(?:parse_ini_file|parse_ini_string|ini\.(?:parse|Load|decode)|IniFile\.load|INIFile)$/u, 'ini'],
  [/(?:^|\.)(?:dotenv_values|dotenv\.parse|Dotenv\.parse|godotenv\.Read)$/u, 'env'],
  [/(?:^|\.)(?:DictReader|read_csv|pd\.read_csv|fread|[Pp]apa(?:parse)?(?:\.default)?\.parse|CSV\.File)$/u, 'table'],
  [
    /(?:^|\.)(?:csv\.reader|CSV\.(?:read|foreach|parse|table)|csv\.NewReader\(\)\.ReadAll|str_getcsv|csv-parse\/(?:lib\/)?sync\.parse|csv-parse\.parse)$/u,
    'rows',
  ],
  [/(?:^|\.)(?:anyconfig\.load|conf_load)$/u, null],
];
const READS =
  /(?:^|\.)(?:readFileSync|readFile|readTextFile|read_text|ReadFile|Bun\.file\(\)\.text|read|readlines|text|file_get_contents|ReadAllText(?:Async)?|readString|readText|read_to_string|slurp|File\.open|readLines|ReadFile)$/u;
const WRITES =
  /(?:^|\.)(?:writeFileSync|writeFile|appendFileSync|appendFile|write_text|WriteFile|outputFileSync|(?:File|IO|Bun)\.write|file_put_contents|writeTextFile(?:Sync)?)$/u;

/** Reads and writes of files by a program; undefined for anything else. */
export function fileCall(
  name: string,
  callee: NativeValue,
  given: Arguments,
  library: Outside,
  place: Place,
): Value | undefined {
  const [first, second] = given.positional;
  if (/(?:^|\.)open$/u.test(name) && isText(callee.receiver)) return opened(callee.receiver, first);
  if (
    /^(?:io\.|codecs\.|gzip\.)?open$|^(?:os|File|fs)\.(?:Open|new|open|openSync)$|(?:^|\.)importlib\.resources\.open_text$/u.test(
      name,
    )
  )
    return opened(first, second);
  if (name.endsWith('.open')) return undefined;
  if (/^(?:require|import)$/u.test(name)) return required(first, library, place);
  if (serialises(name)) return serialisedTo(given, library, place);
  const parser = PARSES.find(([pattern]) => pattern.test(name));
  if (parser) return parsedFile(parser[1], given, library, place);
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
  const input = isStandardInput(source) || isStandardInput(callee.receiver);
  const text = input ? inputText(library) : isText(source) ? fileText(source, library, place) : null;
  if (text === null) return undefined;
  if (input) return text;
  return name.endsWith('readlines') ? list(text.split('\n').map((line) => line + LIKELY)) : text + LIKELY;
}

/** What a file holds that is given by its path, as an open file or as its text; undefined where it is not known. */
function parsedFile(
  format: DataFormat | null,
  { positional: [first, settings], named }: Arguments,
  library: Outside,
  place: Place,
): Value | undefined {
  const path = isText(first) ? first : fileOf(first);
  const text = first === undefined ? null : (contentOf(first, library, place) ?? (isText(first) ? first : null));
  if (text === null) return undefined;
  const options = isObject(settings, 'record') ? settings.fields : named;
  const delimiter = ['delimiter', 'sep', 'col_sep'].map((key) => options.get(key)).find(isText);
  const header = ['headers', 'header', 'columns'].some((key) => options.get(key) === true);
  const form = format ?? formatOf(isText(path) ? path : '');
  return parsedData(
    text,
    form === 'rows' && header ? 'table' : form,
    delimiter === undefined ? ',' : withoutLikely(delimiter),
  );
}

/** A structure as text, which goes to the file or the standard output that is named. */
function serialisedTo(given: Arguments, library: Outside, place: Place): Value | undefined {
  const sink = sinkOf(given);
  const text = serialised(given.positional[0]);
  if (!sink || text === undefined) return text;
  if (!/(?:^|\.)stdout$/u.test(sink.name)) return written(fileOf(sink), text, true, library, place);
  library.output.print('print', { positional: [text], named: new Map() }, place.module.at(place.row));
  return null;
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
  const clean = withoutLikely(path).replace(/^file:\/\/\//u, '');
  if (clean.length > 300 || clean.includes('\n')) return null;
  const { workspace, state } = library.shellCall;
  const folder = module.path.includes('/') ? module.path.slice(0, module.path.lastIndexOf('/')) : '';
  return workspace.text(clean, state) ?? (/^[/~]/u.test(clean) ? null : workspace.text(joined(folder, clean), state));
}

/** Lines of a file that a loop goes over. */
export function linesOf(file: Value, library: Outside, module: Module): readonly Value[] | null {
  const text = contents(file, library, { module });
  const mark = isStandardInput(file) ? '' : LIKELY;
  return text === null ? null : text.split('\n').flatMap((line) => (line === '' ? [] : [line + mark]));
}

/** Text of a file by its path or of one that is open; null where it is not known. */
export const contentOf = (file: Value, library: Outside, place: Place): string | null =>
  isText(file) && !isStandardInput(file) ? fileText(file, library, place) : contents(file, library, place);

function contents(file: Value | undefined, library: Outside, place: Pick<Place, 'module'>): string | null {
  if (isStandardInput(file)) return inputText(library);
  const path = fileOf(file);
  return isText(path) ? fileText(path, library, place) : null;
}

function required(path: Value | undefined, library: Outside, place: Place): Value | undefined {
  if (!isText(path)) return undefined;
  const module = library.module(path, place.module);
  if (!module) return native(path.replace(/^node:/u, ''));
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
