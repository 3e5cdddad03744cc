import type { Expression, Statement, Target } from '../syntax.ts';

/** How an interpreter runs text of its command line. */
export interface OneLiner {
  /** `-n`, `-p`: once for each line of the input. */
  readonly perLine: boolean;
  /** `-p`: the line, or the value of the text, is printed. */
  readonly prints: boolean;
  /** `-a`: the words of the line are in a list. */
  readonly splits: boolean;
}

const name = (text: string): Expression => ({ kind: 'name', name: text });
const target = (text: string): Target => ({ kind: 'name', name: text, declares: false });
const call = (callee: Expression, value: Expression | null): Expression => ({
  kind: 'call',
  callee,
  given: value === null ? [] : [{ name: null, value, spread: false }],
  row: 0,
});

/** The program that `perl -ne CODE`, `ruby -pe CODE`, `node -p CODE` and their like run. */
export function asOneLiner(body: readonly Statement[], { perLine, prints, splits }: OneLiner): readonly Statement[] {
  if (perLine) {
    const words: Statement = {
      kind: 'bind',
      targets: [target('F')],
      value: call({ kind: 'member', of: name('_'), name: 'split' }, null),
      row: 0,
    };
    const shown: Statement = { kind: 'expression', value: call(name('println'), name('_')), row: 0 };
    const round = [...(splits ? [words] : []), ...body, ...(prints ? [shown] : [])];
    return [{ kind: 'each', target: target('_'), over: call(name('#lines of input'), null), keys: false, body: round }];
  }
  const last = body.at(-1);
  if (!prints || last?.kind !== 'expression') return body;
  return [...body.slice(0, -1), { ...last, value: call(name('println'), last.value) }];
}

/** What the options before the text say: `-lane`, `-p -e`, `--print`. */
export function oneLinerOf(language: string, options: readonly string[]): OneLiner {
  const letters = options.flatMap((option) => /^-([a-zA-Z\d]+)$/u.exec(option)?.[1] ?? '').join('');
  const lines = /^(?:perl|ruby)$/u.test(language);
  return {
    perLine: lines && /[np]/u.test(letters),
    prints: letters.includes('p') || options.includes('--print'),
    splits: lines && letters.includes('a'),
  };
}
