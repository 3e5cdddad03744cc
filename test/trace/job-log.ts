/**
 * Builds whole job logs around the few lines that matter: executor, sections, colours, harmless output, timestamps, CRLF. Which
 * shape a log gets follows from its name, so that a set of cases covers them all and each case stays the same.
 */

/** What a case says of its log. */
export interface LogCase {
  readonly id: string;
  readonly caller: string;
  /** Lines; `$ ` starts a command, `@@name` a section. Only a `@@prepare` section: the job ended before its script. */
  readonly body: string;
  readonly frame?: string | undefined;
  readonly form?: string | undefined;
  /** What follows `ERROR: Job failed: `. */
  readonly end?: string | undefined;
}

const SECTION_TITLES: Readonly<Record<string, string>> = {
  get_sources: 'Getting source from Git repository',
  restore_cache: 'Restoring cache',
  download_artifacts: 'Downloading artifacts',
  step_script: 'Executing "step_script" stage of the job script',
  after_script: 'Running after_script',
};

const HARMLESS: readonly (readonly string[])[] = [
  ['$ npm ci --prefer-offline', 'npm warn deprecated glob@7.2.3: no longer supported', '', 'added 812 packages in 14s'],
  ['$ apt-get install -y -qq jq git', 'Selecting previously unselected package jq.', 'Setting up jq (1.6-2.1) ...'],
  [
    '$ pytest -q tests/unit',
    'tests/unit/test_http.py::test_returns_403_forbidden PASSED',
    '133 passed, 2 skipped in 4.31s',
  ],
  [
    '$ ./scripts/healthcheck.sh',
    'GET https://status.shop.example/login -> 403 Forbidden (expected)',
    'health check ok',
  ],
  ['$ echo "project is $CI_PROJECT_PATH"', 'project is here, CI_JOB_TOKEN is masked'],
];

/** A small generator of numbers between 0 and 1 that a name determines. */
function chance(name: string): () => number {
  let state = 2_166_136_261;
  for (const char of name) state = Math.imul(state ^ char.charCodeAt(0), 16_777_619);
  return () => {
    state = Math.imul(state ^ (state >>> 15), 2_246_822_507);
    state = Math.imul(state ^ (state >>> 13), 3_266_489_909);
    state ^= state >>> 16;
    return (state >>> 0) / 4_294_967_296;
  };
}

export function jobLog(log: LogCase): string {
  const random = chance(log.id);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const frame = log.frame ?? pick(['docker', 'docker', 'kubernetes', 'shell', 'docker-autoscaler', 'instance']);
  const lines = [
    '\u001b[0KRunning with gitlab-runner 17.5.3 (12030cf4)\u001b[0;m',
    '\u001b[0K  on pool-a xW3x, system ID: s_1f2e\u001b[0;m',
    ...sectionsOf(log, frame, pick).flatMap(sectionLines),
    '\u001b[0K\u001b[36;1mCleaning up project directory and file based variables\u001b[0;m',
    `\u001b[31;1mERROR: Job failed: ${log.end ?? 'exit code 1'}`,
    '\u001b[0;m',
    '',
  ];
  return inForm(lines.map(echoed), log.form ?? pick(['plain', 'plain', 'plain', 'timestamps', 'crlf']), random);
}

interface Section {
  readonly name: string;
  readonly title: string;
  readonly lines: readonly string[];
}

function sectionsOf(log: LogCase, frame: string, pick: <T>(values: readonly T[]) => T): readonly Section[] {
  const parts = log.body.split(/^@@(\w+)\n/m);
  const written: Section[] = [];
  if ((parts[0] ?? '').trim() !== '') written.push(section('step_script', [...pick(HARMLESS), ...linesOf(parts[0])]));
  for (let at = 1; at < parts.length; at += 2) written.push(section(parts[at] ?? '', linesOf(parts[at + 1])));
  const prepared = written.find(({ name }) => name === 'prepare');
  const executor: Section = {
    name: 'prepare_executor',
    title: `Preparing the "${frame}" executor`,
    lines: prepared?.lines ?? [
      frame === 'shell' ? 'Using Shell (bash) executor...' : 'Using an executor with image node:20 ...',
    ],
  };
  if (prepared) return [executor];
  const sources = [
    '\u001b[32;1mFetching changes with git depth set to 20...\u001b[0;m',
    `Initialized empty Git repository in /builds/${log.caller}/.git/`,
  ];
  return [
    executor,
    ...(written.some(({ name }) => name === 'get_sources') ? [] : [section('get_sources', sources)]),
    ...written,
  ];
}

function section(name: string, lines: readonly string[]): Section {
  return { name, title: SECTION_TITLES[name] ?? name, lines };
}

function linesOf(text: string | undefined): readonly string[] {
  return (text ?? '').replace(/\n$/, '').split('\n');
}

function sectionLines({ name, title, lines }: Section): readonly string[] {
  return [
    `section_start:1795438664:${name}\r\u001b[0K\u001b[0K\u001b[36;1m${title}\u001b[0;m\u001b[0;m`,
    ...lines,
    `section_end:1795438690:${name}\r\u001b[0K`,
  ];
}

function echoed(line: string): string {
  return /^(?:\$|PS>) /.test(line) ? `\u001b[32;1m$ ${line.replace(/^(?:\$|PS>) /, '')}\u001b[0;m` : line;
}

function inForm(lines: readonly string[], form: string, random: () => number): string {
  if (form !== 'timestamps') return lines.join(form === 'crlf' ? '\r\n' : '\n');
  return lines
    .map((line, at) => {
      const micros = String(Math.floor(random() * 1e6)).padStart(6, '0');
      return `2026-11-23T10:00:${String(at % 60).padStart(2, '0')}.${micros}Z 0${at % 2}${at % 3 === 0 ? 'E' : 'O'} ${line}`;
    })
    .join('\n');
}
