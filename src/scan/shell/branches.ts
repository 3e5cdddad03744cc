import type { AndOr, Case, CompoundList, If, PipelineNode, Statement } from 'unbash';
import type { Frame, Runner, Step } from './frame.ts';
import type { ShellState } from './state.ts';
import { binaryTest } from './test.ts';

/** What branches need of the interpreter. */
interface BranchRunner extends Pick<Runner, 'expander' | 'findings' | 'node'> {
  readonly list: (statements: readonly Statement[], frame: Frame, start: ShellState) => readonly Step[];
  readonly distinct: (states: readonly ShellState[], frame: Frame, pos: number) => readonly ShellState[];
  readonly merged: (steps: readonly Step[], frame: Frame, pos: number) => readonly Step[];
}

/** Branches: every one that the files do not rule out is followed, on a state of its own. */
export class Branches {
  readonly #shell: BranchRunner;

  constructor(shell: BranchRunner) {
    this.#shell = shell;
  }

  /** `a && b || c`: what is not decided may run and may not. */
  andOr(node: AndOr, frame: Frame, start: ShellState): readonly Step[] {
    let steps: readonly Step[] = [{ state: start, status: true }];
    node.commands.forEach((command, index) => {
      const operator = index === 0 ? '&&' : (node.operators[index - 1] ?? '&&');
      const skipOn = operator === '||';
      steps = this.#shell.merged(
        steps.flatMap((step) => {
          if (step.state.flow !== 'next' || step.status === skipOn) return [step];
          if (step.status === !skipOn) return this.#shell.node(command, frame, step.state);
          // Not decided: it may run and may not. A branch that ends the script is no reason to stop looking.
          const skipped: Step = { state: step.state.clone(), status: skipOn };
          const before = node.commands[index - 1];
          const tested = before !== undefined && isTest(before) && !setByGitLab(before, frame);
          return [skipped, ...this.#doubting(tested, () => this.#shell.node(command, frame, step.state))];
        }),
        frame,
        command.pos,
      );
    });
    return steps;
  }

  /** Runs what only an undecided test lets run: nothing in it is certain. */
  #doubting(undecided: boolean, body: () => readonly Step[]): readonly Step[] {
    const before = this.#shell.findings.doubtful;
    this.#shell.findings.doubtful ||= undecided;
    const steps = body();
    this.#shell.findings.doubtful = before;
    return steps;
  }

  /** `if`: each branch whose test may hold. */
  choice(node: If, frame: Frame, state: ShellState): readonly Step[] {
    const clauses = [{ clause: node.clause, then: node.then }, ...node.elif];
    const done: Step[] = [];
    let open: readonly ShellState[] = [state];
    for (const { clause, then } of clauses) {
      const next: ShellState[] = [];
      for (const before of open) {
        for (const step of this.#shell.list(clause.commands, frame, before)) {
          if (step.status !== true) next.push(step.status === null ? step.state.clone() : step.state);
          if (step.status !== false)
            done.push(
              ...this.#doubting(step.status === null && !setByGitLab(clause, frame), () =>
                this.#shell.list(then.commands, frame, step.state),
              ),
            );
        }
      }
      open = this.#shell.distinct(next, frame, node.pos);
    }
    for (const rest of open) {
      done.push(...(node.else ? this.#shell.list(node.else.commands, frame, rest) : [{ state: rest, status: true }]));
    }
    return this.#shell.merged(done, frame, node.pos);
  }

  /** `case`: the first item that matches for sure, and all before it that may. */
  cases(node: Case, frame: Frame, state: ShellState): readonly Step[] {
    const expander = this.#shell.expander(frame, state);
    const value = expander.text(node.word);
    const done: Step[] = [];
    for (const item of node.items) {
      const truths = item.pattern.map((pattern) => binaryTest(value, '=', expander.text(pattern), true));
      if (truths.includes(true)) {
        done.push(...this.#shell.list(item.body.commands, frame, state));
        return this.#shell.merged(done, frame, node.pos);
      }
      if (truths.includes(null)) done.push(...this.#shell.list(item.body.commands, frame, state.clone()));
    }
    return this.#shell.merged([...done, { state, status: true }], frame, node.pos);
  }
}

/** A test of what GitLab sets: some pipeline or job meets it. */
const setByGitLab = ({ pos, end }: { readonly pos: number; readonly end: number }, { source }: Frame): boolean =>
  /\$\{?(?:CI|GITLAB)_/u.test(source.text.slice(pos, end));

/** A command that is only a test. A program that may fail does not count as one: what follows it is meant to run. */
function isTest(node: PipelineNode | AndOr | CompoundList): boolean {
  if (node.type === 'TestCommand') return true;
  return node.type === 'Command' && /^(?:\[|test|command|type|which|grep)$/u.test(node.name?.text ?? '');
}
