import type { JobVariant, PipelineFacts } from './ci/variants.ts';
import type { Handover } from './ci/handover.ts';
import type { ArtifactText } from './ci/include.ts';
import { ConfigLoader } from './ci/include.ts';
import { Checkout, plainText } from './checkout.ts';
import { ConfigFiles } from './ci/config-files.ts';
import { fileExists } from './ci/exists.ts';
import { walkPipeline } from './ci/pipeline.ts';
import { PIPELINE_KINDS, outcomes } from './ci/scenario.ts';
import type { Tree } from './ci/tree.ts';
import type { Variables } from './ci/variables.ts';
import { expandText } from './ci/variables.ts';
import { Findings } from './reach/findings.ts';
import { Instance } from './reach/instance.ts';
import { runJob } from './job.ts';
import { secret, unknown } from './marks.ts';
import { predefinedVariables } from './predefined.ts';
import { Interpreter } from './shell/interpret.ts';
import { isProgram } from './code/language.ts';
import type { Programs } from './shell/call.ts';
import { FILTERS } from './text/index.ts';
import { TOOLS } from './tools/index.ts';
import { runProgram } from './tools/program/program.ts';
import type { ScanContext, ScanInput, ScanResult } from './types.ts';
import { Workspace } from './shell/workspace.ts';

const PROGRAMS: Programs = { tools: TOOLS, filters: FILTERS, isProgram, run: runProgram };

export type { Texts, Unreadable, Wanted } from './checkout.ts';
export type { ScanContext, ScanEdge, ScanInput, ScanResult } from './types.ts';

/**
 * Lists which other projects the jobs of a checkout reach with their job token.
 *
 * Configuration is resolved as GitLab resolves it and scripts are followed by a shell interpreter that runs nothing. What
 * cannot be named is listed as unresolved with its place; nothing is dropped silently.
 *
 * Files may be given step by step: start with `files` empty and `others` holding every path of the repository, read what
 * the result `wanted`, add it, and scan again until nothing new is wanted (usually three to six rounds). What could not
 * be read goes into `unread` with the reason, or is left out and wanted again: stop when a round asks for nothing new.
 * Without `others` any path may exist, so that more is wanted than there is, and patterns match given files only.
 *
 * @throws TypeError when `gitlabUrl` is no URL; never for anything the files contain
 */
export function scan(input: ScanInput): ScanResult {
  const context = contextOf(input);
  const findings = new Findings(new Instance(input.gitlabUrl, input.caller, context));
  for (const [path, why] of input.unread ?? []) findings.unresolved('unknown', path, why, { file: path, line: 1 });
  const checkout = new Checkout(input.files, input.others ?? null, new Set(input.unread?.keys()));
  try {
    scanPipelines(checkout, context, findings);
  } catch (error) {
    // A defect, or a stack that a hostile file exhausted: what was found so far stands, the rest is declared unseen.
    const why =
      error instanceof RangeError
        ? 'the files are nested too deeply to follow'
        : 'the scan could not follow these files';
    findings.unresolved('unknown', '.gitlab-ci.yml', why, { file: '.gitlab-ci.yml', line: 1 });
  }
  for (const [path, why] of checkout.unreadable) findings.unresolved('unknown', path, why, { file: path, line: 1 });
  return { ...findings.result(), wanted: checkout.wanted };
}

function scanPipelines(checkout: Checkout, context: ScanContext, findings: Findings): void {
  const predefined = declared(predefinedVariables(findings.instance));
  const settings = declared(
    new Map(Object.entries(context.variables).map(([name, value]) => [name, settingOf(name, value)])),
  );
  const expand = (text: string): string =>
    expandText(text, (name) => settings.get(name)?.value ?? predefined.get(name)?.value ?? unknown(name));
  const plain = (variables: Variables): [string, string][] =>
    [...variables].map(([name, { value }]): [string, string] => [name, value]);
  const rules = {
    fixed: new Map([...plain(predefined), ...plain(settings)]),
    defaults: new Map<string, string>(),
    exists: (pattern: string) => fileExists(pattern, checkout),
    cut: () => undefined,
  };
  const admits = (list: readonly Tree[]): boolean =>
    PIPELINE_KINDS.some((kind) => outcomes(list, kind, rules).length > 0);
  const files = new ConfigFiles(checkout, context.included, findings.instance);
  const loader = (artifact?: ArtifactText): ConfigLoader =>
    new ConfigLoader({ files, findings, expand, admits, artifact });
  const entry = context.variables['CI_CONFIG_PATH'] ?? '.gitlab-ci.yml';
  const workspace = new Workspace(checkout, findings.instance.caller);
  const shell = new Interpreter(findings, workspace, PROGRAMS);
  const facts: PipelineFacts = { predefined, settings, checkout, findings, loader };
  for (const inputs of loader().choices(entry)) {
    const config = loader().load(entry, inputs);
    if (config) walkPipeline(config, facts, (variant) => runVariant(variant, shell));
  }
}

function runVariant(variant: JobVariant, shell: Interpreter): readonly Handover[] {
  try {
    return runJob(variant, shell);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const why = 'the job is nested too deeply to follow';
    shell.findings.unresolved('unknown', variant.name, why, variant.job.at);
    return [];
  }
}

const settingOf = (name: string, value: string): string => (/^\[masked\]$/iu.test(value) ? secret(name) : value);

function declared(values: ReadonlyMap<string, string>): Variables {
  return new Map([...values].map(([name, value]) => [name, { value, expand: true, at: null }]));
}

function contextOf(input: ScanInput): ScanContext {
  const { projectIds = {}, groups = {}, variables = {}, included = {} } = input.context ?? {};
  const clean = (record: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(record).map(([key, value]) => [key, plainText(value)]));
  return { projectIds, groups, variables: clean(variables), included: clean(included) };
}
