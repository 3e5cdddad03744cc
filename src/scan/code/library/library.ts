import { partial, superCall } from './bound.ts';
import { Environment, LOADS_SETTINGS, READS_ENVIRONMENT, settingsOf, variableIn } from './environment.ts';
import type { Arg, Call } from '../../shell/call.ts';
import { hasToken, unknown, withoutLikely } from '../../marks.ts';
import type { Origin } from '../../types.ts';
import { runCommand } from './commands.ts';
import { callback, containerMethod } from '../containers.ts';
import type { Outside, Place, Surroundings } from '../running.ts';
import { parsedData } from './data.ts';
import { fileCall, linesOf } from './files.ts';
import { listedMember, listing } from './listings.ts';
import { matched } from '../natives/patterns.ts';
import { nativeFunction } from '../natives/index.ts';
import { Handed } from './handed.ts';
import { Output } from './output.ts';
import { commandLine, parsedMember } from '../command-line/parsers.ts';
import { functionArguments } from '../powershell/arguments.ts';
import { powershell } from '../powershell/index.ts';
import { isCommand } from '../read/powershell/parameters.ts';
import type { HeldRequest } from './requests.ts';
import { heldRequest, reportLibrary, reportRequest, reportRequirements } from './requests.ts';
import { hear } from './said.ts';
import type { FunctionDefinition } from '../syntax.ts';
import { sectionNames, settingsCall } from './settings.ts';
import { readInput } from './standard-input.ts';
import { executed, textMethod } from '../texts.ts';
import type { Arguments, FunctionValue, Module, NativeValue, Value } from '../values.ts';
import { isObject, isText, list, native, textsOf } from '../values.ts';

const PRINTS =
  /^(?:print|println|puts|warn|echo|printf|say|cat|message|writeln|println!|eprintln!|print!|eprint!|Write-\w+|write-\w+|Console\.(?:Error\.)?Write\w*|System\.(?:out|err)\.print\w*|io\.write|io\.stderr|(?:sys\.|process\.|\$)?(?:std(?:out|err)|STDOUT|STDERR)\.(?:write|print|puts)|fmt\.(?:Fp|P)rint\w*|click\.(?:echo|secho))$|^(?:console|logging|logger|log|LOG|LOGGER|logs|warnings)\.\w+$|(?:^|\.)(?:debug|info|warning|error|exception|critical|getLogger\(\)\.\w+)$/u;

/** What PowerShell has of its own, and members of .NET that it shares with others. */
const OF_POWERSHELL =
  /^(?:#|function:|ScriptBlock\.Create|Regex\.(?:Match|Matches|Replace|Split)$|String\.IsNull|Environment\.Set|File\.(?:Write|Append|ReadAllLines))/u;

const MAX_REQUESTS = 2_000;
const CREDENTIALS = /auth|credential|token|header/iu;
/** Properties and methods of an address that fetch it. */
const FETCHES =
  /^(?:WithHeaders?|WithBasicAuth|Get(?:String|Json|Bytes|Stream)?Async|DownloadFileAsync|openConnection|openStream|readText|readBytes|getText|getBytes|open|read|newReader|withReader|withInputStream|eachLine|text|bytes)$/u;

/** What the program itself tells its library. */
interface ProgramParts extends Pick<Outside, 'module' | 'script'> {
  readonly language: string;
}

/** The world around one program: libraries, environment, files and arguments. */
export class Library implements Surroundings, Outside {
  readonly shellCall: Call;
  readonly handed: Handed;
  /** Path of the program. */
  program = '';
  readonly module: Surroundings['module'];
  readonly script: Outside['script'];
  readonly folders: string[] = [];
  /** Folders in which Python looks for modules. */
  readonly searched: string[] = [];
  readonly output: Output;
  readonly #args: readonly Arg[];
  readonly #tokenNames: readonly string[];
  readonly #written = new Map<string, Origin>();
  readonly #environment: Environment;
  readonly #held: HeldRequest[] = [];
  #mentionsToken = false;

  constructor(call: Call, args: readonly Arg[], { module, script, language }: ProgramParts) {
    this.shellCall = call;
    this.#environment = new Environment(call.state);
    this.output = new Output(call.state, language);
    this.#args = args;
    this.module = module;
    this.script = script;
    this.handed = new Handed(
      args.map(({ value }) => value),
      (name) => this.variable(name),
    );
    const { vars, exported } = call.state;
    this.#tokenNames = [...vars].flatMap(([name, { value }]) =>
      hasToken(value) && exported.has(name) && name !== 'CI_REPOSITORY_URL' ? [name] : [],
    );
    this.#mentionsToken = args.some(({ value }) => hasToken(value));
  }

  /** Arguments of the command line. */
  get argv(): readonly string[] {
    return this.#args.map(({ value }) => value);
  }

  /** True when some file of the program names a variable that holds the token, or an argument does. */
  get mentionsToken(): boolean {
    return this.#mentionsToken;
  }

  /** Hears of each text that is part of the program. */
  reads(text: string): void {
    this.#mentionsToken ||= this.#tokenNames.some((name) => new RegExp(`\\b${name}\\b`, 'u').test(text));
  }

  wrote(texts: readonly string[], { module, row }: Place): void {
    if (this.#written.size > 5_000) return;
    for (const text of texts) if (!this.#written.has(text)) this.#written.set(text, module.at(row));
  }

  /** Where a text was put together, else where it is used. */
  origin(text: string, { module, row }: Place): Origin {
    return this.#written.get(text) ?? module.at(row);
  }

  filled(definition: FunctionDefinition, given: Arguments): Arguments {
    return isCommand(definition) ? functionArguments(definition, given) : this.handed.filled(definition, given);
  }

  decorated(by: NativeValue, value: FunctionValue): void {
    this.handed.decorated(by, value);
  }

  read(name: string, of?: NativeValue): Value | undefined {
    const parsed = of ? parsedMember(name, of, this.argv) : undefined;
    if (parsed !== undefined) return parsed;
    if (name.startsWith('env:')) return this.#environment.anyCase(name.slice(4));
    const files = of && name.startsWith('Dir.') ? listedMember(name, this, this.program) : undefined;
    if (files !== undefined) return files;
    const variable = variableIn(name);
    if (variable !== null) return this.variable(variable);
    const values = this.#args.map(({ value }) => value);
    switch (name) {
      case 'sys.argv':
      case 'os.Args':
        return list([this.program, ...values]);
      case 'process.argv':
      case 'Bun.argv':
        // Text on the command line has no place of its own.
        return list(['node', ...(this.program === '' ? [] : [this.program]), ...values]);
      case 'Deno.args':
        return list(values);
      case 'undefined':
        return null;
      default:
        return undefined;
    }
  }

  /** A variable of the job or of a file of settings. */
  variable(name: string): Value {
    return this.#environment.variable(name);
  }

  items(value: NativeValue, module: Module): readonly Value[] | null {
    return sectionNames(value) ?? linesOf(value, this, module);
  }

  /** A file that the program takes up, whose path it works out. */
  #include({ positional: [path] }: Arguments, { module }: Place): null {
    const folder = module.path.replace(/[^/]*$/u, '');
    for (const text of path === undefined ? [] : textsOf(path)) {
      const written = withoutLikely(text);
      for (const one of [written, `${folder}${written}`, `${written}.rb`]) if (this.script(one, module.scope)) break;
    }
    return null;
  }

  parsed(text: string): Value {
    return parsedData(text);
  }

  call(callee: NativeValue, given: Arguments, place: Place): Value {
    const { name, receiver } = callee;
    const [first] = given.positional;
    const last = name.slice(name.lastIndexOf('.') + 1);
    if (/^sys\.path\.(?:append|insert)$/u.test(name)) {
      this.searched.push(...textsOf(given.positional.at(-1) ?? '').map(withoutLikely));
      return null;
    }
    // `env::args().nth(1)` of Rust.
    if (/(?:^|\.)env\.args\(\)\.nth$/u.test(name) && typeof first === 'number')
      return first === 0 ? this.program : (this.argv[first - 1] ?? null);
    if (name === '#include') return this.#include(given, place);
    if (OF_POWERSHELL.test(name)) {
      const own = powershell(callee, given, this, place);
      if (own !== undefined) return own;
    }
    if (name.startsWith('.')) return this.#method(last, receiver ?? null, given, place);
    if (READS_ENVIRONMENT.test(name) && given.positional.length > 0) return this.#environment.read(given, place);
    if (LOADS_SETTINGS.test(name)) {
      this.#environment.load(settingsOf(given, this, place));
      return null;
    }
    if (PRINTS.test(name)) {
      this.output.print(name, given, place.module.at(place.row));
      return null;
    }
    if (/(?:^|\.)partial\(\)$/u.test(name)) return partial(callee, given, place);
    if (name === 'super' || name.startsWith('super.')) return superCall(last, callee, given, place);
    const match = matched(callee, given);
    if (match !== undefined) return match;
    const known =
      commandLine(callee, given, this.handed) ??
      nativeFunction(name)?.(given, place) ??
      executed(callee, given) ??
      readInput(name, receiver, first, this) ??
      settingsCall(callee, given, this, place) ??
      listing(callee, given, this, place) ??
      fileCall(name, callee, given, this, place) ??
      runCommand(callee, given, this, place);
    if (known !== undefined) return known;
    if (isObject(receiver, 'native') && last === 'update' && isObject(first, 'record'))
      for (const [key, value] of first.fields) receiver.fields.set(key, value);
    return this.#outside(callee, given, place);
  }

  /** A function whose value is not known: it is given what a request may be made of. */
  #outside(callee: NativeValue, given: Arguments, place: Place): Value {
    const result = native(`${callee.name}()`, given, callee.receiver);
    const request = heldRequest(callee, given, result, place);
    hear(callee, given, result, request !== null);
    reportLibrary(callee, given, this, place);
    reportRequirements(callee, given, this, place);
    if (request && this.#held.length < MAX_REQUESTS) this.#held.push(request);
    this.handed.take(callee, given, place, result);
    credentialsOf(given, result, place);
    return result;
  }

  /** Reports the requests, once everything was said to them. */
  finish(): void {
    for (const request of this.#held) reportRequest(request, this);
    this.output.finish();
  }

  #method(name: string, of: Value, given: Arguments, place: Place): Value {
    // `run = ->(line) { … }` of Ruby.
    if (isObject(of, 'function') && /^(?:call|yield|invoke|\(\))$/u.test(name)) {
      const here = { scope: place.module.scope, module: place.module, returned: [] };
      return place.evaluator.call(of, given, place.row, here);
    }
    if (isText(of) && of.includes('://') && FETCHES.test(name))
      return this.#outside(native(`java.net.${name}`), { ...given, positional: [of, ...given.positional] }, place);
    // `"git clone …".execute()` of Groovy, `.!` of Scala.
    if (/^(?:execute|!!?|lineStream)$/u.test(name) && (isText(of) || isObject(of, 'list')))
      return (
        runCommand(
          native(isText(of) ? '#shell' : 'Process.run'),
          { positional: [of], named: new Map() },
          this,
          place,
        ) ?? null
      );
    const made = isText(of)
      ? (textMethod(name, of, given) ??
        listing(native(name, null, of), given, this, place) ??
        fileCall(name, native('path', null, of), given, this, place))
      : isObject(of, 'list') || isObject(of, 'record')
        ? containerMethod(name, of, given, place)
        : undefined;
    if (made !== undefined) return made;
    if (/^(?:then|finally|catch)$/u.test(name)) return this.handed.then(name, of, given, place);
    if (isObject(of, 'function') || isObject(of, 'object')) return native(`.${name}()`, given, of);
    const [change] = given.positional;
    // `text.let { … }` gives what the function makes of it.
    if (
      /^(?:let|run|use|with|pipe|then|also|apply|tap|map|and_then|ifPresent|yield_self|times)$/u.test(name) &&
      isObject(change, 'function')
    )
      return this.#applied(name, change, of, place);
    this.handed.take(native(name), given, place, of);
    return isText(of) ? of : unknown(name);
  }

  #applied(name: string, change: Value, of: Value, place: Place): Value {
    const made = callback(change, [of], place);
    return /^(?:also|apply|tap|times)$/u.test(name) ? of : made;
  }
}

/** `{ onAuth: () => ({ password }) }`: what a function gives that a request asks for its credentials goes with it. */
function credentialsOf({ positional, named }: Arguments, result: NativeValue, place: Place): void {
  const fields = [...named, ...positional.flatMap((one) => (isObject(one, 'record') ? [...one.fields] : []))];
  for (const [name, value] of fields)
    if (CREDENTIALS.test(name) && isObject(value, 'function')) result.fields.set(name, callback(value, [], place));
}
