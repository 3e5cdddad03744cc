import { createHash } from 'node:crypto';
import type { EpochMs } from '../../world/world.ts';

/** Formats of packages that the stand-in keeps. */
export type PackageType = 'generic' | 'npm' | 'pypi';

/** One file of a package; checksums are in hexadecimal. */
export interface PackageFile {
  readonly id: number;
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly sha1: string;
  readonly sha256: string;
  readonly createdAt: EpochMs;
  /** `requires_python` of a Python file, null elsewhere. */
  readonly requiresPython: string | null;
}

/** One version of one package. */
export interface Package {
  readonly id: number;
  readonly projectId: number;
  readonly type: PackageType;
  /** As it was uploaded. */
  readonly name: string;
  readonly version: string;
  readonly createdAt: EpochMs;
  /** npm's manifest of the version; null elsewhere. */
  readonly manifest: Readonly<Record<string, unknown>> | null;
  readonly files: readonly PackageFile[];
}

/** An upload; it makes the version where there is none yet. */
export interface NewFile {
  readonly projectId: number;
  readonly type: PackageType;
  readonly name: string;
  readonly version: string;
  readonly fileName: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly at: EpochMs;
  readonly manifest?: Readonly<Record<string, unknown>>;
  readonly requiresPython?: string | null;
}

/** All packages together; a stand-in is no place to keep things. */
const MAX_TOTAL_BYTES = 512 * 1024 * 1024;

/** Uploaded packages, in memory, in the order of their upload. */
export class PackageStore {
  readonly #packages: Package[] = [];
  #files = 0;
  #bytes = 0;

  /** @returns null when the store is full */
  add({ projectId, type, name, version, fileName, bytes, at, manifest, requiresPython }: NewFile): Package | null {
    if (this.#bytes + bytes.length > MAX_TOTAL_BYTES) return null;
    const index = this.#packages.findIndex(
      (one) => one.projectId === projectId && one.type === type && one.name === name && one.version === version,
    );
    const known = this.#packages[index];
    const file: PackageFile = {
      id: ++this.#files,
      name: fileName,
      bytes,
      sha1: createHash('sha1').update(bytes).digest('hex'),
      sha256: createHash('sha256').update(bytes).digest('hex'),
      createdAt: at,
      requiresPython: requiresPython ?? null,
    };
    this.#bytes += bytes.length;
    const next: Package = {
      ...(known ?? { id: this.#packages.length + 1, projectId, type, name, version, createdAt: at, manifest: null }),
      ...(manifest === undefined ? {} : { manifest }),
      // The newest file of a name is the one that downloads give.
      files: [...(known?.files ?? []), file],
    };
    if (known === undefined) this.#packages.push(next);
    else this.#packages[index] = next;
    return next;
  }

  /** A project's packages, by upload; `type` and `name` narrow the list. */
  list(projectId: number, type?: PackageType, name?: string): readonly Package[] {
    return this.#packages.filter(
      (one) =>
        one.projectId === projectId &&
        (type === undefined || one.type === type) &&
        (name === undefined || sameName(one, name)),
    );
  }

  file(projectId: number, type: PackageType, name: string, version: string, fileName: string): PackageFile | null {
    const found = this.list(projectId, type, name).find((one) => one.version === version);
    return found?.files.findLast((file) => file.name === fileName) ?? null;
  }
}

/** Python's names are one whatever their case and separators are. */
export function pythonName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

function sameName({ type, name }: Package, wanted: string): boolean {
  return type === 'pypi' ? pythonName(name) === pythonName(wanted) : name === wanted;
}
