import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const CACHE = join(ROOT, 'node_modules', '.cache', 'tidegate-test');
/** Builds that nobody has used for so long are dropped. */
const KEEP_MS = 3_600_000;
/** What the program reads beside its code. */
const OTHERS = ['migrations', 'playbooks', 'package.json'];

/**
 * The program as a few files of JavaScript, so that hundreds of short-lived processes neither compile it nor look for a
 * thousand modules each time. Types are not checked here: `npm run typecheck` does that; the program as it is shipped runs
 * in the demo. Built once per state of the sources, beside the dependencies it needs.
 *
 * @returns the path of its `main.js`
 */
export function builtProgram(): string {
  main ??= find();
  // A run of hours tells others that it is still at it.
  if (Date.now() - touched > KEEP_MS / 6) {
    touched = Date.now();
    utimesSync(dirname(dirname(dirname(main))), new Date(), new Date());
  }
  return main;
}

/** One program for a whole test file, even while somebody edits the sources. */
let main: string | null = null;
let touched = 0;

function find(): string {
  const state = createHash('sha256');
  for (const file of ['src', ...OTHERS, 'package-lock.json'].flatMap((name) => filesBelow(join(ROOT, name)))) {
    state.update(`${relative(ROOT, file)}\0`).update(readFileSync(file));
  }
  const home = join(CACHE, state.digest('hex').slice(0, 16));
  if (!existsSync(home)) build(home);
  return join(home, 'dist', 'cli', 'main.js');
}

function build(home: string): void {
  mkdirSync(CACHE, { recursive: true });
  for (const name of readdirSync(CACHE)) {
    const old = join(CACHE, name);
    if (Date.now() - (statSync(old, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > KEEP_MS)
      rmSync(old, { recursive: true, force: true });
  }
  const draft = mkdtempSync(join(CACHE, 'draft-'));
  // In a process of its own: esbuild takes plugins only where it may answer later, and a child is started at once.
  execFileSync(process.execPath, [join(ROOT, 'test', 'integration', 'support', 'bundle.mjs'), ROOT, draft, home]);
  for (const name of OTHERS) cpSync(join(ROOT, name), join(draft, name), { recursive: true });
  try {
    renameSync(draft, home);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    // Another test file was quicker.
    if (!existsSync(home)) throw error;
  }
}

function filesBelow(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .map((name) => join(path, name))
    .filter((file) => statSync(file).isFile())
    .sort();
}
