/** Elements whose text is no part of a log. */
const SILENT = /^(?:script|style|head|template|svg|button)$/;
/** Elements that end a line of text. */
const BREAKS = /^(?:br|div|p|li|tr|pre|h[1-6])$/;
/** A tag with its attributes is shorter; more is no tag, so that memory stays bounded. */
const LONGEST_TAG = 16_384;

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

/** The text of a saved page, as a stream: tags taken away, one line per block, the numbers of GitLab's log lines left out. */
export async function* withoutTags(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const page = new PageText();
  const decoder = new TextDecoder('utf-8');
  for await (const chunk of chunks) yield Buffer.from(page.read(decoder.decode(chunk, { stream: true })), 'utf8');
  yield Buffer.from(page.read(decoder.decode()) + page.end(), 'utf8');
}

class PageText {
  #held = '';
  /** Name of the element whose text is left out, until it ends. */
  #silent: string | null = null;
  #lineIsEmpty = true;

  read(text: string): string {
    const all = this.#held + text;
    // What may go on in the next chunk waits: an open tag, an open entity.
    const open = Math.max(all.lastIndexOf('<') > all.lastIndexOf('>') ? all.lastIndexOf('<') : -1);
    const entity = /&#?\w{0,10}$/.exec(all)?.index ?? all.length;
    const end = open >= 0 && all.length - open < LONGEST_TAG ? Math.min(open, entity) : entity;
    this.#held = all.slice(end);
    return this.#convert(all.slice(0, end));
  }

  end(): string {
    return this.#convert(this.#held.startsWith('<') ? '' : this.#held);
  }

  #convert(html: string): string {
    let out = '';
    for (const [, slash, name, attributes, text] of html.matchAll(PIECES)) {
      if (name !== undefined) out += this.#tag(name.toLowerCase(), slash === '/', attributes ?? '');
      else if (this.#silent === null) out += this.#text(decodeEntities(text ?? ''));
    }
    return out;
  }

  #tag(name: string, closes: boolean, attributes: string): string {
    if (this.#silent !== null) {
      if (closes && name === this.#silent) this.#silent = null;
      return '';
    }
    if (!closes && (SILENT.test(name) || attributes.includes('line-number'))) {
      this.#silent = name;
      return '';
    }
    if (!BREAKS.test(name) || this.#lineIsEmpty) return '';
    this.#lineIsEmpty = true;
    return '\n';
  }

  #text(text: string): string {
    if (text.trim() !== '') this.#lineIsEmpty = false;
    return this.#lineIsEmpty ? '' : text;
  }
}

const PIECES =
  /<(\/?)([a-zA-Z][\w-]{0,40})((?:\s[^<>]{0,16384})?)\/?>|((?:[^<]|<(?!\/?[a-zA-Z!]))+)|<![^<>]{0,16384}>/g;

function decodeEntities(text: string): string {
  return text.replace(
    /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w{2,6}));/gi,
    (whole, decimal?: string, hex?: string, name?: string) => {
      if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? whole;
      const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}
