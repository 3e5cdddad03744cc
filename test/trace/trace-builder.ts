import { diagnose, type Diagnosis, type TraceContext } from '../../src/trace/index.ts';

/** What a job ran, and what came out. */
export interface Ran {
  readonly run: string;
  readonly prints?: readonly string[];
}

export interface TraceOptions {
  readonly sources?: readonly string[];
  readonly prepare?: readonly string[];
  readonly after?: readonly Ran[];
  readonly end?: string;
  readonly eol?: string;
}

const section = (kind: 'start' | 'end', name: string): string => `section_${kind}:1764000000:${name}\r\u001b[0K`;
const echo = ({ run, prints = [] }: Ran): string[] => [`\u001b[32;1m$ ${run}\u001b[0;m`, ...prints];

/** A trace as the runner writes it: colours, section markers glued together, the error at the end. */
export function trace(script: readonly Ran[], options: TraceOptions = {}): string {
  const { sources = [], prepare = [], after = [], end = 'ERROR: Job failed: exit code 1', eol = '\n' } = options;
  const began = script.length > 0;
  return [
    '\u001b[0KRunning with gitlab-runner 18.2.0 (1f2e3d4c)\u001b[0;m',
    `${section('start', 'prepare_executor')}\u001b[36;1mPreparing the "docker" executor\u001b[0;m`,
    ...prepare,
    ...(began || sources.length > 0
      ? [
          `${section('end', 'prepare_executor')}${section('start', 'get_sources')}Getting source from Git repository`,
          ...sources,
        ]
      : []),
    ...(began
      ? [
          `${section('end', 'get_sources')}${section('start', 'step_script')}Executing "step_script" stage of the job script`,
        ]
      : []),
    ...script.flatMap(echo),
    ...(after.length > 0
      ? [
          `${section('end', 'step_script')}${section('start', 'after_script')}Running after_script`,
          ...after.flatMap(echo),
        ]
      : []),
    `${section('start', 'cleanup_file_variables')}Cleaning up project directory and file based variables`,
    `${section('end', 'cleanup_file_variables')}\u001b[31;1m${end}`,
    '\u001b[0;m',
    '',
  ].join(eol);
}

export const HOST = 'git.corp.test';
export const REGISTRY = 'images.corp.test';
export const PROJECT_IDS: Readonly<Record<number, string>> = { 7: 'tools/sdk', 8: 'shop/cart', 9: 'infra/charts' };

export const CONTEXT: TraceContext = {
  callerPath: 'shop/cart',
  gitlabUrl: `https://${HOST}`,
  registryHost: REGISTRY,
  projectIds: (id) => PROJECT_IDS[id] ?? null,
};

export function read(text: string, context: Partial<TraceContext> = {}): Promise<Diagnosis> {
  return diagnose([Buffer.from(text, 'utf8')], { ...CONTEXT, ...context });
}
