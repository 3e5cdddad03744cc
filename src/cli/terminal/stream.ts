/** Pieces of about this size are written together. */
const PIECE = 65_536;

/** Short texts put together to pieces that are worth writing. */
export async function* inPieces(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let piece = '';
  for await (const text of texts) {
    piece += text;
    if (piece.length < PIECE) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

/**
 * One JSON document whose one long list is written item by item, as `JSON.stringify(value, null, 2)` would write it.
 *
 * @param tail - what stands after the list; asked for when the list has ended
 */
export async function* jsonWithList(
  name: string,
  items: AsyncIterable<object>,
  tail: () => Readonly<Record<string, unknown>>,
): AsyncGenerator<string> {
  yield `{\n  "schemaVersion": 1,\n  ${JSON.stringify(name)}: [`;
  let first = true;
  for await (const item of items) {
    yield `${first ? '' : ','}\n${indented(JSON.stringify(item, null, 2), 4)}`;
    first = false;
  }
  yield first ? ']' : '\n  ]';
  for (const [key, value] of Object.entries(tail())) {
    yield `,\n  ${JSON.stringify(key)}: ${indented(JSON.stringify(value, null, 2), 2).trimStart()}`;
  }
  yield '\n}\n';
}

const indented = (text: string, by: number): string => text.replaceAll(/^/gm, ' '.repeat(by));
