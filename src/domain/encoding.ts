const LOOKED_AT = 8_000;

/**
 * The encoding that the mark at the start of a text tells; UTF-8 where there is none.
 *
 * Spreadsheets and Windows PowerShell write UTF-16 with a mark.
 */
export function encodingOf(bytes: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
}

/** The text of a file without its mark, or null where it is no text. Bytes that are no UTF-8 are replaced. */
export function decodedText(bytes: Uint8Array): string | null {
  const encoding = encodingOf(bytes);
  if (encoding === 'utf-8' && bytes.subarray(0, LOOKED_AT).includes(0)) return null;
  return new TextDecoder(encoding).decode(bytes);
}
