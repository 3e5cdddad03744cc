/** Longer values are not matched: patterns of a hostile file could take quadratic time on them. */
const MAX_VALUE = 2_000;

/** A shell pattern as a regular expression source. */
function patternSource(glob: string): string {
  let source = '';
  for (let index = 0; index < glob.length; index += 1) {
    const char = glob.charAt(index);
    if (char === '\\' && index + 1 < glob.length) {
      index += 1;
      source += escaped(glob.charAt(index));
    } else if (char === '*') {
      if (!source.endsWith('[^]*')) source += '[^]*';
    } else if (char === '?') source += '[^]';
    else if (char === '[') {
      const end = glob.indexOf(']', index + 2);
      if (end < 0) source += '\\[';
      else {
        source += `[${glob
          .slice(index + 1, end)
          .replace(/^!/u, '^')
          .replace(/[\\[]/gu, '\\$&')}]`;
        index = end;
      }
    } else source += escaped(char);
  }
  return source;
}

const escaped = (char: string): string => char.replace(/[\\^$.*+?()[\]{}|/]/gu, '\\$&');

function compiled(glob: string, whole: boolean): RegExp | null {
  if ((glob.match(/\*/gu)?.length ?? 0) > 5) return null;
  const source = patternSource(glob);
  try {
    return new RegExp(whole ? `^(?:${source})$` : source, 'u');
  } catch {
    return null;
  }
}

/** Whether a value matches a shell pattern as a whole. */
export function matchesPattern(value: string, glob: string): boolean {
  return value.length <= MAX_VALUE && (compiled(glob, true)?.test(value) ?? false);
}

/** `${value#glob}`, `##`, `%` and `%%`. */
export function removePattern(value: string, operator: string, glob: string): string {
  const pattern = value.length <= MAX_VALUE ? compiled(glob, true) : null;
  if (!pattern) return value;
  const suffix = operator.startsWith('%');
  const longest = operator.length === 2;
  for (let step = 0; step <= value.length; step += 1) {
    const length = longest ? value.length - step : step;
    const part = suffix ? value.slice(value.length - length) : value.slice(0, length);
    if (pattern.test(part)) return suffix ? value.slice(0, value.length - length) : value.slice(length);
  }
  return value;
}

/** `${value/glob/replacement}`, `//`, `/#` and `/%`. */
export function replacePattern(value: string, operator: string, glob: string, replacement: string): string {
  if (value.length > MAX_VALUE || glob === '') return value;
  const pattern = compiled(glob, false)?.source;
  if (pattern === undefined) return value;
  const anchored = operator === '/#' ? `^(?:${pattern})` : operator === '/%' ? `(?:${pattern})$` : pattern;
  return value.replace(new RegExp(anchored, operator === '//' ? 'gu' : 'u'), () => replacement);
}
