import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { scan } from '../../src/scan/index.ts';

const CORPUS = new URL('../../../shared/corpus/ci-configs.dev.jsonl', import.meta.url);

interface Labelled {
  readonly callee: string;
  readonly access: string;
  readonly file: string;
  readonly line: number;
}
interface Case {
  readonly id: string;
  readonly callerProject: string;
  readonly gitlabUrl: string;
  readonly projectIds?: Record<string, string>;
  readonly groups?: Record<string, string>;
  readonly variables?: Record<string, string>;
  readonly included?: Record<string, string>;
  readonly files: Record<string, string>;
  readonly expected: {
    readonly edges: readonly Labelled[];
    readonly unresolved: readonly Omit<Labelled, 'callee'>[];
    readonly notEdges: readonly { readonly callee?: string }[];
  };
}

const cases = existsSync(CORPUS)
  ? readFileSync(CORPUS, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Case)
  : [];

const scanCase = ({
  callerProject,
  gitlabUrl,
  files,
  projectIds = {},
  groups = {},
  variables = {},
  included = {},
}: Case) =>
  scan({
    caller: callerProject,
    gitlabUrl,
    files: new Map(Object.entries(files)),
    context: { projectIds, groups, variables, included },
  });

const key = ({ callee, access }: { callee: string; access: string }): string => `${callee.toLowerCase()} ${access}`;

describe.skipIf(cases.length === 0)('labelled configurations (../shared/corpus)', () => {
  it('reaches the promised precision and recall, and is certain of nothing that is no edge', () => {
    let [right, wrong, wanted, named, toName, certainNotEdges] = [0, 0, 0, 0, 0, 0];
    const start = process.cpuUsage();
    for (const one of cases) {
      const { edges, unresolved } = scanCase(one);
      const labels = new Set(one.expected.edges.map(key));
      wanted += labels.size;
      for (const edge of edges) {
        if (labels.has(key(edge))) right += 1;
        else {
          wrong += 1;
          const denied = one.expected.notEdges.some(
            ({ callee }) => callee?.toLowerCase() === edge.callee.toLowerCase(),
          );
          if (denied && edge.certainty === 'certain') certainNotEdges += 1;
        }
      }
      toName += one.expected.unresolved.length;
      named += one.expected.unresolved.filter(({ file, line }) =>
        unresolved.some((entry) => entry.file === file && entry.line === line),
      ).length;
    }
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1_000).toBeLessThan(5_000);
    expect(right / (right + wrong)).toBeGreaterThanOrEqual(0.98);
    expect(right / wanted).toBeGreaterThanOrEqual(0.95);
    expect(named / toName).toBeGreaterThanOrEqual(0.95);
    expect(certainNotEdges).toBe(0);
  });
});
