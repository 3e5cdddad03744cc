import type { Arg, Call } from '../shell/call.ts';
import { pull } from '../tools/containers/registry.ts';
import type { ShellState, Line } from '../shell/state.ts';
import { linesSource } from '../shell/call.ts';
import { unknown } from '../marks.ts';

/** What the build command hands to the Dockerfile. */
export interface BuildOptions {
  /** `NAME=VALUE` or `NAME`, which takes the variable of the shell. */
  readonly args: readonly Arg[];
  readonly secrets: readonly Arg[];
  readonly target: string | null;
  readonly context: string;
}

const MAX_COPIED = 500;

interface Instruction {
  readonly word: string;
  readonly text: string;
  readonly lines: readonly Line[];
}

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
  readonly #stages = new Set<string>();
  /** Paths inside of the image that hold a file of the checkout. */
  readonly #copied = new Map<string, string>();
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
    this.#state = this.#stage();
  }

  run(all: readonly Instruction[]): void {
    for (const instruction of all) this.#step(instruction);
  }

  /** Inside of a build none of the job's variables exist. */
  #stage(): ShellState {
    const state = this.#call.state.child([]);
    state.vars = new Map();
    state.exported = new Set();
    state.files = new Map();
    state.git = { rewrites: [], headers: [], credentials: [], remotes: new Map() };
    state.notes = new Map();
    const context = this.#call.workspace.resolve(this.#options.context, this.#call.state.cwd);
    state.cwd = context ?? '/unknown';
    for (const name of ['CI_REPOSITORY_URL']) state.vars.delete(name);
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
        for (const url of text.split(/\s+/u)) this.#add(this.#expand(url), at);
        return;
      case 'WORKDIR':
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
    const words = text.split(/\s+/u).filter((one) => !one.startsWith('--'));
    const image = this.#expand(words[0] ?? '');
    this.#image(image, arg.at);
    this.#count += 1;
    const name = /^as$/iu.test(words[1] ?? '') ? (words[2] ?? '') : '';
    if (name !== '') this.#stages.add(name.toLowerCase());
    this.#state = this.#stage();
  }

  /** Files of the context under the paths they get; folders keep their names, as the context is where commands run. */
  #copy(text: string): void {
    const words = (
      /^\[/u.test(text) ? [...text.matchAll(/"([^"]*)"/gu)].map(([, word = '']) => word) : text.split(/\s+/u)
    )
      .map((word) => this.#expand(word))
      .filter((word) => word !== '' && !word.startsWith('--'));
    const target = words.at(-1) ?? '';
    if (!target.startsWith('/') && !target.startsWith('~')) return;
    const { workspace } = this.#call;
    for (const source of words.slice(0, -1)) {
      const key = workspace.resolve(source, this.#state.cwd);
      if (key === null) continue;
      const prefix = key === '' ? '' : `${key}/`;
      const inside = workspace.checkout.paths.filter((path) => path.startsWith(prefix)).slice(0, MAX_COPIED);
      for (const path of workspace.checkout.has(key) ? [key] : inside) {
        const name = path === key ? (key.split('/').at(-1) ?? key) : path.slice(prefix.length);
        const whole = path === key && !/\/$/u.test(target) && words.length === 2 ? target : `${target}/${name}`;
        this.#copied.set(workspace.resolve(whole, '') ?? whole, workspace.absolute(path));
      }
    }
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
      if (env !== undefined)
        this.#state.vars.set(env, { value: content.map((line) => line.text).join('\n'), at: null });
      if (target !== undefined) this.#state.files.set(this.#call.workspace.resolve(target, '') ?? target, content);
    }
    // The token is the job's as long as the shell finds it in an argument, a secret or a copied file.
    const written = lines.map((line, index) => ({ ...line, text: index === 0 ? shellText(line.text) : line.text }));
    // `RUN <<EOF`: the here-document is the script itself.
    const script = /^<<-?\s*["']?\w+["']?\s*$/u.test(written[0]?.text ?? '') ? written.slice(1, -1) : written;
    for (const [path, source] of this.#copied) {
      const named = script.some(({ text: line }) => line.includes(path) || line.includes(path.replace(/^~/u, '/root')));
      const found = named ? this.#call.workspace.lines(source, this.#state) : null;
      if (found) this.#state.files.set(path, found);
    }
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

/** `RUN --mount=… cmd` → `cmd`; the JSON form becomes a plain command line. */
function shellText(line: string): string {
  const text = line.replace(/^\s*RUN\s+/iu, '').replace(/^(?:--\w+(?:=\S+)?\s+)+/u, '');
  const json = /^\[\s*"[^]*"\s*\]\s*$/u.exec(text);
  return json ? text.slice(1, -1).replace(/"\s*,\s*"/gu, '" "') : text;
}

const unquoted = (text: string): string => text.trim().replace(/^(["'])([^]*)\1$/u, '$2');

/** Instructions with their continuation lines; comment lines fall away, here-documents stay with `RUN`. */
function instructions(lines: readonly Line[]): readonly Instruction[] {
  const found: { word: string; text: string; lines: Line[] }[] = [];
  let open = false;
  let heredoc: string | null = null;
  for (const line of lines.slice(0, 5_000)) {
    const current = found.at(-1);
    if (heredoc !== null && current) {
      current.lines.push(line);
      if (line.text.trim() === heredoc) heredoc = null;
      continue;
    }
    if (/^\s*#/u.test(line.text) || line.text.trim() === '') continue;
    const more = /\\\s*$/u.test(line.text);
    if (open && current) {
      current.text += ` ${line.text.replace(/\\\s*$/u, '').trim()}`;
      current.lines.push(line);
    } else {
      const match = /^\s*([A-Za-z]+)\s+(.*)$/u.exec(line.text);
      if (!match) continue;
      found.push({
        word: (match[1] ?? '').toUpperCase(),
        text: (match[2] ?? '').replace(/\\\s*$/u, '').trim(),
        lines: [line],
      });
      heredoc = /^RUN\b.*<<-?\s*["']?(\w+)["']?/iu.exec(line.text)?.[1] ?? null;
    }
    open = more;
  }
  return found;
}
