import { unknown } from '../../marks.ts';
import type { Call } from '../../shell/call.ts';
import type { Line } from '../../shell/state.ts';

const ENVIRONMENT =
  /ENV(?:\.fetch\(|\[)\s*["'](\w+)["']\s*(?:,\s*["']([^"']*)["']\s*)?[\])](?:\s*\|\|\s*["']([^"']*)["'])?/gu;
const ASSIGNMENT = /^\s*([A-Za-z_]\w*)\s*=\s*(["'])([^"']*)\2\s*$/u;

/**
 * Lines of a file that is a Ruby program with little in it but declarations (`Gemfile`, `Podfile`, `Puppetfile`): the
 * environment and plain variables are filled in, `#{…}` that is neither becomes an unknown value.
 */
export function rubyLines(lines: readonly Line[], call: Call): readonly Line[] {
  const names = new Map<string, string>();
  return lines.map(({ text, at }) => {
    // What a block gets is not known before it is called.
    const parameter = /\|(\w+)\|/u.exec(text)?.[1];
    const filled = text
      .replace(/^\s*#(?!\{).*$/u, '')
      // The inside of `#{…}` is a value of its own, elsewhere it stands for a text in quotes.
      .replace(/#\{([^{}]*)\}/gu, (whole, inner: string) =>
        inner === parameter ? whole : valueOf(inner.trim(), names, call),
      )
      .replace(ENVIRONMENT, (written) => `"${valueOf(written, names, call)}"`);
    const [, name = '', , value = ''] = ASSIGNMENT.exec(filled) ?? [];
    if (name !== '') names.set(name, value);
    return { text: filled, at };
  });
}

function valueOf(expression: string, names: ReadonlyMap<string, string>, { state }: Call): string {
  const [match] = expression.matchAll(ENVIRONMENT);
  if (match) return state.value(match[1] ?? '') ?? match[2] ?? match[3] ?? unknown(expression);
  return names.get(expression) ?? unknown(expression);
}
