import { unknown } from '../../marks.ts';
import type { Arg, Call } from '../../shell/call.ts';
import type { Decision } from '../../shell/test.ts';
import { fileLines } from '../../reach/packages.ts';
import type { CmakeCommand, CmakeWord } from './commands.ts';
import { readCommands } from './commands.ts';
import { holds } from './conditions.ts';
import { cloned, declared, download, fieldsOf, shortForm } from './dependencies.ts';
import { TEXT_COMMANDS } from './text-commands.ts';
import type { Values } from './values.ts';
import { Variables } from './values.ts';

const MAX_FILES = 300;
const MAX_STEPS = 50_000;
const MAX_DEPTH = 60;

interface Definition {
  readonly parameters: readonly string[];
  readonly body: readonly CmakeCommand[];
}

/** Follows lists files: every branch that they do not decide, over every value that a variable may hold. */
export class CmakeRun {
  readonly #call: Call;
  readonly #variables: Variables;
  readonly #definitions = new Map<string, Definition>();
  #files = 0;
  #steps = 0;
  /** Commands around that may not run. */
  #weak = 0;
  #depth = 0;

  /** @param cache variables of the command line and of presets */
  constructor(call: Call, cache: ReadonlyMap<string, string>) {
    this.#call = call;
    this.#variables = new Variables((name) => call.state.value(name), cache);
    for (const name of ['GIT_EXECUTABLE', 'CMAKE_COMMAND'])
      this.#variables.set(name, [name === 'CMAKE_COMMAND' ? 'cmake' : 'git'], false);
  }

  /** Runs the lists file of a folder below the checkout. */
  folder(folder: string): void {
    const source = this.#call.workspace.absolute(folder);
    const own = new Map([['CMAKE_CURRENT_SOURCE_DIR', [source]], ...this.#top(source)]);
    this.#variables.within(own, () => {
      this.file(`${folder === '' ? '' : `${folder}/`}CMakeLists.txt`);
    });
  }

  #top(source: string): readonly [string, Values][] {
    if (this.#variables.get('CMAKE_SOURCE_DIR')) return [];
    return ['CMAKE_SOURCE_DIR', 'PROJECT_SOURCE_DIR'].map((name) => [name, [source]]);
  }

  /** Runs one file; false when there is none. */
  file(path: string): boolean {
    const key = this.#call.workspace.resolve(path, '');
    const lines = key === null ? [] : fileLines(this.#call, this.#call.workspace.absolute(key));
    if (key === null || lines.length === 0 || this.#files > MAX_FILES || this.#depth > MAX_DEPTH) return false;
    this.#files += 1;
    const folder = this.#call.workspace.absolute(key.replace(/\/?[^/]*$/u, ''));
    this.#deeper(() => {
      this.#variables.within(new Map([['CMAKE_CURRENT_LIST_DIR', [folder]]]), () => {
        this.#block(readCommands(lines));
      });
    });
    return true;
  }

  #deeper(body: () => void): void {
    this.#depth += 1;
    if (this.#depth <= MAX_DEPTH) body();
    this.#depth -= 1;
  }

  #block(commands: readonly CmakeCommand[]): void {
    for (let index = 0; index < commands.length; index += 1) {
      const command = commands[index];
      this.#steps += 1;
      if (!command || this.#steps > MAX_STEPS) return;
      const closes = CLOSED_BY[command.name];
      if (closes === undefined) this.#single(command);
      else {
        const end = endOf(commands, index, command.name, closes);
        const body = commands.slice(index + 1, end);
        this.#deeper(() => {
          this.#compound(command, body);
        });
        index = end;
      }
    }
  }

  #compound(command: CmakeCommand, body: readonly CmakeCommand[]): void {
    const [first, ...rest] = command.words;
    if (command.name === 'if') this.#if(command, body);
    else if (command.name === 'foreach') this.#foreach(first?.text ?? '', rest, body);
    else if (command.name === 'function' || command.name === 'macro')
      this.#definitions.set((first?.text ?? '').toLowerCase(), { parameters: rest.map(({ text }) => text), body });
    else this.#block(body);
  }

  #if(command: CmakeCommand, body: readonly CmakeCommand[]): void {
    let open: Decision = false;
    for (const { words, commands } of clausesOf(command, body)) {
      const truth = words === null ? true : holds(words, this.#variables);
      if (truth === false) continue;
      const weak = open === null || truth === null;
      this.#weak += weak ? 1 : 0;
      this.#block(commands);
      this.#weak -= weak ? 1 : 0;
      if (truth === true) return;
      open = null;
    }
  }

  #foreach(name: string, words: readonly CmakeWord[], body: readonly CmakeCommand[]): void {
    const keyed = words.findIndex(({ text, quoted }) => !quoted && text === 'IN');
    const items = keyed < 0 ? this.#variables.list(words) : this.#listed(words.slice(keyed + 1));
    for (const item of items.slice(0, 100))
      this.#variables.within(new Map([[name, [item]]]), () => {
        this.#block(body);
      });
  }

  /** `LISTS a b ITEMS c d`. */
  #listed(words: readonly CmakeWord[]): readonly string[] {
    let kind = '';
    return words.flatMap((word) => {
      if (!word.quoted && /^(?:LISTS|ITEMS)$/u.test(word.text)) kind = word.text;
      else if (kind === 'LISTS') return (this.#variables.get(word.text) ?? []).flatMap((text) => text.split(';'));
      else return this.#variables.list([word]);
      return [];
    });
  }

  #single({ name, words }: CmakeCommand): void {
    const definition = this.#definitions.get(name);
    const weak = this.#weak > 0;
    // A copy of CPM in the repository defines what is known here.
    if (DEPENDENCY.test(name)) this.#dependency(words);
    else if (definition) this.#called(definition, words);
    else if (TEXT_COMMANDS.has(name)) TEXT_COMMANDS.get(name)?.(words, this.#variables, weak);
    else if (name === 'include') this.#include(words);
    else if (name === 'add_subdirectory') this.#subdirectory(words);
    else if (name === 'file') this.#fileCommand(words);
    else if (name === 'vcpkg_from_git') cloned(this.#call, fieldsOf(words), this.#expand);
    else if (/^(?:execute_process|add_custom_(?:command|target))$/u.test(name)) this.#processes(words);
  }

  #called({ parameters, body }: Definition, words: readonly CmakeWord[]): void {
    const values = words.map((word) => this.#variables.expand(word));
    const rest = values.slice(parameters.length).map(([text = '']) => text);
    const own = new Map<string, Values>(parameters.map((name, index) => [name, values[index] ?? ['']]));
    own.set('ARGN', [rest.join(';')]).set('ARGV', [values.map(([text = '']) => text).join(';')]);
    values.forEach((value, index) => own.set(`ARGV${index}`, value));
    this.#deeper(() => {
      this.#variables.within(own, () => {
        this.#block(body);
      });
    });
  }

  #include(words: readonly CmakeWord[]): void {
    for (const path of this.#variables.expand(words[0])) {
      if (/\.cmake$/u.test(path)) this.file(this.#placed(path));
      else
        for (const folder of [...this.#variables.list([{ ...WORD, text: '${CMAKE_MODULE_PATH}' }]), 'cmake'])
          if (this.file(this.#placed(`${folder}/${path}.cmake`))) break;
    }
  }

  #subdirectory(words: readonly CmakeWord[]): void {
    for (const path of this.#variables.expand(words[0])) {
      const key = this.#call.workspace.resolve(this.#placed(path), '');
      if (key !== null)
        this.#deeper(() => {
          this.folder(key);
        });
    }
  }

  /** A path counts from the folder of the lists file. */
  #placed(path: string): string {
    const [folder = ''] =
      this.#variables.get('CMAKE_CURRENT_SOURCE_DIR') ?? this.#variables.get('CMAKE_CURRENT_LIST_DIR') ?? [];
    return path.startsWith('/') ? path : `${folder}/${path}`;
  }

  #expand = (word: CmakeWord): readonly Arg[] => this.#variables.expand(word).map((value) => ({ value, at: word.at }));

  /** `FETCHCONTENT_SOURCE_DIR_NAME` and `CPM_NAME_SOURCE` put a folder in the place of the download. */
  #dependency(words: readonly CmakeWord[]): void {
    const fields = fieldsOf(words);
    const [first, ...others] = fields.get('') ?? [];
    const name = fields.get('NAME')?.[0]?.text ?? first?.text ?? '';
    const replaced = [`FETCHCONTENT_SOURCE_DIR_${name.toUpperCase()}`, `CPM_${name}_SOURCE`];
    if (replaced.some((variable) => (this.#variables.get(variable) ?? []).some((text) => text !== ''))) return;
    const doubtful = this.#call.findings.doubtful;
    this.#call.findings.doubtful ||= this.#weak > 0;
    declared(this.#call, fields, this.#expand);
    const short = [...(fields.get('URI') ?? []), ...(first && others.length === 0 ? [first] : [])];
    for (const word of short.flatMap(this.#expand)) shortForm(this.#call, word);
    this.#call.findings.doubtful = doubtful;
  }

  #fileCommand(words: readonly CmakeWord[]): void {
    if (words[0]?.text !== 'DOWNLOAD') return;
    const fields = fieldsOf(words.slice(1));
    for (const url of (fields.get('') ?? []).slice(0, 1).flatMap(this.#expand))
      download(this.#call, url, fields, this.#expand);
  }

  #processes(words: readonly CmakeWord[]): void {
    const ends = /^(?:COMMAND|WORKING_DIRECTORY|OUTPUT\w*|RESULT\w*|ERROR_\w+|DEPENDS|COMMENT|VERBATIM|TIMEOUT)$/u;
    let open: Arg[] | null = null;
    const commands: Arg[][] = [];
    for (const word of words) {
      if (!word.quoted && ends.test(word.text)) {
        open = word.text === 'COMMAND' ? [] : null;
        if (open) commands.push(open);
      } else open?.push({ value: this.#variables.expand(word)[0] ?? unknown(word.text), at: word.at });
    }
    for (const command of commands) this.#call.shell.rerun(this.#call, command);
  }
}

const DEPENDENCY = /^(?:fetchcontent_(?:declare|populate)|externalproject_add|vcpkg_download_distfile|cpm\w*package)$/u;
const WORD: CmakeWord = { text: '', quoted: false, literal: false, at: { file: '', line: 1 } };

const CLOSED_BY: Readonly<Record<string, string>> = {
  if: 'endif',
  foreach: 'endforeach',
  while: 'endwhile',
  function: 'endfunction',
  macro: 'endmacro',
  block: 'endblock',
};

/** Where the block that `commands[start]` opens is closed. */
function endOf(commands: readonly CmakeCommand[], start: number, opens: string, closes: string): number {
  let depth = 0;
  for (let index = start; index < commands.length; index += 1) {
    const name = commands[index]?.name;
    if (name === opens) depth += 1;
    if (name === closes) depth -= 1;
    if (depth === 0) return index;
  }
  return commands.length;
}

interface Clause {
  /** The condition; null for `else`. */
  readonly words: readonly CmakeWord[] | null;
  readonly commands: readonly CmakeCommand[];
}

function clausesOf(command: CmakeCommand, body: readonly CmakeCommand[]): readonly Clause[] {
  const found: { words: readonly CmakeWord[] | null; commands: CmakeCommand[] }[] = [
    { words: command.words, commands: [] },
  ];
  let depth = 0;
  for (const inner of body) {
    if (inner.name === 'if') depth += 1;
    if (inner.name === 'endif') depth -= 1;
    if (depth === 0 && inner.name === 'elseif') found.push({ words: inner.words, commands: [] });
    else if (depth === 0 && inner.name === 'else') found.push({ words: null, commands: [] });
    else found.at(-1)?.commands.push(inner);
  }
  return found;
}
