import { mix } from '../hash.ts';
import { isJobImage } from './image.ts';
import { clientLines, imageName } from './clients.ts';
import type { ClientPlace } from './output.ts';
import type { Denied, DetailedRun, Use } from '../traffic/records.ts';

const RUNNERS = ['17.9.1 (bbf75488)', '18.4.0 (139a0ac0)', '16.11.1 (535ced5f)'] as const;
const BASE_IMAGES = ['node:20-bookworm', 'python:3.11-slim', 'golang:1.22', 'debian:bookworm'] as const;

/** Which use this is, and how it went: null is well. */
interface Step {
  readonly use: Use;
  readonly denial: Denied | null;
}

/**
 * A job's log as the runner sends it: sections, colour codes and carriage returns, each use as the real client prints it, and
 * the runner's last line. Chunks are whole parts of the log; nothing else holds it.
 */
export function* traceOf({ run, job, outcome }: DetailedRun, externalUrl: string): Generator<string> {
  const reached = outcome.deniedAt < 0 ? job.uses : job.uses.slice(0, outcome.deniedAt + 1);
  const steps = reached.map((use, position): Step => ({
    use,
    denial: position === outcome.deniedAt ? outcome.denial : null,
  }));
  const log = new RunnerLog(Math.floor(run.at / 1000));
  const seed = mix(job.seed, Math.floor(run.at / 1000) | 0);
  const place: ClientPlace = { caller: job.project, externalUrl, seed };
  yield log.opening(seed);
  const image = steps.findIndex((_, position) => isJobImage(job, position));
  const imageStep = steps[image];
  yield log.executor(
    imageStep === undefined ? pick(BASE_IMAGES, seed) : imageName(imageStep.use, place),
    imageStep?.denial ?? null,
  );
  if (imageStep?.denial != null) {
    yield log.ending(imageRefusal(imageName(imageStep.use, place)));
    return;
  }
  const others = steps.filter((_, position) => position !== image);
  const failed = yield* logSteps(log, others, place, job.name);
  if (failed !== null) yield log.ending(failed);
  else if (run.status === 'success') yield log.ending(null);
  else {
    yield OWN_FAILURES[seed % OWN_FAILURES.length] ?? '';
    yield log.ending('exit code 1');
  }
}

/** Submodules come with the sources and needed artifacts before the script, whatever their order in the file. */
function* logSteps(
  log: RunnerLog,
  steps: readonly Step[],
  place: ClientPlace,
  jobName: string,
): Generator<string, string | null> {
  const submodules = steps.filter(({ use }) => use.access === 'submodule');
  const stages: readonly {
    readonly title: string;
    readonly name: string;
    readonly steps: readonly Step[];
    readonly intro: string;
  }[] = [
    {
      name: 'get_sources',
      title: 'Getting source from Git repository',
      intro: sources(place) + (submodules.length === 0 ? `${green('Skipping Git submodules setup')}\n` : ''),
      steps: submodules,
    },
    {
      name: 'download_artifacts',
      title: 'Downloading artifacts',
      intro: '',
      steps: steps.filter(({ use }) => use.access === 'needs-project'),
    },
    {
      name: 'step_script',
      title: 'Executing "step_script" stage of the job script',
      intro: command(`echo "Running ${jobName.replace(/[^\w .:/-]/g, '_')}"`) + `Running ${jobName}\n`,
      steps: steps.filter(({ use }) => use.access !== 'submodule' && use.access !== 'needs-project'),
    },
  ];
  for (const stage of stages) {
    if (stage.name === 'download_artifacts' && stage.steps.length === 0) continue;
    yield log.section(stage.name, stage.title) + stage.intro;
    for (const { use, denial } of stage.steps) {
      const { lines, exit } = clientLines(use, denial, place);
      yield lines.map((line) => `${line}\n`).join('');
      if (exit !== 0) return `exit code ${String(exit)}`;
    }
  }
  return null;
}

function sources({ caller, seed }: ClientPlace): string {
  const commit = seed.toString(16).padStart(8, '0');
  return [
    green('Fetching changes with git depth set to 20...'),
    `Initialized empty Git repository in /builds/${caller.fullPath}/.git/`,
    green('Created fresh repository.'),
    green(`Checking out ${commit} as detached HEAD (ref is ${caller.defaultBranch})...`),
    '',
    '',
  ].join('\n');
}

/** Keeps which section is open: the runner closes one on the line that opens the next. */
export class RunnerLog {
  private open: string | null = null;
  private readonly second: number;

  constructor(second: number) {
    this.second = second;
  }

  opening(seed: number): string {
    const token = (seed >>> 4).toString(36);
    return `\u001b[0KRunning with gitlab-runner ${pick(RUNNERS, seed >>> 8)}\u001b[0;m\n\u001b[0K  on ci-pool-2 ${token}, system ID: s_${seed.toString(16)}\u001b[0;m\n`;
  }

  /** A runner that runs scripts on its own machine. */
  shellExecutor(host: string): string {
    const executor = this.section('prepare_executor', 'Preparing the "shell" executor');
    const prepared = this.section('prepare_script', 'Preparing environment');
    return `${executor}Using Shell (bash) executor...\n${prepared}Running on ${host}...\n`;
  }

  executor(image: string, refusal: Denied | null): string {
    const lines = [
      `${this.section('prepare_executor', 'Preparing the "docker" executor')}Using Docker executor with image ${image} ...`,
      'Authenticating with credentials from job payload (GitLab Registry)',
      `Pulling docker image ${image} ...`,
    ];
    if (refusal !== null) {
      lines.push(
        `\u001b[0;33mWARNING: Failed to pull image with policy "always": ${daemonRefusal(image)} (manager.go:238:0s)\u001b[0;m`,
      );
      return `${lines.join('\n')}\n`;
    }
    const prepared = this.section('prepare_script', 'Preparing environment');
    return `${lines.join('\n')}\n${prepared}Running on runner-project-concurrent-0 via ci-pool-2...\n`;
  }

  section(name: string, title: string): string {
    const close = this.open === null ? '' : `section_end:${String(this.second)}:${this.open}\r\u001b[0K`;
    this.open = name;
    return `${close}section_start:${String(this.second)}:${name}\r\u001b[0K\u001b[0K\u001b[36;1m${title}\u001b[0;m\u001b[0;m\n`;
  }

  /** Takes note of sections that a script itself has opened. */
  reached(output: string): void {
    const last = [...output.matchAll(/section_start:\d+:(\w+)\r/g)].at(-1)?.[1];
    if (last !== undefined) this.open = last;
  }

  /** @param failure - what ended the job, null: it succeeded */
  ending(failure: string | null): string {
    const cleanup = this.section('cleanup_file_variables', 'Cleaning up project directory and file based variables');
    const close = `section_end:${String(this.second)}:cleanup_file_variables\r\u001b[0K`;
    return (
      cleanup +
      close +
      (failure === null
        ? '\u001b[32;1mJob succeeded\u001b[0;m\n'
        : `\u001b[31;1mERROR: Job failed: ${failure}\n\u001b[0;m\n`)
    );
  }
}

/** What the docker daemon says where the registry's token holds no right to the image. */
function daemonRefusal(image: string): string {
  const repository = image.replace(/:[^:/]*$/, '');
  return `Error response from daemon: pull access denied for ${repository}, repository does not exist or may require 'docker login': denied: requested access to the resource is denied`;
}

function imageRefusal(image: string): string {
  return `failed to pull image "${image}" with specified policies [always]: ${daemonRefusal(image)} (manager.go:238:0s)`;
}

/** Failures that have nothing to do with any token; harmless mentions of 403 and tokens are part of them. */
const OWN_FAILURES: readonly string[] = [
  `${command('npm test')}\n> test\n> jest\n\nPASS src/session.test.ts\nFAIL src/cart.test.ts\n  ● cart › answers 403 to a stranger\n    expect(received).toBe(expected)\n    Expected: 403\n    Received: 200\n\nTests:       1 failed, 41 passed, 42 total\n`,
  `${command('pytest -q')}......................F...\nE       assert 3 == 4\nFAILED tests/test_totals.py::test_sum - assert 3 == 4\n1 failed, 25 passed in 3.21s\n`,
  `${command('make')}cc -O2 -c main.c -o main.o\nmain.c:41:10: fatal error: config.h: No such file or directory\ncompilation terminated.\nmake: *** [Makefile:12: main.o] Error 1\n`,
  `${command('go test ./...')}ok  \tservice/token\t0.601s\n--- FAIL: TestRetry (2.00s)\n    retry_test.go:58: deadline exceeded\nFAIL\nFAIL\tservice/retry\t2.013s\nFAIL\n`,
];

function command(text: string): string {
  return `${green(`$ ${text}`)}\n`;
}

function green(text: string): string {
  return `\u001b[32;1m${text}\u001b[0;m`;
}

function pick<Value>(values: readonly [Value, ...Value[]], seed: number): Value {
  return values[seed % values.length] ?? values[0];
}
