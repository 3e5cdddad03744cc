import { randomBytes } from 'node:crypto';

const KEPT_LINKS = 500;

/** A file on its way to a client. */
export interface Download {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly name: string;
  readonly type: string;
}

/** Signed links to files, as object storage has them: whoever holds one needs no token. The oldest ones end first. */
export class ObjectStorage {
  readonly #links = new Map<string, Download>();

  put(download: Download): string {
    const key = randomBytes(24).toString('hex');
    this.#links.set(key, download);
    const [oldest] = this.#links.keys();
    if (this.#links.size > KEPT_LINKS && oldest !== undefined) this.#links.delete(oldest);
    return `/-/object-storage/${key}/${encodeURIComponent(download.name)}`;
  }

  get(key: string): Download | null {
    return this.#links.get(key) ?? null;
  }
}
