import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const pages = ['README.md', 'docs/architecture.md', 'docs/glossary.md', 'docs/performance.md'].concat(
  readdirSync(join(root, 'docs/guides')).map((name) => `docs/guides/${name}`),
);

it.each(pages)('%s links to files that are there', (page) => {
  const links = [...readFileSync(join(root, page), 'utf8').matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^https?:/.test(link));
  const dead = links.filter((link) => !existsSync(join(root, dirname(page), link)));
  expect(dead).toEqual([]);
});

it('leaves no guide out of the README', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const missing = readdirSync(join(root, 'docs/guides')).filter((name) => !readme.includes(`docs/guides/${name}`));
  expect(missing).toEqual([]);
});
