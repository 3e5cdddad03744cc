import type { ArithmeticExpression, ArithmeticFor, CompoundList, For, Select, Statement, While } from 'unbash';
import { unknown } from '../marks.ts';
import type { Expander } from './expand.ts';
import type { Frame, Runner, Step } from './frame.ts';
import { bindRead, markLikely, readLoop } from './read.ts';
import type { Line, ShellState } from './state.ts';
import type { Decision } from './test.ts';

/** What loops need of the interpreter. */
export interface LoopRunner extends Pick<Runner, 'expander'> {
  readonly exhausted: boolean;
  /** How much was found so far. */
  readonly found: number;
  readonly list: (statements: readonly Statement[], frame: Frame, start: ShellState) => readonly Step[];
  readonly paths: (words: readonly string[], state: ShellState) => readonly string[];
  /** What a file descriptor reads, null where that is not known. */
  readonly descriptor: (number: string, state: ShellState) => readonly Line[] | null;
  readonly distinct: (states: readonly ShellState[], frame: Frame, pos: number) => readonly ShellState[];
  readonly cut: (why: string, frame: Frame, pos: number) => void;
}

const MAX_ITERATIONS = 300;
const ENDLESS_ROUNDS = 4;

/** Loops, on every state that a round may end in. */
export class Loops {
  readonly #shell: LoopRunner;

  constructor(shell: LoopRunner) {
    this.#shell = shell;
  }

  /** `for x in …`: a round for each word; `select` asks somebody which one it is. */
  each(node: For | Select, frame: Frame, start: ShellState): readonly Step[] {
    const expander = this.#shell.expander(frame, start);
    const words = node.wordlist?.flatMap((word) => this.#shell.paths(expander.fields(word), start)) ?? start.positional;
    let states: readonly ShellState[] = [start];
    if (words.length > MAX_ITERATIONS) this.#shell.cut(`more than ${MAX_ITERATIONS} rounds of a loop`, frame, node.pos);
    const waiting = new Waiting(this.#shell);
    for (const word of words.slice(0, MAX_ITERATIONS)) {
      if (isCounting(words) && waiting.isOver(states)) break;
      states = this.#iterate(states, node.body, frame, (state) => {
        state.set(node.name.value, word, frame.source.at(node.name.pos));
      });
      if (node.type === 'Select') for (const state of states) if (state.flow === 'break') state.flow = 'next';
    }
    return afterLoop(states);
  }

  /** `for ((i = 0; i < n; i++))`; a condition that is not known admits one round. */
  counted(node: ArithmeticFor, frame: Frame, start: ShellState): readonly Step[] {
    calculated(this.#shell.expander(frame, start), node.initialize);
    let states: readonly ShellState[] = [start];
    for (let round = 0; round < MAX_ITERATIONS; round += 1) {
      const [first] = states;
      const test = first && node.test ? calculated(this.#shell.expander(frame, first), node.test) : null;
      if (test === false || !first || this.#shell.exhausted) break;
      states = this.#iterate(states, node.body, frame, () => undefined);
      for (const state of states) calculated(this.#shell.expander(frame, state), node.update);
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
      return this.#shell.list(body.commands, frame, state).map((step) => {
        if (step.state.flow === 'continue') step.state.flow = 'next';
        return step.state;
      });
    });
    return this.#shell.distinct(after, frame, body.pos);
  }

  /** `while` and `until`; `while read` takes the lines of the input. */
  repeated(node: While, frame: Frame, start: ShellState): readonly Step[] {
    const loop = readLoop(node.clause);
    const names = loop?.names;
    let states: readonly ShellState[] = [start];
    const input = loop && loop.descriptor !== null ? this.#shell.descriptor(loop.descriptor, start) : frame.stdin;
    if (names && input) {
      const separator = loop.separator ? this.#shell.expander(frame, start).text(loop.separator) : undefined;
      const lines = input.at(-1)?.text === '' ? input.slice(0, -1) : input;
      if (lines.length > MAX_ITERATIONS)
        this.#shell.cut(`more than ${MAX_ITERATIONS} rounds of a loop`, frame, node.pos);
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
    return afterLoop(this.#rounds(node, frame, states));
  }

  /** Rounds of a loop as long as its condition is known to hold; one round where it is not known. */
  #rounds(node: While, frame: Frame, start: readonly ShellState[]): readonly ShellState[] {
    let going: readonly ShellState[] = start;
    const done: ShellState[] = [];
    const waiting = new Waiting(this.#shell);
    const endless = /^(?:true|:)$/u.test(commandName(node.clause));
    for (let round = 0; going.length > 0 && !this.#shell.exhausted; round += 1) {
      // A loop that only a `break` ends asks for one page after the other, or waits: more rounds show nothing new.
      if ((endless && round === ENDLESS_ROUNDS) || waiting.isOver([...done, ...going])) break;
      if (round === MAX_ITERATIONS) {
        this.#shell.cut(`more than ${MAX_ITERATIONS} rounds of a loop`, frame, node.pos);
        break;
      }
      const again: ShellState[] = [];
      for (const state of going) {
        for (const step of this.#shell.list(node.clause.commands, frame, state)) {
          const holds = node.kind === 'until' && step.status !== null ? !step.status : step.status;
          if (holds === false) done.push(step.state);
          else if (holds === true) again.push(...this.#iterate([step.state], node.body, frame, () => undefined));
          else done.push(...this.#iterate([step.state], node.body, frame, () => undefined));
        }
      }
      done.push(...again.filter(({ flow }) => flow !== 'next'));
      going = this.#shell.distinct(
        again.filter(({ flow }) => flow === 'next'),
        frame,
        node.pos,
      );
    }
    return this.#shell.distinct([...done, ...going], frame, node.pos);
  }
}

/** Tells a loop that waits for something: round after round may be its last, and none finds anything new. */
class Waiting {
  readonly #shell: LoopRunner;
  #found: number;
  #left = 0;
  #rounds = 0;

  constructor(shell: LoopRunner) {
    this.#shell = shell;
    this.#found = shell.found;
  }

  /** To be asked before each round, with all states so far. */
  isOver(states: readonly ShellState[]): boolean {
    const { found } = this.#shell;
    const left = states.filter(({ flow }) => flow === 'break').length;
    const open = left > this.#left && left < states.length;
    this.#rounds = open && found === this.#found ? this.#rounds + 1 : 0;
    this.#found = found;
    this.#left = left;
    return this.#rounds >= ENDLESS_ROUNDS;
  }
}

/** `1 2 3 4`: the words only count the rounds. */
const isCounting = (words: readonly string[]): boolean =>
  words.length > ENDLESS_ROUNDS && words.every((word, index) => word === String(Number(words[0]) + index));

/** Whether arithmetic is not zero; null where that is not known. */
export function calculated(expander: Expander, expression: ArithmeticExpression | undefined): Decision {
  const value = expression ? expander.arithmetic(expression) : Number.NaN;
  return Number.isNaN(value) ? null : value !== 0;
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
