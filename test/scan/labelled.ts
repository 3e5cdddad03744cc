import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import type { ScanResult } from '../../src/scan/index.ts';
import { scan } from '../../src/scan/index.ts';

/** The labelled configurations of `cases/`: how they are written, read and compared with what the scan reports. */

const FOLDER = new URL('cases/', import.meta.url);

const Labels = z.strictObject({
  id: z.string(),
  about: z.string(),
  files: z.record(z.string(), z.string()),
  projectIds: z.record(z.string(), z.string()).default({}),
  groups: z.record(z.string(), z.string()).default({}),
  variables: z.record(z.string(), z.string()).default({}),
  included: z.record(z.string(), z.string()).default({}),
  /** `callee access policies…` */
  edges: z.array(z.string()).default([]),
  /** `access | file | text that the line holds` */
  unresolved: z.array(z.string()).default([]),
  /** callee -> why it is no edge; only for the reader, as any edge that is not listed above is wrong */
  notEdges: z.record(z.string(), z.string()).default({}),
});

/** One labelled configuration of the invented project `lumen/apps/portal`. */
export type LabelledCase = z.output<typeof Labels>;

/** What the scan got wrong in one case; all lists empty when it is right. */
export interface Differences {
  readonly missed: readonly string[];
  readonly invented: readonly string[];
  readonly policies: readonly string[];
  readonly unnamed: readonly string[];
}

/** Every case of every file, in the order of file names. */
export function readCases(): readonly LabelledCase[] {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));
  return files
    .sort()
    .flatMap(
      (name) => z.object({ cases: z.array(Labels) }).parse(parse(readFileSync(new URL(name, FOLDER), 'utf8'))).cases,
    );
}

/** Scans one case as `lumen/apps/portal` on `https://git.lumen.example`. */
export function scanCase({ files, projectIds, groups, variables, included }: LabelledCase): ScanResult {
  return scan({
    caller: 'lumen/apps/portal',
    gitlabUrl: 'https://git.lumen.example',
    files: new Map(Object.entries(files)),
    context: {
      projectIds,
      groups,
      variables: { CI_REGISTRY: 'registry.lumen.example', ...variables },
      included,
    },
  });
}

/** Compares edges by callee and access, their permissions, and unresolved entries by file and line. */
export function compare(one: LabelledCase, { edges, unresolved }: ScanResult): Differences {
  const wanted = new Map(one.edges.map((text) => [text.split(' ').slice(0, 2).join(' '), text]));
  const found = new Map(
    edges.map(({ callee, access, policies }) => [`${callee} ${access}`, [callee, access, ...policies].join(' ')]),
  );
  const named = one.unresolved.map((text) => {
    const [, file = '', part = ''] = text.split(' | ');
    const source = one.files[file] ?? '';
    return { text, file, line: source.slice(0, source.indexOf(part)).split('\n').length };
  });
  return {
    missed: [...wanted.keys()].filter((key) => !found.has(key)),
    invented: [...found.keys()].filter((key) => !wanted.has(key)),
    policies: [...wanted].filter(([key, text]) => found.has(key) && found.get(key) !== text).map(([, text]) => text),
    unnamed: named
      .filter(({ file, line }) => !unresolved.some((entry) => entry.file === file && entry.line === line))
      .map(({ text }) => text),
  };
}
