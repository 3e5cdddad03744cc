import { hasUnknown, unknown } from '../../marks.ts';

/** What names in a template stand for. */
export interface TemplateScope {
  /** Text of a variable, itself a template; undefined where none has the name. */
  readonly variable: (name: string) => string | undefined;
  readonly environment: (name: string) => string | undefined;
}

const MAX_DEPTH = 12;
const MAX_TEXT = 20_000;
const EXPRESSION = /\{\{([^{}]*)\}\}/gu;
const PRIMARY =
  /^\s*(?:"([^"]*)"|'([^']*)'|(?:lookup|query)\(\s*["'](?:ansible\.builtin\.)?env["']\s*,\s*["'](\w+)["'][^)]*\)|(\d+)|([A-Za-z_]\w*(?:\.\w+|\[["'][^"']*["']\])*))/u;
const FILTER = /^\s*\|\s*(\w+)(?:\(\s*(?:"([^"]*)"|'([^']*)'|([\w.]+))?\s*(?:,\s*(?:"([^"]*)"|'([^']*)'|\w+)\s*)?\))?/u;

/** Fills in `{{ … }}`: names, `lookup('env', …)`, texts joined by `~` or `+`, and the filters that texts go through. */
export function render(text: string, scope: TemplateScope, depth = 0): string {
  if (!text.includes('{{') || depth > MAX_DEPTH) return text;
  return text
    .replace(EXPRESSION, (_, inside: string) => evaluated(inside.replace(/^-|-$/gu, '').trim(), scope, depth))
    .slice(0, MAX_TEXT);
}

function evaluated(expression: string, scope: TemplateScope, depth: number): string {
  let rest = expression;
  let text = '';
  for (;;) {
    const primary = PRIMARY.exec(rest);
    if (!primary) return unknown(expression);
    rest = rest.slice(primary[0].length);
    let value = valueOf(primary, scope, depth);
    for (let filter = FILTER.exec(rest); filter; filter = FILTER.exec(rest)) {
      rest = rest.slice(filter[0].length);
      value = filtered(value, filter, scope, depth);
    }
    text += value ?? unknown(primary[0].trim());
    const joins = /^\s*[~+]/u.exec(rest);
    if (!joins) return rest.trim() === '' ? text : unknown(expression);
    rest = rest.slice(joins[0].length);
  }
}

function valueOf(match: RegExpExecArray, scope: TemplateScope, depth: number): string | undefined {
  const [, double, single, environment, number, name] = match;
  if (environment !== undefined) return scope.environment(environment);
  if (name === undefined) return double ?? single ?? number;
  const value = scope.variable(name.replace(/\[["']([^"']*)["']\]/gu, '.$1'));
  return value === undefined ? undefined : render(value, scope, depth + 1);
}

function filtered(
  value: string | undefined,
  [, name = '', double, single, variable, second, third]: RegExpExecArray,
  scope: TemplateScope,
  depth: number,
): string | undefined {
  const argument = double ?? single ?? (variable === undefined ? undefined : scope.variable(variable));
  if (name === 'default' || name === 'd') {
    const missing = value === undefined || value === '';
    return missing && argument !== undefined ? render(argument, scope, depth + 1) : value;
  }
  if (value === undefined || hasUnknown(value)) return value;
  if (name === 'urlencode') return encodeURI(value).replace(/\//gu, '%2F');
  if (name === 'replace') return value.replaceAll(argument ?? '', second ?? third ?? '');
  if (name === 'lower') return value.toLowerCase();
  return name === 'upper' ? value.toUpperCase() : name === 'trim' ? value.trim() : value;
}
