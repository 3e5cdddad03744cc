/** Cells of one row by the head of their column. */
export type Row = Readonly<Record<string, string>>;

const text = (html: string): string =>
  html
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();

const cells = (row: string): readonly string[] =>
  [...row.matchAll(/<t[hd][\s>][^]*?<\/t[hd]>/g)].map(([cell]) => text(cell));

/** Every table of a page, each as its rows. */
export function tablesOf(page: string): readonly (readonly Row[])[] {
  return [...page.matchAll(/<table[^]*?<\/table>/g)].map(([table]) => {
    const [head = '', body = ''] = table.split('</thead>');
    const names = cells(head.slice(head.indexOf('<thead')));
    return [...body.matchAll(/<tr[\s>][^]*?<\/tr>/g)].map(([row]) =>
      Object.fromEntries(cells(row).map((cell, index) => [names[index] ?? `column ${String(index)}`, cell])),
    );
  });
}

/** The row of the one table with these columns whose first cell holds a name. */
export function rowOf(page: string, columns: readonly string[], name: string): Row | undefined {
  return tablesOf(page)
    .filter(([first]) => first && columns.every((column) => column in first))
    .flat()
    .find((row) => Object.values(row)[0]?.includes(name));
}
