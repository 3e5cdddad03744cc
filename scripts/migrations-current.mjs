// Fails when the tables in the source and the migrations differ, or when a released migration was edited. Changes nothing
// in the tree but, with --record, the checksums of migrations that have none yet.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'migrations');
const checksumsFile = join(folder, 'checksums.json');
const problems = [];

const names = () =>
  JSON.parse(readFileSync(join(folder, 'meta', '_journal.json'), 'utf8')).entries.map(({ tag }) => tag);
const checksum = (name) =>
  createHash('sha256')
    .update(readFileSync(join(folder, `${name}.sql`)))
    .digest('hex');

function readChecksums() {
  try {
    return JSON.parse(readFileSync(checksumsFile, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return {};
    throw error;
  }
}

/** Generates into a copy, so that a difference never reaches the tree. drizzle-kit takes relative folders only. */
function whatWouldBeGenerated() {
  const copy = mkdtempSync(join(root, 'node_modules', '.tidegate-migrations-'));
  try {
    cpSync(folder, copy, { recursive: true });
    const before = new Set(readdirSync(copy));
    const schema = './src/adapters/sqlite/schema/index.ts';
    const options = [
      '--dialect',
      'sqlite',
      '--casing',
      'snake_case',
      '--schema',
      schema,
      '--out',
      relative(root, copy),
    ];
    const kit = join(root, 'node_modules', 'drizzle-kit', 'bin.cjs');
    const output = execFileSync(process.execPath, [kit, 'generate', ...options], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const added = readdirSync(copy).filter((file) => !before.has(file));
    // It reports its own failures with exit code 0.
    if (added.length === 0 && !output.includes('No schema changes')) throw new Error(output);
    return added.map((file) => readFileSync(join(copy, file), 'utf8'));
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

const recorded = readChecksums();
const known = names();
for (const name of Object.keys(recorded)) {
  if (!known.includes(name)) problems.push(`migrations/${name}.sql was released and is gone.`);
}
for (const name of known) {
  if (recorded[name] === undefined && process.argv.includes('--record')) recorded[name] = checksum(name);
  if (recorded[name] === undefined) {
    problems.push(
      `migrations/${name}.sql has no checksum; record it with: node scripts/migrations-current.mjs --record`,
    );
  } else if (recorded[name] !== checksum(name)) {
    problems.push(`migrations/${name}.sql was edited after its release; put the change into a new migration.`);
  }
}
if (process.argv.includes('--record')) writeFileSync(checksumsFile, `${JSON.stringify(recorded, null, 2)}\n`);
for (const statements of whatWouldBeGenerated()) {
  problems.push(`The tables have changed; run "npm run db:generate". It would add:\n${statements}`);
}

for (const problem of problems) console.error(`db:check: ${problem}`);
if (problems.length > 0) process.exitCode = 1;
else console.error(`db:check: ${known.length} migration(s), as generated and as released.`);
