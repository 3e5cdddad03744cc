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
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const CACHE = join(ROOT, 'node_modules', '.cache', 'tidegate-test');
/** Builds of earlier states of the sources are dropped after this long; another run may still use a younger one. */
const KEEP_MS = 3_600_000;

/**
 * The program as JavaScript, so that hundreds of short-lived processes do not compile it anew each time. Types are not
 * checked here: `npm run typecheck` does that. Built once per state of the sources, beside the dependencies it needs.
 *
 * @returns the path of its `main.js`
 */
export function builtProgram(): string {
  main ??= find();
  return main;
}

/** One program for a whole test file, even while somebody edits the sources. */
let main: string | null = null;

function find(): string {
  const sources = filesBelow(join(ROOT, 'src')).filter((file) => file.endsWith('.ts'));
  const others = ['migrations', 'playbooks', 'package.json'];
  const state = createHash('sha256');
  for (const file of [...sources, ...others.flatMap((name) => filesBelow(join(ROOT, name)))]) {
    state.update(`${relative(ROOT, file)}\0`).update(readFileSync(file));
  }
  const home = join(CACHE, state.digest('hex').slice(0, 16));
  if (!existsSync(home)) build(sources, others, home);
  return join(home, 'dist', 'cli', 'main.js');
}

function build(sources: readonly string[], others: readonly string[], home: string): void {
  mkdirSync(CACHE, { recursive: true });
  for (const name of readdirSync(CACHE)) {
    const old = join(CACHE, name);
    if (Date.now() - (statSync(old, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > KEEP_MS)
      rmSync(old, { recursive: true, force: true });
  }
  const draft = mkdtempSync(join(CACHE, 'draft-'));
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (file) => readFileSync(file, 'utf8')) as {
    config: { compilerOptions: Record<string, unknown> };
  };
  // File by file nothing looks into package.json, so `nodenext` would take the sources for CommonJS.
  const form = { module: 'esnext', moduleResolution: 'bundler', noEmit: false };
  const { options } = ts.convertCompilerOptionsFromJson({ ...config.compilerOptions, ...form }, ROOT);
  for (const file of sources) {
    const { outputText } = ts.transpileModule(readFileSync(file, 'utf8'), { compilerOptions: options, fileName: file });
    const target = join(draft, 'dist', relative(join(ROOT, 'src'), file)).replace(/\.ts$/, '.js');
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, outputText);
  }
  for (const name of others) cpSync(join(ROOT, name), join(draft, name), { recursive: true });
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
