/** One element of an XML text and what stands in it. */
export interface XmlElement {
  readonly name: string;
  readonly inside: string;
  /** Offset of what stands in it. */
  readonly at: number;
  /** Offset behind it. */
  readonly end: number;
}

/** XML without comments; line breaks stay, so that lines keep their numbers. */
export function withoutXmlComments(text: string): string {
  let result = '';
  let from = 0;
  for (let open = text.indexOf('<!--'); open >= 0; open = text.indexOf('<!--', from)) {
    const close = text.indexOf('-->', open);
    if (close < 0) break;
    result += text.slice(from, open) + text.slice(open, close + 3).replace(/[^\n]/gu, '');
    from = close + 3;
  }
  return result + text.slice(from);
}

/** Elements of these names without attributes, each up to its first closing tag, in order. Takes linear time. */
export function xmlElements(text: string, names: readonly string[]): readonly XmlElement[] {
  const found: XmlElement[] = [];
  const open = new Set(names);
  let from = 0;
  for (const match of text.matchAll(/<([\w.:-]+)>/gu)) {
    const name = match[1] ?? '';
    if (match.index < from || !open.has(name)) continue;
    const at = match.index + match[0].length;
    const close = text.indexOf(`</${name}>`, at);
    // No later one can be closed either.
    if (close < 0) open.delete(name);
    else {
      from = close + name.length + 3;
      found.push({ name, inside: text.slice(at, close), at, end: from });
    }
  }
  return found;
}
