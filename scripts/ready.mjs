// Makes a fresh clone ready: installs when node_modules is missing or incomplete, builds when asked to. Says what it does.
import { execSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = (command) => execSync(command, { cwd: root, stdio: ['ignore', 2, 2] });

const has = (file) => existsSync(`${root}node_modules/${file}`);
// A later version may need a package that the install of an earlier one did not bring.
const { dependencies, devDependencies } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
const lacking = Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !has(`${name}/package.json`));

if (!has('.package-lock.json') || lacking.length > 0) {
  const what = has('.package-lock.json') ? `node_modules lacks ${lacking.join(', ')}` : 'node_modules is missing';
  console.error(`tidegate: ${what}; running "npm ci" once.`);
  console.error('tidegate: this takes seconds with a prebuilt SQLite, about two minutes where it has to be compiled.');
  run('npm ci --no-audit --no-fund');
} else if (process.argv.includes('--build')) {
  run('npm run --silent build');
}
