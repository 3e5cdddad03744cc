import { createHash, randomUUID } from 'node:crypto';

/** All images together; a stand-in is no place to keep things. */
const MAX_TOTAL_BYTES = 512 * 1024 * 1024;
const MAX_UPLOADS = 100;

/** A manifest as it was pushed: its bytes decide its digest. */
export interface Manifest {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly type: string;
  readonly digest: string;
}

/** The digest by which a registry knows these bytes. */
export const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Pushed images, in memory: blobs by repository and digest, manifests by digest and tag. */
export class ImageStore {
  readonly #blobs = new Map<string, Uint8Array<ArrayBuffer>>();
  readonly #manifests = new Map<string, Manifest>();
  readonly #tags = new Map<string, Map<string, string>>();
  readonly #uploads = new Map<string, Uint8Array<ArrayBuffer>>();
  #bytes = 0;

  beginUpload(): string {
    const id = randomUUID();
    this.#uploads.set(id, new Uint8Array());
    const [oldest] = this.#uploads.keys();
    if (this.#uploads.size > MAX_UPLOADS && oldest !== undefined) this.endUpload(oldest);
    return id;
  }

  /** @returns the bytes so far; null: no such upload, or the store is full */
  append(id: string, bytes: Uint8Array): Uint8Array<ArrayBuffer> | null {
    const sofar = this.#uploads.get(id);
    if (sofar === undefined || this.#bytes + bytes.length > MAX_TOTAL_BYTES) return null;
    this.#bytes += bytes.length;
    const next = new Uint8Array(Buffer.concat([sofar, bytes]));
    this.#uploads.set(id, next);
    return next;
  }

  /** Forgets an upload; its bytes count no longer unless they were kept as a blob. */
  endUpload(id: string): void {
    this.#bytes -= this.#uploads.get(id)?.length ?? 0;
    this.#uploads.delete(id);
  }

  putBlob(name: string, digest: string, bytes: Uint8Array<ArrayBuffer>): void {
    const key = `${name}@${digest}`;
    if (!this.#blobs.has(key)) this.#bytes += bytes.length;
    this.#blobs.set(key, bytes);
  }

  blob(name: string, digest: string): Uint8Array<ArrayBuffer> | null {
    return this.#blobs.get(`${name}@${digest}`) ?? null;
  }

  /** @param reference - a tag, or the digest itself */
  putManifest(name: string, reference: string, bytes: Uint8Array<ArrayBuffer>, type: string): Manifest {
    const manifest = { bytes, type, digest: digestOf(bytes) };
    this.#manifests.set(`${name}@${manifest.digest}`, manifest);
    this.#bytes += bytes.length;
    const tags = this.#tags.get(name) ?? new Map<string, string>();
    if (!reference.startsWith('sha256:')) tags.set(reference, manifest.digest);
    this.#tags.set(name, tags);
    return manifest;
  }

  manifest(name: string, reference: string): Manifest | null {
    const digest = reference.startsWith('sha256:') ? reference : this.#tags.get(name)?.get(reference);
    return digest === undefined ? null : (this.#manifests.get(`${name}@${digest}`) ?? null);
  }

  /** Sorted; null: nothing was ever pushed there. */
  tags(name: string): readonly string[] | null {
    const tags = this.#tags.get(name);
    return tags === undefined ? null : [...tags.keys()].sort();
  }
}
