import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import type { ScanResult } from '../../src/scan/index.ts';
import { scan } from '../../src/scan/index.ts';

/** The labelled configurations of `cases/`: how they are written, read and compared with what the scan reports. */

const FOLDER = new URL('cases/', import.meta.url);

export const Labels = z.strictObject({
  id: z.string(),
  about: z.string(),
  caller: z.string().default('lumen/apps/portal'),
  gitlabUrl: z.string().default('https://git.lumen.example'),
  files: z.record(z.string(), z.string()),
  projectIds: z.record(z.string(), z.string()).default({}),
  groups: z.record(z.string(), z.string()).default({}),
  variables: z.record(z.string(), z.string()).default({}),
  included: z.record(z.string(), z.string()).default({}),
  /** `callee access policies…`, where it matters with `@ file | text that the line holds` */
  edges: z.array(z.string()).default([]),
  /** `callee access`: a careful reader may report it or not */
  optional: z.array(z.string()).default([]),
  /** `access | file | text that the line holds` */
  unresolved: z.array(z.string()).default([]),
  /** callee -> why it is no edge; only for the reader, as any edge that is not listed above is wrong */
  notEdges: z.record(z.string(), z.string()).default({}),
});

/** One labelled configuration, of the invented project `lumen/apps/portal` where it names no other. */
export type LabelledCase = z.output<typeof Labels>;

/** What the scan got wrong in one case; all lists empty when it is right. */
export interface Differences {
  readonly missed: readonly string[];
  readonly invented: readonly string[];
  readonly policies: readonly string[];
  /** Edges that were found at another place than the labelled one. */
  readonly misplaced: readonly string[];
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

/** Scans one case. */
export function scanCase({
  caller,
  files,
  gitlabUrl,
  projectIds,
  groups,
  variables,
  included,
}: LabelledCase): ScanResult {
  return scan({
    caller,
    gitlabUrl,
    files: new Map(Object.entries(files)),
    context: {
      projectIds,
      groups,
      variables: { CI_REGISTRY: 'registry.lumen.example', ...variables },
      included,
    },
  });
}

/** Compares edges by callee, access, permissions and place, and unresolved entries by file and line. */
export function compare(one: LabelledCase, { edges, unresolved }: ScanResult): Differences {
  const labels = one.edges.map((text) => {
    const [edge = '', place] = text.split(' @ ');
    return { key: edge.split(' ').slice(0, 2).join(' '), edge, place };
  });
  const found = new Map(edges.map((edge) => [`${edge.callee} ${edge.access}`, edge]));
  const known = new Set([...labels.map(({ key }) => key), ...one.optional]);
  const both = labels.flatMap((label) => {
    const edge = found.get(label.key);
    return edge === undefined ? [] : [{ ...label, found: edge }];
  });
  return {
    missed: labels.map(({ key }) => key).filter((key) => !found.has(key)),
    invented: [...found.keys()].filter((key) => !known.has(key)),
    policies: both.filter((item) => [item.key, ...item.found.policies].join(' ') !== item.edge).map(({ edge }) => edge),
    misplaced: both
      .filter(({ place, found: at }) => place !== undefined && !samePlace(placeOf(one, place), at))
      .map(({ edge }) => edge),
    unnamed: one.unresolved.filter((text) => {
      const place = placeOf(one, text.slice(text.indexOf(' | ') + 3));
      return !unresolved.some((entry) => samePlace(place, entry));
    }),
  };
}

interface Place {
  readonly file: string;
  readonly line: number;
}

const samePlace = (a: Place, b: Place): boolean => a.file === b.file && a.line === b.line;

/** The place that `file | text` means: the first line of the file that holds the text. */
function placeOf(one: LabelledCase, written: string): Place {
  const [file = '', part = ''] = written.split(' | ');
  const source = one.files[file] ?? one.included[file] ?? '';
  return { file, line: source.slice(0, source.indexOf(part)).split('\n').length };
}
