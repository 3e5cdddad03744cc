import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Inside `node_modules`, so that the built program finds its dependencies and the tree stays as it is. */
export const CACHE: string = join(ROOT, 'node_modules', '.cache', 'tidegate-bench');

/**
 * Builds the program as it is published and lays it out as an installed package. Types are not checked, `npm run check` does.
 *
 * @returns the path of its command, to be run with Node
 */
export function builtProgram(): string {
  mkdirSync(CACHE, { recursive: true });
  // One per bench, so that two of them do not build over each other.
  const home = mkdtempSync(join(CACHE, 'program-'));
  process.once('exit', () => rmSync(home, { recursive: true, force: true }));
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const options = ['--noCheck', '--declaration', 'false', '--sourceMap', 'false', '--outDir', join(home, 'dist')];
  execFileSync(process.execPath, [compiler, '-p', join(ROOT, 'tsconfig.build.json'), ...options], { stdio: 'inherit' });
  for (const name of ['bin', 'migrations', 'playbooks', 'package.json']) {
    cpSync(join(ROOT, name), join(home, name), { recursive: true });
  }
  return join(home, 'bin', 'tidegate.js');
}
