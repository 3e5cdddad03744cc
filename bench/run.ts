/** Lists the benches, or runs one: `npm run bench`, `npm run bench -- status`. Each prints a table with its machine. */
import { readdirSync, readFileSync } from 'node:fs';

const HERE = new URL('./', import.meta.url);
const names = readdirSync(HERE)
  .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
  .map((file) => file.slice(0, -'.ts'.length));

/** The first sentence of the comment at a bench's head. */
function purposeOf(name: string): string {
  const text = readFileSync(new URL(`${name}.ts`, HERE), 'utf8');
  const comment = /\/\*\*([\s\S]*?)\*\//.exec(text)?.[1] ?? '';
  const line = comment.replaceAll(/\s*\n?\s*\*\s+/g, ' ').trim();
  return line.split(/: `|\. /)[0] ?? '';
}

const [wanted] = process.argv.splice(2, 1);
if (wanted === undefined) {
  console.log('npm run bench -- NAME [ARGUMENTS]');
  for (const name of names) console.log(`  ${name.padEnd(12)}${purposeOf(name)}`);
} else if (names.includes(wanted)) {
  await import(new URL(`${wanted}.ts`, HERE).href);
} else {
  console.error(`There is no bench ${wanted}; there are ${names.join(', ')}.`);
  process.exitCode = 2;
}
