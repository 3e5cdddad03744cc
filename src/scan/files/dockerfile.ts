import type { Arg, Call } from '../shell/call.ts';
import type { Line, ShellState } from '../shell/state.ts';
import { linesSource } from '../shell/call.ts';
import type { Instruction } from './dockerfile-text.ts';
import { instructions, shellText, stagesOf, unquoted } from './dockerfile-text.ts';
import { ImageLayout, joined } from './image-layout.ts';
import { unknown } from '../marks.ts';
import { pull } from '../reach/image.ts';

/** What the build command hands to the Dockerfile. */
export interface BuildOptions {
  /** `NAME=VALUE` or `NAME`, which takes the variable of the shell. */
  readonly args: readonly Arg[];
  readonly secrets: readonly Arg[];
  readonly target: string | null;
  readonly context: string;
}

const MAX_COPIED = 500;

/** Follows a Dockerfile: base images, images copied from, and `RUN` commands with their arguments. */
export function runDockerfile(call: Call, path: string, options: BuildOptions): void {
  const lines =
    call.workspace.lines(path, call.state) ??
    call.workspace.lines(path.replace(/Dockerfile$/u, 'Containerfile'), call.state);
  if (!lines) return;
  new Build(call, options).run(instructions(lines));
}

class Build {
  readonly #call: Call;
  readonly #given = new Map<string, string>();
  readonly #options: BuildOptions;
  readonly #global = new Map<string, string>();
  /** What each named stage ends with. */
  readonly #stages = new Map<string, ShellState>();
  /** Arguments of the current stage, which end with it. */
  #arguments: string[] = [];
  /** What each named stage shows of the context. */
  readonly #layouts = new Map<string, ImageLayout>();
  #layout: ImageLayout;
  /** Of the current stage. */
  #name: string | null = null;
  #count = 0;
  #state: ShellState;

  constructor(call: Call, options: BuildOptions) {
    this.#call = call;
    this.#options = options;
    for (const { value } of options.args) {
      const equals = value.indexOf('=');
      const name = equals < 0 ? value : value.slice(0, equals);
      this.#given.set(name, equals < 0 ? (call.state.value(name) ?? unknown(name)) : value.slice(equals + 1));
    }
    this.#layout = this.#empty();
    this.#state = this.#stage();
  }

  #empty(): ImageLayout {
    return new ImageLayout(this.#call.workspace.resolve(this.#options.context, this.#call.state.cwd) ?? '/unknown');
  }

  run(all: readonly Instruction[]): void {
    const { head, stages } = stagesOf(all);
    for (const instruction of head) this.#step(instruction);
    const needed = this.#needed(stages);
    stages.forEach((stage, index) => {
      if (needed.has(index)) for (const instruction of stage) this.#step(instruction);
      else this.#skip(stage[0]);
    });
  }

  /** Stages that the target is made of. BuildKit leaves the others out; kaniko and the old builder run all before it. */
  #needed(stages: readonly (readonly Instruction[])[]): ReadonlySet<number> {
    const names = stages.map(([from]) => stageName(this.#expand(from?.text ?? ''))?.toLowerCase());
    const target = this.#options.target === null ? -1 : names.indexOf(this.#options.target.toLowerCase());
    const last = target >= 0 ? target : stages.length - 1;
    const call = this.#call;
    const kaniko =
      /^(?:executor|kaniko)$/u.test(call.name) && !call.args.some(({ value }) => value === '--skip-unused-stages');
    if (kaniko || call.state.value('DOCKER_BUILDKIT') === '0')
      return new Set(Array.from({ length: last + 1 }, (_, index) => index));
    const needed = new Set<number>();
    const visit = (index: number): void => {
      if (index < 0 || needed.has(index)) return;
      needed.add(index);
      for (const { word, text } of stages[index] ?? []) {
        const used = [...text.matchAll(/\bfrom=([^\s,]+)/gu)].map((match) => match[1] ?? '');
        if (word === 'FROM') used.push(imageOf(text));
        for (const name of used.map((one) => this.#expand(one).toLowerCase()))
          visit(/^\d+$/u.test(name) ? Number(name) : names.slice(0, index).lastIndexOf(name));
      }
    };
    visit(last);
    return needed;
  }

  /** A stage that is not built still has its name. */
  #skip(from: Instruction | undefined): void {
    this.#count += 1;
    const name = stageName(from?.text ?? '');
    if (name !== null) this.#stages.set(name.toLowerCase(), this.#stage());
  }

  /** Inside of a build none of the job's variables exist. */
  #stage(): ShellState {
    const state = this.#call.state.elsewhere();
    state.files = new Map();
    this.#empty().show(state);
    for (const secret of this.#options.secrets) this.#secret(secret.value, state, secret);
    state.touch();
    return state;
  }

  #secret(text: string, state: ShellState, arg: Arg): void {
    const id = /(?:^|,)id=([^,]+)/u.exec(text)?.[1] ?? '';
    const env = /(?:^|,)env=([^,]+)/u.exec(text)?.[1] ?? id;
    const source = /(?:^|,)(?:src|source)=([^,]+)/u.exec(text)?.[1];
    const value =
      source === undefined ? this.#call.state.value(env) : this.#call.workspace.text(source, this.#call.state);
    if (value === undefined || value === null) return;
    const lines = value.split('\n').map((line) => ({ text: line, at: arg.at }));
    state.files.set(`/run/secrets/${id}`, lines);
    state.notes.set(`secret ${id}`, { value, at: arg.at });
  }

  #step({ word, text, lines }: Instruction): void {
    const at = lines[0]?.at ?? this.#call.at;
    switch (word) {
      case 'ARG':
        for (const part of text.split(/\s+(?=\w+(?:=|$))/u)) this.#argument(part);
        return;
      case 'ENV':
        this.#environment(text);
        return;
      case 'FROM':
        this.#from(text, { value: text, at });
        return;
      case 'COPY': {
        const from = /--from=(\S+)/u.exec(text)?.[1];
        if (from === undefined) this.#copy(text);
        else this.#image(from, at);
        return;
      }
      case 'ADD':
        this.#copy(text);
        for (const url of text.split(/\s+/u)) this.#add(this.#expand(url), at);
        return;
      case 'WORKDIR':
        this.#show(this.#layout.workdir(this.#expand(unquoted(text))));
        return;
      case 'RUN':
        this.#shell(text, lines);
    }
  }

  #argument(part: string): void {
    const match = /^(\w+)(?:=([^]*))?$/u.exec(part.trim());
    if (!match) return;
    const name = match[1] ?? '';
    const fallback = match[2] === undefined ? this.#global.get(name) : this.#expand(unquoted(match[2]));
    const value = this.#given.get(name) ?? fallback ?? '';
    if (this.#count === 0) this.#global.set(name, value);
    this.#state.set(name, value, null);
    this.#state.export(name);
    this.#arguments.push(name);
  }

  #environment(text: string): void {
    const old = /^(\w+)\s+([^=]*)$/u.exec(text);
    const pairs = old
      ? [[old[1] ?? '', old[2] ?? '']]
      : [...text.matchAll(/(\w+)=("(?:[^"\\]|\\.)*"|'[^']*'|\S*)/gu)].map((pair) => [pair[1] ?? '', pair[2] ?? '']);
    for (const [name = '', value = ''] of pairs) {
      this.#state.set(name, this.#expand(unquoted(value)), null);
      this.#state.export(name);
    }
  }

  #from(text: string, arg: Arg): void {
    const image = this.#expand(imageOf(text));
    this.#image(image, arg.at);
    this.#count += 1;
    this.#state = this.#stages.get(image.toLowerCase())?.clone() ?? this.#stage();
    if (this.#name !== null) this.#layouts.set(this.#name, this.#layout);
    this.#layout = this.#layouts.get(image.toLowerCase()) ?? this.#empty();
    for (const argument of this.#arguments) this.#state.vars.delete(argument);
    this.#arguments = [];
    const name = stageName(text);
    this.#name = name?.toLowerCase() ?? null;
    // The state of a stage goes on changing until the next one begins.
    if (name !== null) this.#stages.set(name.toLowerCase(), this.#state);
  }

  #show(layout: ImageLayout): void {
    this.#layout = layout;
    layout.show(this.#state);
  }

  /** Files of the context, and folders whose contents are copied. */
  #copy(text: string): void {
    const words = (
      /^\[/u.test(text) ? [...text.matchAll(/"([^"]*)"/gu)].map(([, word = '']) => word) : text.split(/\s+/u)
    )
      .map((word) => this.#expand(word))
      .filter((word) => word !== '' && !word.startsWith('--'));
    const target = words.at(-1) ?? '';
    const { checkout } = this.#call.workspace;
    const context = this.#call.workspace.resolve(this.#options.context, this.#call.state.cwd) ?? '/unknown';
    let layout = this.#layout;
    for (const source of words.slice(0, -1).map((word) => joined(context, word.replace(/^\/+/u, '')))) {
      const found = /[*?[]/u.test(source) ? checkout.matching(source, 'shell') : [source];
      for (const key of found.slice(0, MAX_COPIED)) {
        const into = /\/$|^\.{1,2}$/u.test(target) || words.length > 2 || found.length > 1;
        const name = key.split('/').at(-1) ?? key;
        if (checkout.has(key)) layout = layout.file(key, into ? `${target}/${name}` : target);
        else layout = layout.folder(key, target);
      }
    }
    this.#show(layout);
  }

  #image(written: string, at: Arg['at']): void {
    const image = this.#expand(written);
    if (/^\d+$/u.test(image) || this.#stages.has(image.toLowerCase())) return;
    pull(this.#call, { value: image, at });
  }

  #add(url: string, at: Arg['at']): void {
    if (/^https?:/u.test(url))
      this.#call.shell.rerun({ ...this.#call, state: this.#state }, [
        { value: 'curl', at },
        { value: url, at },
      ]);
  }

  #shell(text: string, lines: readonly Line[]): void {
    for (const mount of text.matchAll(/--mount=(\S+)/gu)) {
      const from = /(?:^|,)from=([^,]+)/u.exec(mount[1] ?? '')?.[1];
      const id = /type=secret.*?(?:^|,)id=([^,]+)/u.exec(mount[1] ?? '')?.[1];
      const env = /(?:^|,)env=([^,]+)/u.exec(mount[1] ?? '')?.[1];
      const target = /(?:^|,)(?:target|dst|destination)=([^,]+)/u.exec(mount[1] ?? '')?.[1];
      if (from !== undefined) this.#image(from, lines[0]?.at ?? this.#call.at);
      const content = id === undefined ? undefined : this.#state.files.get(`/run/secrets/${id}`);
      if (!content) continue;
      if (env !== undefined) {
        this.#state.set(env, content.map((line) => line.text).join('\n'), null);
        this.#state.export(env);
      }
      if (target !== undefined) this.#state.files.set(this.#call.workspace.resolve(target, '') ?? target, content);
    }
    // The token is the job's as long as the shell finds it in an argument, a secret or a copied file.
    const written = lines.map((line, index) => ({ ...line, text: index === 0 ? shellText(line.text) : line.text }));
    // `RUN <<EOF`: the here-document is the script itself.
    const script = /^<<-?\s*["']?\w+["']?\s*$/u.test(written[0]?.text ?? '') ? written.slice(1, -1) : written;
    const inner = { ...this.#call, state: this.#state, stdin: null };
    this.#call.shell.runChild(linesSource(script), [], inner);
  }

  #expand(text: string): string {
    return text.replace(
      /\$\{(\w+)(?::([-+])([^}]*))?\}|\$(\w+)/gu,
      (_, braced?: string, kind?: string, word?: string, bare?: string) => {
        const name = braced ?? bare ?? '';
        const value = this.#state.value(name) ?? this.#global.get(name);
        if (kind === '-') return value === undefined || value === '' ? (word ?? '') : value;
        if (kind === '+') return value === undefined || value === '' ? '' : (word ?? '');
        return value ?? '';
      },
    );
  }
}

const words = (text: string): readonly string[] => text.split(/\s+/u).filter((word) => !word.startsWith('--'));
/** The image of `FROM IMAGE AS NAME`. */
const imageOf = (text: string): string => words(text)[0] ?? '';
/** The name of `FROM IMAGE AS NAME`, or null. */
const stageName = (text: string): string | null =>
  /^as$/iu.test(words(text)[1] ?? '') ? (words(text)[2] ?? null) : null;
