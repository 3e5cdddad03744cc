import { buildAutomaton, type Automaton, type Needle } from './automaton.ts';
import type { Instance } from '../naming/instance.ts';
import { NEWLINE } from './lines.ts';
import { SIGNATURES } from '../signatures/table.ts';

/** Bits of a line, by what was found in it. Anything not marked is never decoded. */
export const FLAG = {
  /** Words that occur in refusals and hardly anywhere else. */
  words: 2,
  /** A status such as ` 403`: common in logs, so it counts only where the instance is involved. */
  status: 4,
  /** An address of the instance or its registry, or a line of `remote:`. */
  address: 8,
  /** The runner's echo of a command. */
  command: 16,
  section: 32,
  /** The job's own work went wrong: read only after a refusal was found. */
  failure: 64,
  /** `Job succeeded`, `Job failed`. */
  end: 128,
  /** A line that begins with a status: all that `curl -w '%{http_code}'` prints. */
  statusLine: 256,
} as const;

const STATUSES = [
  ' 401',
  ' 403',
  ' 404',
  ' 429',
  '(401',
  '(403',
  '(404',
  ':401',
  ':403',
  ':404',
  '=401',
  '=403',
  '=404',
  'Forbidden',
  'Unauthorized',
  'Not Found',
];
const FAILURES = [
  'failed',
  'FAIL',
  'rror:',
  'rror ',
  'ERROR in',
  'COMPILATION',
  'Killed',
  'SIGKILL',
  'Segmentation',
  'not recoverable',
  'gzip',
  'unexpected end',
  'is not a ',
  'No space left',
  'Failures',
  'failing',
  'panic: ',
  'rror[E',
  'No such file',
  'End-of-central',
  'recoverable',
  'parse error',
  'Cannot index',
  'gzip format',
  'invalid character',
  'cannot ',
  'problem',
  'errors',
  'does not exist',
];

// A sweep reads thousands of traces of one instance; building takes longer than reading most of them.
const built = new Map<string, Automaton>();
const MOST_BUILT = 8;

/** Everything that makes a line worth a look, for one instance. */
export function traceAutomaton(instance: Instance): Automaton {
  const key = [instance.host, ...instance.registries].join(' ');
  const known = built.get(key);
  if (known) return known;
  if (built.size >= MOST_BUILT) built.clear();
  const automaton = buildFor(instance);
  built.set(key, automaton);
  return automaton;
}

function buildFor(instance: Instance): Automaton {
  const needles: Needle[] = [
    { text: '\n', flags: NEWLINE },
    { text: '\u001b[32;1m$ ', flags: FLAG.command },
    { text: '\u001b[32;1mPS>', flags: FLAG.command },
    { text: 'section_start:', flags: FLAG.section },
    { text: 'section_end:', flags: FLAG.section },
    { text: 'remote: ', flags: FLAG.address },
    { text: '200 OK', flags: FLAG.address },
    { text: 'Job succeeded', flags: FLAG.end },
    { text: 'Job failed', flags: FLAG.end },
  ];
  for (const { words } of SIGNATURES) needles.push(...words.map((text) => ({ text, flags: FLAG.words })));

  for (const text of STATUSES) needles.push({ text, flags: FLAG.status });
  for (const status of ['401', '403', '404']) needles.push({ text: `\n${status}`, flags: FLAG.statusLine });
  for (const text of FAILURES) needles.push({ text, flags: FLAG.failure });
  for (const text of [`//${instance.host}`, `@${instance.host}`, ...instance.registries.map((host) => `${host}/`)]) {
    needles.push({ text, flags: FLAG.address });
  }
  return buildAutomaton(needles);
}
