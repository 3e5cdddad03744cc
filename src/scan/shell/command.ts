import { redirected } from './redirect.ts';
import type { Command, Word } from 'unbash';
import { hasUnknown, readable, unknown, withoutLikely } from '../marks.ts';
import type { SourceText } from '../source.ts';
import { lineStarts, pointSource } from '../source.ts';
import type { Origin } from '../types.ts';
import { batchSource, isBatch } from './batch/translate.ts';
import { BUILTINS } from './builtins.ts';
import type { Arg, Call, Programs, Shell } from './call.ts';
import { linesSource } from './call.ts';
import type { Expander } from './expand.ts';
import type { Frame, Runner, Step } from './frame.ts';
import type { Binding, Line, ShellState } from './state.ts';

const MAX_CALL_DEPTH = 25;

/** Runs simple commands: assignments, redirections, functions, builtins, known tools, scripts of the checkout. */
export class CommandRunner {
  readonly #shell: Runner;
  readonly #programs: Programs;

  constructor(shell: Runner, programs: Programs) {
    this.#shell = shell;
    this.#programs = programs;
  }

  run(node: Command, frame: Frame, state: ShellState): readonly Step[] {
    const expander = this.#shell.expander(frame, state);
    const words = this.#words(node, frame, expander, state);
    const assignments = node.prefix.filter((item) => item.type === 'Assignment');
    const before: [string, Binding | undefined, boolean][] = [];
    for (const item of assignments) {
      before.push([item.name, state.vars.get(item.name), state.exported.has(item.name)]);
      this.#assign(item, frame, expander, state);
      if (words.length > 0) state.export(item.name);
    }
    return redirected(this.#shell, node.redirects, frame, state, (inner) => {
      const [name, ...args] = words;
      if (!name) {
        // `$(< file)` is the file's text; elsewhere nobody reads what this prints.
        if (assignments.length === 0) for (const line of inner.stdin ?? []) state.print(line.text, line.at);
        return [{ state, status: assignments.length > 0 ? true : null }];
      }
      const steps = this.dispatch(name, args, inner, state);
      for (const step of steps) for (const saved of before) restore(step.state, saved);
      return steps;
    });
  }

  /** Runs an expanded command. */
  dispatch(name: Arg, args: readonly Arg[], frame: Frame, state: ShellState): readonly Step[] {
    const full = withoutLikely(name.value);
    const body = state.functions.get(full);
    if (body && frame.depth < MAX_CALL_DEPTH) {
      const saved = state.positional;
      state.positional = args.map(({ value }) => value);
      const steps = this.#shell.node(body.body, { ...frame, source: body.source, depth: frame.depth + 1 }, state);
      for (const step of steps) {
        step.state.positional = saved;
        if (step.state.flow === 'return') step.state.flow = 'next';
      }
      return steps;
    }
    const call = this.#call(full, name, args, frame, state);
    const builtin = BUILTINS.get(full);
    if (builtin) return builtin(call, { frame, shell: this.#shell });
    const filter = this.#programs.filters.get(call.name);
    if (filter) {
      filter(call);
      return [{ state, status: null }];
    }
    const printed = state.out.length;
    const tool = this.#programs.tools.get(call.name.replace(/\.(?:exe|cmd)$/u, ''));
    const lines = full.includes('/') ? this.#shell.workspace.lines(full, state) : null;
    const isFile = !full.startsWith('/') && lines !== null;
    if (tool && !(isFile && !/(?:gradlew|mvnw)$/u.test(full))) tool(call);
    else if (!/[/\\.]/u.test(full) || !call.shell.runFile(full.replaceAll('\\', '/'), args, call))
      this.#programs.tools.get('*')?.(call);
    // What a script of the shell prints was followed; a program may print anything.
    else if (lines && !this.#programs.isProgram(full, lines[0]?.text ?? '')) return [{ state, status: null }];
    // A program whose output was followed is taken to print no more than that.
    if (state.out.length > printed) return [{ state, status: null }];
    state.print(unknown(`$(${readable([full, ...args.map(({ value }) => value)].join(' '))})`), name.at);
    return [{ state, status: null }];
  }

  /** Replaces patterns by the files of the checkout that match; a pattern without a match stays. */
  paths(words: readonly string[], state: ShellState): readonly string[] {
    return words.flatMap((word) => {
      if (!/[*?[]/u.test(word) || hasUnknown(word) || word.length > 300) return [word];
      const key = this.#shell.workspace.resolve(word, state.cwd);
      if (key === null) return [word];
      const prefix = state.cwd === '' || word.startsWith('/') ? '' : `${state.cwd}/`;
      const found = this.#shell.workspace.checkout.matching(key, 'shell').slice(0, 300);
      return found.length === 0
        ? [word]
        : found.map((file) => (file.startsWith(prefix) ? file.slice(prefix.length) : `/${file}`));
    });
  }

  #words(node: Command, frame: Frame, expander: Expander, state: ShellState): readonly Arg[] {
    if (!node.name) return [];
    const words: Arg[] = [];
    for (const item of [node.name, ...node.args]) {
      const at = frame.source.at(item.pos);
      if (item.type === 'Assignment') {
        // `declare a=(x y)` keeps its list in the state, as the command itself only sees the name.
        if (item.value.type === 'ArrayValue') this.#assign(item, frame, expander, state);
        const value = item.value.type === 'ArrayValue' ? '' : `=${expander.text(item.value)}`;
        words.push({ value: `${item.name}${value}`, at });
      } else {
        const rows = rowsOf(item, frame);
        const loose = isLoose(item, state);
        for (const value of expander.fields(item))
          words.push({ value, at, ...(rows ? { rows } : {}), ...(loose ? { loose } : {}) });
      }
    }
    return words;
  }

  #assign(
    item: Extract<Command['prefix'][number], { type: 'Assignment' }>,
    frame: Frame,
    expander: Expander,
    state: ShellState,
  ): void {
    const at = frame.source.at(item.pos);
    if (item.value.type === 'ArrayValue') {
      const list = state.named(item.name);
      const before = item.append === true ? (state.arrays.get(list) ?? []) : [];
      const plain: string[] = [...before];
      for (const element of item.value.elements) {
        const keyed = /^\[([^\]]+)\]=/u.exec(element.text);
        const fields = expander.fields(element);
        if (keyed)
          state.set(
            `${item.name}[${(keyed[1] ?? '').replace(/["']/gu, '')}]`,
            fields.join(' ').replace(/^\[[^\]]*\]=/u, ''),
            at,
          );
        else plain.push(...fields);
      }
      state.arrays.set(list, plain);
      state.touch();
      return;
    }
    const name = item.index ? `${item.name}[${expander.text(item.index)}]` : item.name;
    const before = item.append === true ? (state.value(name) ?? '') : '';
    state.set(name, before + expander.text(item.value), at);
  }

  /** A command that stands in no script of the shell. */
  call(name: string, at: Origin, state: ShellState, stdin: readonly Line[] | null): Call {
    const frame: Frame = { source: pointSource('', at), stdin, depth: 0 };
    return this.#call(name, { value: name, at }, [], frame, state);
  }

  #call(full: string, name: Arg, args: readonly Arg[], frame: Frame, state: ShellState): Call {
    const { findings, workspace } = this.#shell;
    const shell: Shell = {
      runChild: (source, positional, call, zero) => {
        this.#child(source, positional, call, frame, zero);
      },
      rerun: (call, rest, stdin) => {
        const [first, ...others] = rest;
        if (!first || frame.depth > MAX_CALL_DEPTH) return;
        const input = stdin === undefined ? call.stdin : stdin;
        this.dispatch(first, others, { ...frame, stdin: input, depth: frame.depth + 1 }, call.state);
      },
      runFile: (path, rest, call) => this.#runFile(path, rest, call, frame),
    };
    const short = full.split('/').at(-1) ?? full;
    return { name: short, args, state, stdin: frame.stdin, at: name.at, findings, workspace, shell };
  }

  #runFile(path: string, args: readonly Arg[], call: Call, frame: Frame): boolean {
    const lines = this.#shell.workspace.lines(path, call.state);
    if (lines === null) return false;
    const values = args.map(({ value }) => value);
    if (isBatch(path)) this.#child(batchSource(lines, call.state.vars.keys()), values, call, frame, path);
    else if (this.#programs.isProgram(path, lines[0]?.text ?? '')) this.#programs.run(path, lines, args, call);
    else this.#child(linesSource(lines), values, call, frame, path);
    return true;
  }

  #child(source: SourceText, positional: readonly string[], call: Call, frame: Frame, zero?: string): void {
    const start = call.state.child(positional);
    if (zero !== undefined) {
      start.set('0', zero, call.at);
      start.arrays.set('BASH_SOURCE', [zero]);
    }
    const ends = this.#shell.run(source, [start], call.stdin, frame.depth + 1);
    for (const end of ends) {
      for (const line of end.out) call.state.print(line.text, line.at);
      call.state.adopt(end);
    }
  }
}

function restore(state: ShellState, [name, binding, exported]: [string, Binding | undefined, boolean]): void {
  if (binding) state.vars.set(name, binding);
  else state.vars.delete(name);
  if (!exported) state.exported.delete(name);
}

/** `$OPTIONS` alone and without quotes, which the files set nowhere. */
function isLoose({ parts }: Word, state: ShellState): boolean {
  const [part, ...others] = parts ?? [];
  if (!part || others.length > 0) return false;
  const name =
    part.type === 'SimpleExpansion'
      ? part.text.slice(1)
      : part.type === 'ParameterExpansion' && !part.index && !part.operation && !part.prefix
        ? part.parameter
        : '';
  return /^[A-Za-z_]/u.test(name) && state.value(name) === undefined && !state.arrays.has(name);
}

/** Where the lines begin of a word that is written over several. */
function rowsOf({ pos, end }: Word, { source }: Frame): readonly Origin[] | null {
  const written = source.text.slice(pos, end);
  if (!written.includes('\n')) return null;
  return lineStarts(source.text.slice(0, end), pos).map((start) => source.at(start));
}
