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

/** Why SQLite does not open: an install with --ignore-scripts leaves its compiled part out, another Node cannot load it. */
async function sqliteFault() {
  try {
    const { default: Database } = await import('better-sqlite3');
    new Database(':memory:').close();
    return null;
  } catch (error) {
    return error.message.split('\n')[0].replace(/\. Tried:$/, '');
  }
}

function rebuildSqlite() {
  try {
    // Names the setting: a person's .npmrc may switch off the very scripts that are to be run here.
    run('npm rebuild better-sqlite3 --ignore-scripts=false');
    // Looked at from a process of its own, as a binding that failed to load once does so again.
    run(`"${process.execPath}" -e "new (require('better-sqlite3'))(':memory:')"`);
  } catch {
    console.error('tidegate: SQLite still does not load. Compiling it takes Python 3, make and a C++ compiler.');
    console.error(`tidegate: install them, then run "npm rebuild better-sqlite3" with Node ${process.version}.`);
    process.exit(1);
  }
}

const installs = !has('.package-lock.json') || lacking.length > 0;
if (installs) {
  const what = has('.package-lock.json') ? `node_modules lacks ${lacking.join(', ')}` : 'node_modules is missing';
  console.error(`tidegate: ${what}; running "npm ci" once.`);
  console.error('tidegate: this takes seconds with a prebuilt SQLite, about two minutes where it has to be compiled.');
  run('npm ci --no-audit --no-fund');
}

const fault = await sqliteFault();
if (fault !== null) {
  console.error(`tidegate: SQLite does not load (${fault}); running "npm rebuild better-sqlite3" once.`);
  rebuildSqlite();
}

// Installing has built already, by the package's "prepare".
if (!installs && process.argv.includes('--build')) run('npm run --silent build');
