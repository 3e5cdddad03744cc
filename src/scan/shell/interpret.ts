import type { AndOr, CompoundList, Pipeline, PipelineNode, Statement } from 'unbash';
import { parse } from 'unbash';
import type { Findings } from '../reach/findings.ts';
import { unknown } from '../marks.ts';
import type { SourceText } from '../source.ts';
import type { Origin } from '../types.ts';
import type { Workspace } from './workspace.ts';
import type { Call, Programs } from './call.ts';
import { Branches } from './branches.ts';
import { CommandRunner } from './command.ts';
import { Expander } from './expand.ts';
import type { Frame, Runner, Step } from './frame.ts';
import { Loops, calculated } from './loops.ts';
import type { Line, ShellState } from './state.ts';
import { distinct as distinctStates } from './state.ts';
import { redirected } from './redirect.ts';
import type { Decision } from './test.ts';
import { testExpression } from './test.ts';

const MAX_STATES = 30;
const MAX_DEPTH = 25;
const MAX_SCRIPT = 500_000;
const STEPS_PER_RUN = 20_000;

/** Follows shell text over every branch that the files do not decide. */
export class Interpreter implements Runner {
  readonly findings: Findings;
  readonly workspace: Workspace;
  readonly #commands: CommandRunner;
  readonly #loops: Loops;
  readonly #branches: Branches;
  #steps = STEPS_PER_RUN;

  constructor(findings: Findings, workspace: Workspace, programs: Programs) {
    this.findings = findings;
    this.workspace = workspace;
    this.#commands = new CommandRunner(this, programs);
    this.#loops = new Loops(this);
    this.#branches = new Branches(this);
  }

  /** True when the job has used up its share of steps. */
  get exhausted(): boolean {
    return this.#steps < 0;
  }

  /** How many accesses were found so far. */
  get found(): number {
    return this.findings.count;
  }

  /** Words as paths, where they are patterns that files match. */
  paths(words: readonly string[], state: ShellState): readonly string[] {
    return this.#commands.paths(words, state);
  }

  /** What a file descriptor reads, null where that is not known. */
  descriptor(number: string, state: ShellState): readonly Line[] | null {
    return this.workspace.lines(`/dev/fd/${number}`, state);
  }

  /** A command as tools see it, for what runs beside the shell. */
  call(name: string, at: Origin, state: ShellState, stdin: readonly Line[] | null = null): Call {
    return this.#commands.call(name, at, state, stdin);
  }

  /** Gives the next job its own share of steps. */
  refill(): void {
    this.#steps = STEPS_PER_RUN;
  }

  /** Runs text on each state and returns the states it may end in. */
  run(
    source: SourceText,
    states: readonly ShellState[],
    stdin: readonly Line[] | null = null,
    depth = 0,
  ): readonly ShellState[] {
    const at = source.at(0);
    if (source.text.length > MAX_SCRIPT || depth > MAX_DEPTH) {
      const why = depth > MAX_DEPTH ? 'scripts call each other too deeply' : 'the script is too large to follow';
      this.findings.unresolved('unknown', `${at.file}:${at.line}`, why, at);
      return states;
    }
    if (nestedTooDeeply(source.text)) {
      this.findings.unresolved('unknown', `${at.file}:${at.line}`, 'the script is nested too deeply to follow', at);
      return states;
    }
    const script = parse(source.text);
    const frame: Frame = { source, stdin, depth };
    return this.settled(
      states.flatMap((state) => this.list(script.commands, frame, state).map((step) => step.state)),
      source,
    );
  }

  /** States after a text without those that say the same, at most as many as are followed. */
  settled(states: readonly ShellState[], source: SourceText): readonly ShellState[] {
    return states.length < 2 ? states : this.distinct(states, { source, stdin: null, depth: 0 }, 0);
  }

  list(statements: readonly Statement[], frame: Frame, start: ShellState): readonly Step[] {
    let steps: readonly Step[] = [{ state: start, status: true }];
    for (const statement of statements) {
      steps = steps.flatMap((step) =>
        step.state.flow === 'next' ? this.node(statement.command, frame, step.state) : [step],
      );
      if (steps.length > 1) steps = this.merged(steps, frame, statement.pos);
    }
    return steps;
  }

  node(node: PipelineNode | AndOr | CompoundList, frame: Frame, state: ShellState): readonly Step[] {
    this.#steps -= 1;
    if (this.#steps === 0) {
      this.cut('the script has too many steps', frame, node.pos);
    }
    if (this.#steps < 0) return [{ state, status: null }];
    switch (node.type) {
      case 'Command':
        return this.#commands.run(node, frame, state);
      case 'AndOr':
        return this.#branches.andOr(node, frame, state);
      case 'Pipeline':
        return this.#pipeline(node, frame, state);
      case 'CompoundList':
        return this.list(node.commands, frame, state);
      case 'BraceGroup':
        return this.list(node.body.commands, frame, state);
      case 'Subshell':
        return this.#subshell(node.body, frame, state);
      case 'Redirected':
        return redirected(this, node.redirects, frame, state, (inner) => this.node(node.command, inner, state));
      case 'If':
        return this.#branches.choice(node, frame, state);
      case 'For':
      case 'Select':
        return this.#loops.each(node, frame, state);
      case 'While':
        return this.#loops.repeated(node, frame, state);
      case 'ArithmeticFor':
        return this.#loops.counted(node, frame, state);
      case 'Case':
        return this.#branches.cases(node, frame, state);
      case 'TestCommand': {
        const exists = (path: string): Decision => this.workspace.exists(path, state);
        return [{ state, status: testExpression(node.expression, this.expander(frame, state), exists) }];
      }
      case 'Function':
        state.functions.set(node.name.value, { body: node.body, source: frame.source });
        state.touch();
        return [{ state, status: true }];
      case 'Coproc':
        return this.node(node.body, frame, state);
      case 'ArithmeticCommand':
        return [{ state, status: calculated(this.expander(frame, state), node.expression) }];
    }
  }

  expander(frame: Frame, state: ShellState): Expander {
    return new Expander(state, (script, text) => {
      if (!script) return [{ text: unknown(text), at: frame.source.at(0) }];
      const source =
        script.source === undefined ? frame.source : { text: script.source, at: () => frame.source.at(script.pos) };
      const inner = state.clone();
      inner.out = [];
      const steps = this.list(script.commands, { ...frame, source, depth: frame.depth + 1 }, inner);
      const spoken = steps.find((step) => step.state.out.length > 0) ?? steps[0];
      if (spoken) state.adopt(spoken.state);
      return spoken?.state.out ?? [];
    });
  }

  #pipeline(node: Pipeline, frame: Frame, state: ShellState): readonly Step[] {
    let stdin = frame.stdin;
    for (const command of node.commands.slice(0, -1)) {
      const inner = state.clone();
      inner.out = [];
      const steps = this.node(command, { ...frame, stdin }, inner);
      const first = steps.find((step) => step.state.out.length > 0) ?? steps[0];
      stdin = first?.state.out ?? [];
      if (first) state.adopt(first.state);
    }
    const last = node.commands.at(-1);
    const steps = last ? this.node(last, { ...frame, stdin }, state) : [{ state, status: null }];
    if (!node.prefixes.some(({ type }) => type === 'Negation')) return steps;
    return steps.map((step) => ({ ...step, status: step.status === null ? null : !step.status }));
  }

  #subshell(body: CompoundList, frame: Frame, state: ShellState): readonly Step[] {
    const inner = state.clone();
    inner.out = [];
    const steps = this.list(body.commands, frame, inner);
    for (const step of steps) {
      for (const line of step.state.out) state.print(line.text, line.at);
      state.adopt(step.state);
    }
    return [{ state, status: steps.length === 1 ? (steps[0]?.status ?? null) : null }];
  }

  /** Drops copies that are the same; several ends make the status open. */
  merged(steps: readonly Step[], frame: Frame, pos: number): readonly Step[] {
    if (steps.length < 2) return steps;
    const ends = steps.map(({ state }) => state);
    return this.distinct(ends, frame, pos).map((state) => {
      const same = steps.filter((step) => step.state.revision === state.revision && step.state.flow === state.flow);
      const status = same[0]?.status ?? null;
      return { state, status: same.every((step) => step.status === status) ? status : null };
    });
  }

  /** States without those that say the same, at most as many as are followed. */
  distinct(states: readonly ShellState[], frame: Frame, pos: number): readonly ShellState[] {
    return distinctStates(states, MAX_STATES, () => {
      this.cut(`more than ${MAX_STATES} ways through the script`, frame, pos);
    });
  }

  /** Says what is not followed from here on. */
  cut(why: string, frame: Frame, pos: number): void {
    const at = frame.source.at(pos);
    this.findings.unresolved('unknown', `${at.file}:${at.line}`, `${why}: the rest is not followed`, at);
  }
}

const MAX_NESTED = 100;

/** The parser reads the inside of `$(…)` and `${…}` anew at each level, so that deep ones would take it minutes. */
function nestedTooDeeply(text: string): boolean {
  let depth = 0;
  for (const [mark] of text.matchAll(/[$<>]\(|\$\{|[)}]/gu)) {
    depth = mark.length > 1 ? depth + 1 : Math.max(0, depth - 1);
    if (depth > MAX_NESTED) return true;
  }
  return false;
}
