/** A path of so many columns need not be shown whole where that takes the other columns away. */
const ENOUGH = 40;

/**
 * Which columns a table shows beside its first, and how wide that one is: as many as leave room for the longest first cell,
 * or for forty columns of it.
 *
 * @param longest - columns that the longest first cell takes
 * @param columns - of the terminal; null where nothing may be cut, as a file or another program reads it
 * @param margin - columns before the first cell
 * @param layouts - the other columns, from all of them to the fewest
 * @param widths - of the other columns; two columns stand between each
 */
export function roomFor<Column extends string>(
  longest: number,
  columns: number | null,
  margin: number,
  layouts: readonly (readonly Column[])[],
  widths: Readonly<Record<Column, number>>,
): { readonly layout: readonly Column[]; readonly room: number } {
  const roomOf = (layout: readonly Column[]): number =>
    (columns ?? Infinity) - margin - layout.reduce((sum, column) => sum + widths[column] + 2, 0);
  const layout = layouts.find((tried) => roomOf(tried) >= Math.min(longest, ENOUGH)) ?? layouts.at(-1) ?? [];
  return { layout, room: columns === null ? longest : roomOf(layout) };
}
