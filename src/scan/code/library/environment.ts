import { LIKELY, unknown, withoutLikely } from '../../marks.ts';
import type { ShellState } from '../../shell/state.ts';
import { callback } from '../containers.ts';
import type { Outside, Place } from '../running.ts';
import type { Arguments, Value } from '../values.ts';
import { isObject, isText } from '../values.ts';
import { parsedData } from './data.ts';
import { contentOf } from './files.ts';

const ENVIRONMENT =
  /^(?:os\.environ|environ|process\.env|import\.meta\.env|Bun\.env|ENV|_ENV|_SERVER|System\.env|System\.getenv\(\)|sys\.env|env)\.(\w+)$/u;
/** Functions that read a variable of the environment, and those that take up a file of them. */
export const READS_ENVIRONMENT =
  /(?:^|\.)(?:environ\.(?:get|pop|setdefault)|getenv|env\.get|Getenv|LookupEnv|GetEnvironmentVariable|ENV\.fetch|ENV\.get|env\.fetch|sys\.env|env\.getOrElse|Sys\.getenv|env\.var(?:_os)?|env!|option_env!|getenv\(\)\.get(?:OrDefault)?|environmentVariable|providers\.environmentVariable|decouple\.config|(?:AutoConfig|Config|Env)\(\)(?:\.(?:str|int|bool|url|get_value))?|env_var|envOr|get_env)$/u;
export const LOADS_SETTINGS =
  /(?:^|\.)(?:load_dotenv|dotenv\.config|Dotenv\.(?:load|overload)|godotenv\.(?:Load|Overload)|process\.loadEnvFile|Dotenv\.createImmutable\(\)\.(?:safeL|l)oad|dotenvy?\.(?:dotenv|from_filename))$/u;

/** The variable of the environment that a name stands for, `os.environ.NAME` and its like; null for other names. */
export function variableIn(name: string): string | null {
  const variable = ENVIRONMENT.exec(name)?.[1];
  return variable === undefined || /^(?:get|pop|copy|items|keys|setdefault|fetch)$/u.test(variable) ? null : variable;
}

/** What `load_dotenv()` and its like take up; nothing where the file is not known. */
export function settingsOf(given: Arguments, library: Outside, place: Place): ReadonlyMap<string, Value> {
  const [first] = given.positional;
  const path = given.named.get('dotenv_path') ?? (isObject(first, 'record') ? first.fields.get('path') : first);
  const text = contentOf(path ?? '.env', library, place);
  const data = text === null ? null : parsedData(text, 'env');
  return isObject(data, 'record') ? data.fields : new Map<string, Value>();
}

/** Variables that a program reads: those of its job, and where it has none of the name those of a file of settings. */
export class Environment {
  readonly #state: ShellState;
  readonly #settings = new Map<string, Value>();

  constructor(state: ShellState) {
    this.#state = state;
  }

  /** Takes up the variables of a file of settings. */
  load(settings: ReadonlyMap<string, Value>): void {
    for (const [name, value] of settings) this.#settings.set(name, value);
  }

  variable(name: string, fallback?: Value): Value {
    const value = this.#state.value(name) ?? this.#settings.get(name);
    if (value !== undefined) return value;
    return fallback === undefined || fallback === null ? unknown(name) : fallback;
  }

  /** Windows finds variables in any case. */
  anyCase(name: string): Value {
    const { vars } = this.#state;
    const wanted = name.toUpperCase();
    const own = vars.has(name) ? name : [...vars.keys()].find((one) => one.toUpperCase() === wanted);
    // The home directory of Windows.
    return this.variable(own ?? name, /^(?:USERPROFILE|HOME|HOMEPATH)$/u.test(wanted) ? '~' : undefined);
  }

  /** `os.getenv(NAME, DEFAULT)` and its like. */
  read({ positional: [first, second], named }: Arguments, place: Place): Value {
    const fallback = second ?? named.get('unset') ?? named.get('default');
    const name = isText(first) ? withoutLikely(first) : '';
    // `ENV.fetch('NAME') { default }`, `getOrElse(name, () => default)`.
    const otherwise = isObject(fallback, 'function') ? callback(fallback, [], place) : fallback;
    if (this.#state.value(name) !== undefined || this.#settings.has(name) || otherwise === undefined)
      return this.variable(name);
    return isText(otherwise) ? otherwise + LIKELY : otherwise;
  }
}
