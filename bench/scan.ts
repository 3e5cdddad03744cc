import { existsSync, readFileSync } from 'node:fs';
import { scan } from '../src/scan/index.ts';

/** Time to scan the labelled configurations, and a generated checkout of many jobs. */

const CORPUS = new URL('../../shared/corpus/ci-configs.dev.jsonl', import.meta.url);
const JOBS = 1_000;

interface Case {
  readonly callerProject: string;
  readonly gitlabUrl: string;
  readonly projectIds?: Record<string, string>;
  readonly groups?: Record<string, string>;
  readonly variables?: Record<string, string>;
  readonly included?: Record<string, string>;
  readonly files: Record<string, string>;
}

function timed(name: string, work: () => number): void {
  const start = performance.now();
  const edges = work();
  console.log(`${name}: ${(performance.now() - start).toFixed(0)} ms, ${edges} edges`);
}

if (existsSync(CORPUS)) {
  const cases = readFileSync(CORPUS, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Case);
  timed(`corpus of ${cases.length} configurations`, () => {
    let edges = 0;
    for (const {
      callerProject: caller,
      gitlabUrl,
      files,
      projectIds = {},
      groups = {},
      variables = {},
      included = {},
    } of cases) {
      edges += scan({
        caller,
        gitlabUrl,
        files: new Map(Object.entries(files)),
        context: { projectIds, groups, variables, included },
      }).edges.length;
    }
    return edges;
  });
} else console.log('corpus: not present, skipped');

const jobs = Array.from(
  { length: JOBS },
  (_, index) =>
    `job-${index}:\n  script:\n    - git clone https://t:$CI_JOB_TOKEN@$CI_SERVER_HOST/lib/p${index}.git\n    - ./run.sh ${index}`,
);
const files = new Map([
  ['.gitlab-ci.yml', jobs.join('\n')],
  [
    'run.sh',
    'for i in a b c; do curl -H "JOB-TOKEN: $CI_JOB_TOKEN" "$CI_API_V4_URL/projects/lib%2F$i/releases"; done\n',
  ],
]);
timed(
  `one pipeline of ${JOBS} jobs`,
  () => scan({ caller: 'shop/cart', gitlabUrl: 'https://gitlab.example.com', files }).edges.length,
);
