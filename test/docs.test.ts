import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { rolloutMachine } from '../src/domain/rollout/rollout.machine.ts';
import { waveMachine } from '../src/domain/rollout/wave.machine.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (page: string): string => readFileSync(join(root, page), 'utf8');
const pages = ['README.md', 'docs/architecture.md', 'docs/glossary.md', 'docs/performance.md'].concat(
  ['docs/guides', 'docs/decisions'].flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => `${folder}/${name}`),
  ),
);

it.each(pages)('%s links to files that are there', (page) => {
  expect(linksOf(page).filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

it('packs all that its pages link to', () => {
  const { files } = JSON.parse(read('package.json')) as { readonly files: readonly string[] };
  const packed = (path: string): boolean => files.some((entry) => path === entry || path.startsWith(`${entry}/`));
  const left = pages.flatMap((page) => linksOf(page).filter((path) => packed(page) && !packed(path)));
  expect(left).toEqual([]);
});

it('leaves no guide out of the README', () => {
  const readme = read('README.md');
  const missing = readdirSync(join(root, 'docs/guides')).filter((name) => !readme.includes(`docs/guides/${name}`));
  expect(missing).toEqual([]);
});

it('explains every state of a rollout and of a wave in the glossary', () => {
  const glossary = read('docs/glossary.md');
  const states = [...Object.keys(rolloutMachine.states['phase']?.states ?? {}), ...Object.keys(waveMachine.states)];
  expect(states.filter((state) => !glossary.includes(`| \`${state}\` `))).toEqual([]);
});

it('names every room of the source in the architecture', () => {
  const architecture = read('docs/architecture.md');
  const rooms = folders('src').flatMap((part) => [part, ...folders(`src/${part}`)]);
  expect(rooms.filter((room) => !new RegExp(`[\`/]${room}[\`/]`).test(architecture))).toEqual([]);
});

const folders = (path: string): readonly string[] =>
  readdirSync(join(root, path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);

/** Paths of files that a page links to, from the root. */
const linksOf = (page: string): readonly string[] =>
  [...read(page).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^https?:/.test(link))
    .map((link) => join(dirname(page), link));
