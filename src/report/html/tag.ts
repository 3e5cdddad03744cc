import { html as tagged, raw as unescaped } from 'hono/html';

/** Text that is HTML already: made by `html` or `raw` alone. */
export interface Html {
  readonly isEscaped: true;
  toString(): string;
}

/** What may stand in a template: text is escaped, `null` is nothing, lists are joined. */
export type HtmlValue = string | number | null | Html | readonly HtmlValue[];

const compacted = new WeakMap<TemplateStringsArray, TemplateStringsArray>();

/** Indentation is for readers of the source; in the file, with a row for each edge, it would be a third of the bytes. */
function compact(strings: TemplateStringsArray): TemplateStringsArray {
  let short = compacted.get(strings);
  if (!short) {
    const parts = strings.map((text) => text.replaceAll(/\s*\n\s*/g, '\n'));
    short = Object.assign(parts, { raw: strings.raw });
    compacted.set(strings, short);
  }
  return short;
}

/** HTML whose every value is escaped unless it is `Html` already; null is left out. */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  const made = tagged(compact(strings), ...values);
  // The library answers with a promise when a value is one, which the types above do not admit.
  if (made instanceof Promise) throw new TypeError('a promise cannot be part of a report');
  return made;
}

/** Text of our own that is HTML, style or script as it stands. Never for anything that comes from outside. */
export const raw = (text: string): Html => unescaped(text);
