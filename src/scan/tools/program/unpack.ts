import { arguments_, closingBracket } from './syntax.ts';

/** A name and the expression it takes its value from. */
export interface Binding {
  readonly name: string;
  readonly expression: string;
}

const MAX_TEXT = 2_000;
/** `[a, b] = …` with what may stand before it, or `a, b = …`, `a, b := …`. */
const TARGETS =
  /^\s*(?:(?:export|const|let|var|my|final|val)\s+)?(?:[[(]\s*([^\])]*)[\])]|([$@]?\w+(?:\s*,\s*[$@*]?\w+)+))\s*:?=(?![=>~])\s*([^]*)$/u;
/** The arguments of the command line from some position on. */
const ARGUMENTS =
  /^(process\.argv|sys\.argv|argv|os\.Args|ARGV|\$args|@ARGV)(?:\.(?:slice|drop)\((\d+)\)|\[(\d+):\])?\s*;?\s*$/u;

/** What several names take at once: `const [a, b = 'x'] = process.argv.slice(2)`, `a, b = sys.argv[1:]`, `a, b = 1, 2`. */
export function unpacked(text: string): readonly Binding[] {
  if (text.length > MAX_TEXT) return [];
  const match = TARGETS.exec(text);
  if (!match) return [];
  // A place without a name, as in `[, , project]`, is skipped but counts.
  const targets = (match[1] ?? match[2] ?? '').split(',').map(target);
  const sources = sourcesOf((match[3] ?? '').trim(), targets.length);
  return targets.flatMap(({ name, fallback }, index) => {
    const source = sources?.[index];
    if (name === '' || source === undefined) return [];
    return [{ name, expression: fallback === undefined ? source : `${source} ?? ${fallback}` }];
  });
}

function target(text: string): { name: string; fallback: string | undefined } {
  const match = /^\s*[$@]?(\w+)\s*(?:=\s*([^]*))?$/u.exec(text);
  return { name: match?.[1] ?? '', fallback: match?.[2] };
}

function sourcesOf(text: string, count: number): readonly string[] | null {
  const line = ARGUMENTS.exec(text);
  if (line) {
    const first = Number(line[2] ?? line[3] ?? 0);
    const name = (line[1] ?? '').replace('@', '').replace('os.Args', 'argv');
    return Array.from({ length: count }, (_, index) => `${name}[${first + index}]`);
  }
  const open = /^[[(]/u.test(text) ? closingBracket(text, 0) : -1;
  const whole = open > 0 && /^\s*;?\s*$/u.test(text.slice(open + 1));
  const values = arguments_(whole ? text.slice(1, open) : text.replace(/;\s*$/u, ''));
  return values.length === count ? values : null;
}
