import { runDockerfile } from '../../files/dockerfile.ts';
import type { EarthCommand, Earthfile } from '../../files/earthfile.ts';
import { readEarthfile } from '../../files/earthfile.ts';
import { splitUrl } from '../../reach/instance.ts';
import { hasToken, unknown } from '../../marks.ts';
import type { Arg, Call } from '../../shell/call.ts';
import { allOptions, linesSource, option, parseArgs } from '../../shell/call.ts';
import type { ShellState } from '../../shell/state.ts';
import { pull } from '../../reach/image.ts';
import { reachRepository } from '../../reach/repository.ts';

const VALUED = new Set([
  'secret',
  's',
  'secret-file',
  'build-arg',
  'platform',
  'git-username',
  'git-password',
  'config',
  'buildkit-host',
  'cache-from',
  'remote-cache',
  'env-file',
  'arg-file',
  'secret-file-path',
  'artifact',
  'a',
]);
const MAX_TARGETS = 300;

/** `earthly [OPTION…] TARGET [--ARG=VALUE…]`, and `earthly config git …`, which keeps a login. */
export function earthly(call: Call): void {
  const parsed = parseArgs(call.args, VALUED);
  const [first, section, setting] = parsed.operands;
  if (first?.value === 'config' && section && setting) {
    if (section.value.startsWith('git')) call.state.note('earthly git', setting.value, setting.at);
    return;
  }
  const target = parsed.operands.find(({ value }) => value.includes('+'));
  if (!target) return;
  const build = new Earth(
    call,
    secretsOf(call, allOptions(parsed, 'secret', 's')),
    gitPassword(call, option(parsed, 'git-password')),
  );
  const args = new Map<string, string>();
  const given = call.args.slice(call.args.indexOf(target) + 1);
  for (const { value } of [...given, ...allOptions(parsed, 'build-arg')]) {
    const pair = /^(?:--)?([\w-]+)=([^]*)$/u.exec(value);
    if (pair) args.set(pair[1] ?? '', pair[2] ?? '');
  }
  build.target(target, '.', args);
}

function secretsOf(call: Call, given: readonly Arg[]): ReadonlyMap<string, string> {
  const listed = (call.state.value('EARTHLY_SECRETS') ?? '').split(',');
  const found = new Map<string, string>();
  for (const text of [...listed, ...given.map(({ value }) => value)]) {
    const [, name = '', value] = /^([\w/-]+)(?:=([^]*))?$/u.exec(text) ?? [];
    if (name !== '') found.set(name, value ?? call.state.value(name) ?? unknown(name));
  }
  return found;
}

const gitPassword = (call: Call, given: Arg | undefined): string =>
  [given?.value, call.state.value('GIT_PASSWORD'), call.state.notes.get('earthly git')?.value].join(' ');

/** One run of Earthly: each target once per checkout folder. */
class Earth {
  readonly #call: Call;
  readonly #secrets: ReadonlyMap<string, string>;
  /** Earthly's own login for git, beside the ones that git has. */
  readonly #login: string;
  readonly #done = new Set<string>();

  constructor(call: Call, secrets: ReadonlyMap<string, string>, login: string) {
    this.#call = call;
    this.#secrets = secrets;
    this.#login = login;
  }

  /** `+name`, `./folder+name`, `alias+name` or `host/group/project:tag+name`. */
  target({ value, at }: Arg, folder: string, args: ReadonlyMap<string, string>): void {
    const [, place = '', name = ''] = /^([^+]*)\+([\w.-]+)/u.exec(value) ?? [];
    if (place !== '' && !/^\.{0,2}\//u.test(place) && !/^\.{1,2}$/u.test(place)) {
      this.#repository(place, at);
      return;
    }
    const path = place === '' ? folder : `${folder}/${place}`;
    const key = `${path}+${name}`;
    if (name === '' || this.#done.has(key) || this.#done.size >= MAX_TARGETS) return;
    this.#done.add(key);
    const lines = this.#call.workspace.lines(`${path}/Earthfile`, this.#call.state);
    if (!lines) return;
    const file = readEarthfile(lines);
    new Recipe(this, this.#call, this.#secrets, path, args).run(file, name);
  }

  /** `host/group/project[/folder][:tag]` of another repository. */
  #repository(place: string, at: Arg['at']): void {
    const { instance } = this.#call.findings;
    const path = place.replace(/:[^/:]*$/u, '').replace(/^https?:\/\//u, '');
    const prefix = `${instance.fqdn}${instance.root}/`;
    if (!path.toLowerCase().startsWith(prefix.toLowerCase())) return;
    this.clone({ value: `${instance.url}/${instance.longestProject(path.slice(prefix.length))}`, at });
  }

  /** A repository that Earthly clones: with its own login, or one that git knows. */
  clone({ value, at }: Arg): void {
    const { findings } = this.#call;
    const host = splitUrl(value)?.host ?? '';
    if (hasToken(this.#login) && host === findings.instance.host) findings.repository(value, { at, likely: true });
    else reachRepository(value, 'git', at, { ...this.#call, likely: true });
  }
}

/** The commands of one target, after those of the base recipe. */
class Recipe {
  readonly #earth: Earth;
  readonly #call: Call;
  readonly #secrets: ReadonlyMap<string, string>;
  readonly #folder: string;
  readonly #args: ReadonlyMap<string, string>;
  readonly #imports = new Map<string, string>();
  #state: ShellState;

  constructor(
    earth: Earth,
    call: Call,
    secrets: ReadonlyMap<string, string>,
    folder: string,
    args: ReadonlyMap<string, string>,
  ) {
    this.#earth = earth;
    this.#call = call;
    this.#secrets = secrets;
    this.#folder = folder;
    this.#args = args;
    this.#state = call.state.elsewhere();
    this.#state.cwd = call.workspace.resolve(folder, call.state.cwd) ?? '/unknown';
  }

  run(file: Earthfile, name: string): void {
    const commands = [...(file.get('base') ?? []), ...(name === 'base' ? [] : (file.get(name) ?? []))];
    for (const command of commands) this.#step(command, file);
  }

  #step({ word, text, lines }: EarthCommand, file: Earthfile): void {
    const at = lines[0]?.at ?? this.#call.at;
    const words = text.split(/\s+/u).filter((one) => one !== '');
    const operands = words.filter((one) => !one.startsWith('--')).map((value) => ({ value: this.#expand(value), at }));
    const [first] = operands;
    switch (word) {
      case 'ARG':
      case 'ENV':
        this.#set(word, operands.map(({ value }) => value).join(' '));
        return;
      case 'IMPORT':
        if (first) this.#imports.set(operands[2]?.value ?? nameOf(first.value), first.value);
        return;
      case 'FROM':
        if (first?.value === 'DOCKERFILE') this.#dockerfile(words.slice(1), at);
        else if (first?.value.includes('+') === true) this.#target(first, words);
        else if (first) pull(this.#call, first);
        return;
      case 'GIT':
        for (const one of operands) if (/:\/\/|^git@/u.test(one.value)) this.#earth.clone(one);
        return;
      case 'BUILD':
      case 'COPY':
        for (const one of operands)
          if (one.value.includes('+')) this.#target({ ...one, value: one.value.replace(/^\(/u, '') }, words);
        return;
      case 'WITH':
        for (const [, image = ''] of text.matchAll(/--pull[= ](\S+)/gu))
          pull(this.#call, { value: this.#expand(image), at });
        for (const [, target = ''] of text.matchAll(/--load[= ](?:[^\s=]+=)?\(?(\S*\+[\w.-]+)/gu))
          this.#target({ value: target, at }, []);
        return;
      case 'LOCALLY':
        this.#state = this.#call.state.child([]);
        return;
      case 'DO':
        if (first) this.#function(first, file, words);
        return;
      case 'RUN':
        this.#shell(text, lines);
    }
  }

  #set(word: string, text: string): void {
    const [, name = '', value = ''] = /^(\w+)(?:[= ]([^]*))?$/u.exec(text) ?? [];
    const given = word === 'ARG' ? this.#args.get(name) : undefined;
    this.#state.set(name, given ?? value.trim().replace(/^(["'])([^]*)\1$/u, '$2'), null);
    this.#state.export(name);
  }

  #target({ value, at }: Arg, words: readonly string[]): void {
    const alias = this.#imports.get(value.replace(/\+.*$/u, ''));
    const args = new Map<string, string>();
    for (const [, name = '', text = ''] of words.join(' ').matchAll(/(?<![\w-])--([\w-]{1,60})=([^\s)]*)/gu))
      args.set(name, this.#expand(text));
    this.#earth.target(
      { value: alias === undefined ? value : `${alias}${value.replace(/^[^+]*/u, '')}`, at },
      this.#folder,
      args,
    );
  }

  /** A function of this file sees the caller's state; those of other repositories are not there. */
  #function(called: Arg, file: Earthfile, words: readonly string[]): void {
    const name = called.value.replace(/^\+/u, '');
    const body = file.get(name);
    if (!called.value.startsWith('+') || !body || called.value.length > 200) {
      this.#target(called, words);
      return;
    }
    for (const [, key = '', value = ''] of words.join(' ').matchAll(/(?<![\w-])--(\w{1,60})=(\S*)/gu))
      this.#state.set(key, this.#expand(value), null);
    for (const command of body) if (command.word !== 'DO' && command.word !== 'ARG') this.#step(command, file);
  }

  #dockerfile(words: readonly string[], at: Arg['at']): void {
    const parsed = parseArgs(
      words.map((value) => ({ value: this.#expand(value), at })),
      new Set(['f', 'build-arg', 'target', 'platform']),
    );
    const context = `${this.#folder}/${parsed.operands[0]?.value ?? '.'}`;
    const file = option(parsed, 'f')?.value;
    runDockerfile(this.#call, file === undefined ? `${context}/Dockerfile` : `${this.#folder}/${file}`, {
      args: allOptions(parsed, 'build-arg'),
      secrets: [],
      target: option(parsed, 'target')?.value ?? null,
      context,
    });
  }

  /** `RUN [--secret NAME[=id]] [--mount type=secret,…] COMMAND`. */
  #shell(text: string, lines: EarthCommand['lines']): void {
    const inner = this.#state.child([]);
    for (const [, name = '', id] of text.matchAll(/--secret[= ](\w+)(?:=\+?([\w/-]*))?/gu)) {
      const value = this.#secrets.get((id ?? name).replace(/^secrets\//u, ''));
      if (value === undefined) continue;
      inner.set(name, value, null);
      inner.export(name);
    }
    for (const [, options = ''] of text.matchAll(/--mount[= ](\S*type=secret\S*)/gu)) {
      const [id = '', target = ''] = ['id', 'target'].map(
        (key) => new RegExp(`(?:^|,)${key}=\\+?([^,]+)`, 'u').exec(options)?.[1] ?? '',
      );
      const value = this.#secrets.get(id.replace(/^secrets\//u, ''));
      const key = this.#call.workspace.resolve(target, '');
      if (value !== undefined && key !== null) inner.files.set(key, [{ text: value, at: this.#call.at }]);
    }
    const flags = /^RUN\s+(?:--(?:secret|mount)(?:=|\s+)\S+\s+|--[\w-]+(?:=\S+)?\s+)*/u;
    const script = lines.map((line, index) => ({
      ...line,
      text: index === 0 ? line.text.replace(flags, '') : line.text,
    }));
    this.#call.shell.runChild(linesSource(script), [], { ...this.#call, state: inner, stdin: null });
    this.#state.adopt(inner);
  }

  #expand(text: string): string {
    return text.replace(/\$\{(\w+)\}|\$(\w+)/gu, (_, braced?: string, bare?: string) => {
      const name = braced ?? bare ?? '';
      return this.#state.value(name) ?? unknown(name);
    });
  }
}

/** The alias that `IMPORT` gives without `AS`: the last part of the path. */
const nameOf = (place: string): string =>
  place
    .replace(/:[^/:]*$/u, '')
    .split('/')
    .at(-1) ?? place;
