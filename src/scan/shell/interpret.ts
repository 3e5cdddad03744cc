import type {
  AndOr,
  ArithmeticExpression,
  ArithmeticFor,
  Case,
  CompoundList,
  For,
  If,
  Pipeline,
  PipelineNode,
  Redirected,
  Statement,
  While,
} from 'unbash';
import { parse } from 'unbash';
import type { Findings } from '../findings.ts';
import { unknown } from '../marks.ts';
import type { SourceText } from '../source.ts';
import type { Workspace } from '../workspace.ts';
import type { Tool } from './call.ts';
import { CommandRunner } from './command.ts';
import { Expander } from './expand.ts';
import type { Frame, Runner, Step } from './frame.ts';
import { bindRead, markLikely, readLoop } from './read.ts';
import type { Line } from './state.ts';
import { ShellState, distinct } from './state.ts';
import type { Decision } from './test.ts';
import { binaryTest, testExpression } from './test.ts';

const MAX_STATES = 12;
const MAX_DEPTH = 25;
const MAX_ITERATIONS = 300;
const MAX_SCRIPT = 500_000;
const ENDLESS_ROUNDS = 4;
const STEPS_PER_RUN = 20_000;

/** Follows shell text over every branch that the files do not decide. */
export class Interpreter implements Runner {
  readonly findings: Findings;
  readonly workspace: Workspace;
  readonly #commands: CommandRunner;
  #steps = STEPS_PER_RUN;

  constructor(findings: Findings, workspace: Workspace, tools: ReadonlyMap<string, Tool>) {
    this.findings = findings;
    this.workspace = workspace;
    this.#commands = new CommandRunner(this, tools);
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
    const script = parse(source.text);
    const frame: Frame = { source, stdin, depth };
    return this.settled(
      states.flatMap((state) => this.list(script.commands, frame, state).map((step) => step.state)),
      source,
    );
  }

  /** States after a text without those that say the same, at most as many as are followed. */
  settled(states: readonly ShellState[], source: SourceText): readonly ShellState[] {
    return states.length < 2 ? states : this.#distinct(states, { source, stdin: null, depth: 0 }, 0);
  }

  list(statements: readonly Statement[], frame: Frame, start: ShellState): readonly Step[] {
    let steps: readonly Step[] = [{ state: start, status: true }];
    for (const statement of statements) {
      steps = steps.flatMap((step) =>
        step.state.flow === 'next' ? this.node(statement.command, frame, step.state) : [step],
      );
      if (steps.length > 1) steps = this.#merged(steps, frame, statement.pos);
    }
    return steps;
  }

  node(node: PipelineNode | AndOr | CompoundList, frame: Frame, state: ShellState): readonly Step[] {
    this.#steps -= 1;
    if (this.#steps === 0) {
      this.#cut('the script has too many steps', frame, node.pos);
    }
    if (this.#steps < 0) return [{ state, status: null }];
    switch (node.type) {
      case 'Command':
        return this.#commands.run(node, frame, state);
      case 'AndOr':
        return this.#andOr(node, frame, state);
      case 'Pipeline':
        return this.#pipeline(node, frame, state);
      case 'CompoundList':
        return this.list(node.commands, frame, state);
      case 'BraceGroup':
        return this.list(node.body.commands, frame, state);
      case 'Subshell':
        return this.#subshell(node.body, frame, state);
      case 'Redirected':
        return this.#redirected(node, frame, state);
      case 'If':
        return this.#if(node, frame, state);
      case 'For':
      case 'Select':
        return this.#for(node as For, frame, state);
      case 'While':
        return this.#while(node, frame, state);
      case 'ArithmeticFor':
        return this.#counted(node, frame, state);
      case 'Case':
        return this.#case(node, frame, state);
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
        return [{ state, status: this.#calculated(node.expression, frame, state) }];
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

  #andOr(node: AndOr, frame: Frame, start: ShellState): readonly Step[] {
    let steps: readonly Step[] = [{ state: start, status: true }];
    node.commands.forEach((command, index) => {
      const operator = index === 0 ? '&&' : (node.operators[index - 1] ?? '&&');
      const skipOn = operator === '||';
      steps = this.#merged(
        steps.flatMap((step) => {
          if (step.state.flow !== 'next' || step.status === skipOn) return [step];
          if (step.status === !skipOn) return this.node(command, frame, step.state);
          // Not decided: it may run and may not. A branch that ends the script is no reason to stop looking.
          const skipped: Step = { state: step.state.clone(), status: skipOn };
          return [skipped, ...this.node(command, frame, step.state)];
        }),
        frame,
        command.pos,
      );
    });
    return steps;
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

  #redirected(node: Redirected, frame: Frame, state: ShellState): readonly Step[] {
    return this.#commands.redirected(node.redirects, frame, state, (inner) => this.node(node.command, inner, state));
  }

  #if(node: If, frame: Frame, state: ShellState): readonly Step[] {
    const clauses = [{ clause: node.clause, then: node.then }, ...node.elif];
    const done: Step[] = [];
    let open: readonly ShellState[] = [state];
    for (const { clause, then } of clauses) {
      const next: ShellState[] = [];
      for (const before of open) {
        for (const step of this.list(clause.commands, frame, before)) {
          if (step.status !== true) next.push(step.status === null ? step.state.clone() : step.state);
          if (step.status !== false) done.push(...this.list(then.commands, frame, step.state));
        }
      }
      open = this.#distinct(next, frame, node.pos);
    }
    for (const rest of open) {
      done.push(...(node.else ? this.list(node.else.commands, frame, rest) : [{ state: rest, status: true }]));
    }
    return this.#merged(done, frame, node.pos);
  }

  #for(node: For, frame: Frame, start: ShellState): readonly Step[] {
    const expander = this.expander(frame, start);
    const words =
      node.wordlist?.flatMap((word) => this.#commands.paths(expander.fields(word), start)) ?? start.positional;
    let states: readonly ShellState[] = [start];
    if (words.length > MAX_ITERATIONS) this.#cut(`more than ${MAX_ITERATIONS} rounds of a loop`, frame, node.pos);
    for (const word of words.slice(0, MAX_ITERATIONS)) {
      states = this.#iterate(states, node.body, frame, (state) => {
        state.set(node.name.value, word, frame.source.at(node.name.pos));
      });
    }
    return afterLoop(states);
  }

  /** Whether arithmetic is not zero; null where that is not known. */
  #calculated(expression: ArithmeticExpression | undefined, frame: Frame, state: ShellState): Decision {
    const value = expression ? this.expander(frame, state).arithmetic(expression) : Number.NaN;
    return Number.isNaN(value) ? null : value !== 0;
  }

  /** `for ((i = 0; i < n; i++))`; a condition that is not known admits one round. */
  #counted(node: ArithmeticFor, frame: Frame, start: ShellState): readonly Step[] {
    this.#calculated(node.initialize, frame, start);
    let states: readonly ShellState[] = [start];
    for (let round = 0; round < MAX_ITERATIONS; round += 1) {
      const [first] = states;
      const test = first && node.test ? this.#calculated(node.test, frame, first) : null;
      if (test === false || !first || this.#steps < 0) break;
      states = this.#iterate(states, node.body, frame, () => undefined);
      for (const state of states) this.#calculated(node.update, frame, state);
      if (test === null) break;
    }
    return afterLoop(states);
  }

  #iterate(
    states: readonly ShellState[],
    body: CompoundList,
    frame: Frame,
    prepare: (state: ShellState) => void,
  ): readonly ShellState[] {
    const after = states.flatMap((state) => {
      if (state.flow !== 'next') return [state];
      prepare(state);
      return this.list(body.commands, frame, state).map((step) => {
        if (step.state.flow === 'continue') step.state.flow = 'next';
        return step.state;
      });
    });
    return this.#distinct(after, frame, body.pos);
  }

  #while(node: While, frame: Frame, start: ShellState): readonly Step[] {
    const loop = readLoop(node.clause);
    const names = loop?.names;
    let states: readonly ShellState[] = [start];
    if (names && frame.stdin) {
      const separator = loop.separator ? this.expander(frame, start).text(loop.separator) : undefined;
      const lines = frame.stdin.at(-1)?.text === '' ? frame.stdin.slice(0, -1) : frame.stdin;
      if (lines.length > MAX_ITERATIONS) this.#cut(`more than ${MAX_ITERATIONS} rounds of a loop`, frame, node.pos);
      for (const line of lines.slice(0, MAX_ITERATIONS)) {
        states = this.#iterate(states, node.body, { ...frame, stdin: null }, (state) => {
          bindRead(names, line, state, separator);
          // A list in a file of its own is data that may change without the script.
          if (line.at.file !== frame.source.at(node.pos).file) markLikely(names, state);
        });
      }
      return afterLoop(states);
    }
    if (names) {
      for (const name of names) start.set(name, unknown(name), frame.source.at(node.pos));
      return afterLoop(this.#iterate(states, node.body, frame, () => undefined));
    }
    return afterLoop(this.#repeated(node, frame, states));
  }

  /** Rounds of a loop as long as its condition is known to hold; one round where it is not known. */
  #repeated(node: While, frame: Frame, start: readonly ShellState[]): readonly ShellState[] {
    let going: readonly ShellState[] = start;
    const done: ShellState[] = [];
    const endless = /^(?:true|:)$/u.test(commandName(node.clause));
    for (let round = 0; going.length > 0 && this.#steps >= 0; round += 1) {
      // A loop that only a `break` ends asks for one page after the other, or waits: more rounds show nothing new.
      if (endless && round === ENDLESS_ROUNDS) break;
      if (round === MAX_ITERATIONS) {
        this.#cut(`more than ${MAX_ITERATIONS} rounds of a loop`, frame, node.pos);
        break;
      }
      const again: ShellState[] = [];
      for (const state of going) {
        for (const step of this.list(node.clause.commands, frame, state)) {
          const holds = node.kind === 'until' && step.status !== null ? !step.status : step.status;
          if (holds === false) done.push(step.state);
          else if (holds === true) again.push(...this.#iterate([step.state], node.body, frame, () => undefined));
          else done.push(...this.#iterate([step.state], node.body, frame, () => undefined));
        }
      }
      done.push(...again.filter(({ flow }) => flow !== 'next'));
      going = this.#distinct(
        again.filter(({ flow }) => flow === 'next'),
        frame,
        node.pos,
      );
    }
    return this.#distinct([...done, ...going], frame, node.pos);
  }

  #case(node: Case, frame: Frame, state: ShellState): readonly Step[] {
    const expander = this.expander(frame, state);
    const value = expander.text(node.word);
    const done: Step[] = [];
    for (const item of node.items) {
      const truths = item.pattern.map((pattern) => binaryTest(value, '=', expander.text(pattern), true));
      if (truths.includes(true)) {
        done.push(...this.list(item.body.commands, frame, state));
        return this.#merged(done, frame, node.pos);
      }
      if (truths.includes(null)) done.push(...this.list(item.body.commands, frame, state.clone()));
    }
    return this.#merged([...done, { state, status: true }], frame, node.pos);
  }

  /** Drops copies that are the same; several ends make the status open. */
  #merged(steps: readonly Step[], frame: Frame, pos: number): readonly Step[] {
    if (steps.length < 2) return steps;
    const ends = steps.map(({ state }) => state);
    return this.#distinct(ends, frame, pos).map((state) => {
      const same = steps.filter((step) => step.state.revision === state.revision && step.state.flow === state.flow);
      const status = same[0]?.status ?? null;
      return { state, status: same.every((step) => step.status === status) ? status : null };
    });
  }

  #distinct(states: readonly ShellState[], frame: Frame, pos: number): readonly ShellState[] {
    return distinct(states, MAX_STATES, () => {
      this.#cut(`more than ${MAX_STATES} ways through the script`, frame, pos);
    });
  }

  /** Says what is not followed from here on. */
  #cut(why: string, frame: Frame, pos: number): void {
    const at = frame.source.at(pos);
    this.findings.unresolved('unknown', `${at.file}:${at.line}`, `${why}: the rest is not followed`, at);
  }
}

/** The name of the only command of a list, or `''`. */
function commandName({ commands }: CompoundList): string {
  const [first] = commands;
  return commands.length === 1 && first?.command.type === 'Command' ? (first.command.name?.text ?? '') : '';
}

function afterLoop(states: readonly ShellState[]): readonly Step[] {
  return states.map((state) => {
    if (state.flow === 'break') state.flow = 'next';
    return { state, status: null };
  });
}
