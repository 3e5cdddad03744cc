/** A submodule's place and the commit it is pinned to. */
export interface Gitlink {
  readonly path: string;
  readonly commit: string;
}

/** One commit to be written. */
export interface Commit {
  readonly branch: string;
  readonly files: Readonly<Record<string, string>>;
  readonly gitlinks: readonly Gitlink[];
  /** Seconds since 1970. */
  readonly at: number;
  /** Whether the branch has a commit already, which this one follows. */
  readonly follows: boolean;
}

/** One commit with exactly these files, in the form that `git fast-import` reads. */
export function fastImport({ branch, files, gitlinks, at, follows }: Commit): Buffer {
  const parts: (string | Buffer)[] = [
    `commit refs/heads/${branch}\n`,
    `committer Administrator <admin@example.com> ${at} +0000\n`,
    data(Buffer.from(follows ? 'Update' : 'Initial commit')),
    follows ? `from refs/heads/${branch}^0\n` : '',
    'deleteall\n',
  ];
  for (const [path, text] of Object.entries(files)) {
    if (!isGitPath(path)) continue;
    parts.push(`M ${text.startsWith('#!') ? '100755' : '100644'} inline ${quote(path)}\n`, data(Buffer.from(text)));
  }
  for (const { path, commit } of gitlinks) if (isGitPath(path)) parts.push(`M 160000 ${commit} ${quote(path)}\n`);
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
}

function data(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`data ${bytes.length}\n`), bytes, Buffer.from('\n')]);
}

/** git refuses these as file names, and the whole import with them. */
function isGitPath(path: string): boolean {
  return path.split('/').every((name) => name !== '' && name !== '.' && name !== '..' && !/^\.git$/i.test(name));
}

function quote(path: string): string {
  return `"${path.replace(/["\\]/g, '\\$&').replace(/\n/g, '\\n')}"`;
}
