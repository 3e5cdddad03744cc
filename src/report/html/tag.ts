import { html as tagged, raw as unescaped } from 'hono/html';

/** Text that is HTML already: made by `html` or `raw` alone. */
export interface Html {
  readonly isEscaped: true;
  toString(): string;
}

export type HtmlValue = string | number | null | Html | readonly HtmlValue[];

/** HTML whose every value is escaped unless it is `Html` already; null is left out. */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  const made = tagged(strings, ...values);
  // The library answers with a promise when a value is one, which the types above do not admit.
  if (made instanceof Promise) throw new TypeError('a promise cannot be part of a report');
  return made;
}

/** Text of our own that is HTML, style or script as it stands. Never for anything that comes from outside. */
export const raw = (text: string): Html => unescaped(text);
