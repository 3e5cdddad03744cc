// Makes a fresh clone ready: installs when node_modules is missing or incomplete, builds when asked to. Says what it does.
import { execSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = (command) => execSync(command, { cwd: root, stdio: ['ignore', 2, 2] });

if (!existsSync(`${root}node_modules/.package-lock.json`)) {
  console.error('tidegate: node_modules is missing; running "npm ci" once.');
  console.error('tidegate: this takes seconds with a prebuilt SQLite, about two minutes where it has to be compiled.');
  run('npm ci --no-audit --no-fund');
} else if (process.argv.includes('--build')) {
  run('npm run --silent build');
}
