import { shortTime } from '../text.ts';
import { html, type Html, type HtmlValue } from './tag.ts';

/** A moment: readable, with the exact one in `datetime`. */
export const time = (iso: string | null): Html =>
  iso === null ? html`<span class="soft">–</span>` : html`<time datetime="${iso}">${shortTime(iso)}</time>`;

/** What a colour says of a state. */
export type Tone = 'good' | 'bad' | 'doubt' | 'busy' | 'idle';

/** A state as a coloured word. */
export const chip = (label: string, tone: Tone): Html => html`<span class="chip ${tone}">${label}</span>`;

/** Text in which commands stand in backquotes: they are set as code. */
export const withCommands = (text: string): Html =>
  html`${text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}`;

/** A path in the type of code; a long one breaks where it must. */
export const path = (text: string): Html => html`<span class="path">${text}</span>`;

/** Heads of columns of numbers, which stand to the right as their cells do. */
const NUMBERS: ReadonlySet<string> = new Set(['Risk', 'Jobs']);

/**
 * A semantic table; `scope="row"` cells are the caller's to write. Nothing at all for no rows.
 *
 * @param title - what it is a table of; `untitled` where the eye finds that just above, then only a screen reader says it
 */
export function table(
  title: string,
  head: readonly string[],
  rows: readonly Html[],
  options: { readonly sort?: boolean; readonly untitled?: boolean } = {},
): Html | null {
  if (rows.length === 0) return null;
  return html`<div class="scroll"><table${options.sort === true ? html` class="sort"` : null}${options.untitled === true ? html` aria-label="${title}"` : null}>${
    options.untitled === true
      ? null
      : html`<caption>
          ${title}
        </caption>`
  }<thead><tr>${head.map((cell) => (NUMBERS.has(cell) ? html`<th scope="col" class="n">${cell}</th>` : html`<th scope="col">${cell}</th>`))}</tr></thead><tbody>${rows}</tbody></table></div>
`;
}

/** A list of terms with what they are; pairs whose value is null are left out. */
export function facts(pairs: readonly (readonly [string, HtmlValue])[]): Html {
  const shown = pairs.filter(([, value]) => value !== null);
  return html`<dl class="facts">
    ${shown.map(
      ([term, value]) =>
        html`<div>
          <dt>${term}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl> `;
}

/** How tall a block of at most so many lines is said to be; the page's policy allows no style of its own for each. */
const HEIGHTS: readonly (readonly [lines: number, name: string])[] = [
  [50, 'chunk'],
  [200, 'chunk long'],
  [Infinity, 'chunk longest'],
];
const heightOf = (lines: number): string => HEIGHTS.find(([most]) => lines <= most)?.[1] ?? 'chunk';

/**
 * Blocks of about `lines` lines that a browser lays out when they come into view. It is told about how tall each will be,
 * so that the scroll bar does not jump; a list of a single block is laid out at once.
 *
 * @param linesOf - how many lines an item takes
 */
export function chunked<T>(
  items: readonly T[],
  render: (item: T) => Html,
  linesOf: (item: T) => number = () => 1,
  lines = 50,
): Html {
  const chunks: { items: T[]; lines: number }[] = [];
  for (const item of items) {
    const last = chunks.at(-1);
    if (!last || last.lines + linesOf(item) > lines) chunks.push({ items: [item], lines: linesOf(item) });
    else {
      last.items.push(item);
      last.lines += linesOf(item);
    }
  }
  if (chunks.length === 1) return html`${items.map(render)}`;
  return html`${chunks.map((chunk) => html`<div class="${heightOf(chunk.lines)}">${chunk.items.map(render)}</div> `)}`;
}

/** A choice of states; the rows of all others are hidden. */
export interface FilterChoice {
  readonly label: string;
  readonly states: readonly string[];
}

/** The filter of a section: hidden until the script shows it, because without one it does nothing. */
export function filter(section: string, placeholder: string, { label, states }: FilterChoice): Html {
  return html`<div class="filter" data-filter="${section}" role="search" hidden>
    <input type="search" placeholder="${placeholder}" aria-label="${placeholder}" /><label
      >${label}
      <select>
        <option value="">all</option>
        ${states.map((state) => html`<option>${state}</option>`)}
      </select></label
    ><output class="soft" aria-live="polite"></output>
  </div> `;
}
