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

/** Each item changed as it comes. */
export async function* mapped<T, U>(items: AsyncIterable<T>, change: (item: T) => U): AsyncGenerator<U> {
  for await (const item of items) yield change(item);
}

/** A value of a document that is written as it comes: a list item by item, and what is asked for when its turn has come. */
type Streamed = AsyncIterable<unknown> | (() => unknown);

/**
 * A JSON document as `JSON.stringify(value, null, 2)` would write it, whose lists may be streams, at any depth of objects.
 * A function is asked when its turn comes, so that a count can stand after what it counts; undefined leaves its key out.
 */
export async function* jsonText(document: object): AsyncGenerator<string> {
  yield* valueText({ schemaVersion: 1, ...document }, '');
  yield '\n';
}

async function* valueText(value: unknown, indent: string): AsyncGenerator<string> {
  if (isStream(value)) yield* listText(value, `${indent}  `);
  else if (Array.isArray(value) && value.some(isStreamed)) yield* listText(value, `${indent}  `);
  else if (isObject(value) && Object.values(value).some(isStreamed)) yield* objectText(value, `${indent}  `);
  else yield JSON.stringify(value, null, 2).replaceAll('\n', `\n${indent}`);
}

async function* listText(items: AsyncIterable<unknown> | readonly unknown[], indent: string): AsyncGenerator<string> {
  let first = true;
  for await (const item of items) {
    yield `${first ? '[' : ','}\n${indent}`;
    yield* valueText(item, indent);
    first = false;
  }
  yield first ? '[]' : `\n${indent.slice(2)}]`;
}

async function* objectText(value: object, indent: string): AsyncGenerator<string> {
  let first = true;
  for (const [key, member] of Object.entries(value)) {
    const told: unknown = typeof member === 'function' ? (member as () => unknown)() : member;
    if (told === undefined) continue;
    yield `${first ? '{' : ','}\n${indent}${JSON.stringify(key)}: `;
    yield* valueText(told, indent);
    first = false;
  }
  yield first ? '{}' : `\n${indent.slice(2)}}`;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const isStream = (value: unknown): value is AsyncIterable<unknown> => isObject(value) && Symbol.asyncIterator in value;

const isStreamed = (value: unknown): value is Streamed =>
  typeof value === 'function' || isStream(value) || (isObject(value) && Object.values(value).some(isStreamed));
