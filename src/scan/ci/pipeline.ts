import type { JobVariant, PipelineFacts } from './variants.ts';
import { Variants } from './variants.ts';
import { expandConfig } from './config.ts';
import type { Handover } from './handover.ts';
import { MAX_HANDOVERS, Sources, combined } from './handover.ts';
import type { ArtifactText } from './include.ts';
import type { Dict } from './tree.ts';
import { child, itemsOf, textOf } from './tree.ts';
import type { Variables } from './variables.ts';
import { matrixLayers, readVariables } from './variables.ts';

/** Runs a variant of a job and gives what it leaves to later ones, in each way that it may end. */
export type RunVariant = (variant: JobVariant) => readonly Handover[];

const NO_JOBS = new Set([
  'default',
  'include',
  'stages',
  'types',
  'variables',
  'workflow',
  'image',
  'services',
  'before_script',
  'after_script',
  'cache',
]);
const DEFAULTS = [
  'image',
  'services',
  'before_script',
  'after_script',
  'artifacts',
  'cache',
  'hooks',
  'id_tokens',
  'interruptible',
  'retry',
  'tags',
  'timeout',
];
const MAX_CHILDREN = 3;
/** The longest chain of jobs that is followed, each of which receives from the one before. */
const MAX_CHAIN = 200;

/**
 * Calls `run` for every variant of every job that some kind of pipeline can hold, child pipelines included; jobs that leave
 * files or variables before those that receive them.
 */
export function walkPipeline(config: Dict, facts: PipelineFacts, run: RunVariant): void {
  new Pipeline(expanded(config, facts), facts, new Map(), 0).walk(run);
}

function expanded(config: Dict, { findings }: PipelineFacts): Dict {
  const result = expandConfig(config);
  if (!result.complete)
    findings.unresolved('unknown', '!reference', 'there are too many references to follow all of them', config.at);
  return result.config;
}

class Pipeline {
  readonly #config: Dict;
  readonly #facts: PipelineFacts;
  readonly #forwarded: Variables;
  readonly #level: number;
  readonly #globals: Variables;

  constructor(config: Dict, facts: PipelineFacts, forwarded: Variables, level: number) {
    this.#config = config;
    this.#facts = facts;
    this.#forwarded = forwarded;
    this.#level = level;
    this.#globals = readVariables(child(config, 'variables'));
  }

  walk(run: RunVariant): void {
    const jobs = new Map<string, Dict>();
    for (const [name, tree] of this.#config.entries)
      if (tree.kind === 'dict' && !name.startsWith('.') && !NO_JOBS.has(name)) jobs.set(name, this.#withDefaults(tree));
    const variants = new Variants(this.#config, this.#facts, this.#forwarded, this.#level);
    const sources = new Sources(this.#config, jobs);
    const left = new Map<string, readonly Handover[]>();
    const visit = (name: string, depth: number): void => {
      const job = jobs.get(name);
      if (!job || left.has(name) || depth > MAX_CHAIN) return;
      left.set(name, []);
      const named = itemsOf(child(job, 'trigger', 'include')).map((item) => textOf(child(item, 'job')));
      for (const source of [...sources.of(job, undefined), ...named]) visit(source, depth + 1);
      const received = combined(sources.of(job, undefined).map((source) => left.get(source) ?? []));
      const all: Handover[] = [];
      for (const variant of variants.of(name, job, received)) {
        if (child(job, 'trigger')) this.#trigger(variant, left, run);
        all.push(...run(variant));
      }
      left.set(name, all.slice(0, MAX_HANDOVERS));
    };
    for (const name of jobs.keys()) visit(name, 0);
  }

  #withDefaults(job: Dict): Dict {
    const entries = new Map(job.entries);
    const inherit = child(job, 'inherit', 'default');
    const listed = inherit?.kind === 'sequence' ? new Set(inherit.items.map(textOf)) : null;
    for (const key of DEFAULTS) {
      if (entries.has(key) || textOf(inherit) === 'false' || (listed && !listed.has(key))) continue;
      const value = child(this.#config, 'default', key) ?? child(this.#config, key);
      if (value) entries.set(key, value);
    }
    return { ...job, entries };
  }

  /** `trigger: include` starts a child pipeline whose jobs hold the caller's token as well. */
  #trigger(variant: JobVariant, left: ReadonlyMap<string, readonly Handover[]>, run: RunVariant): void {
    const include = child(variant.job, 'trigger', 'include');
    if (!include) return;
    const { findings } = this.#facts;
    if (this.#level >= MAX_CHILDREN) {
      findings.unresolved('child-pipeline', variant.name, 'child pipelines are nested too deeply', include.at);
      return;
    }
    const artifact: ArtifactText = (job, path) =>
      (left.get(job) ?? []).map(({ files }) => files.get(path)).find((lines) => lines !== undefined);
    const generated = itemsOf(include).some((item) => child(item, 'artifact') !== undefined);
    const config = this.#facts.loader(artifact).loadIncludes(include, include.at);
    const forwards = textOf(child(variant.job, 'trigger', 'forward', 'yaml_variables')) !== 'false';
    const names = new Set([
      ...this.#globals.keys(),
      ...readVariables(child(variant.job, 'variables')).keys(),
      ...matrixNames(variant.job),
    ]);
    const forwarded = new Map(this.#forwarded);
    for (const [name, { value, at }] of variant.variables) {
      if (forwards && names.has(name)) forwarded.set(name, { value, expand: false, at });
    }
    new Pipeline(expanded(config, this.#facts), this.#facts, forwarded, this.#level + 1).walk((inner) =>
      run(variant.doubtful || generated ? { ...inner, doubtful: true } : inner),
    );
  }
}

function matrixNames(job: Dict): readonly string[] {
  return matrixLayers(child(job, 'parallel')).layers.flatMap((layer) => [...layer.keys()]);
}
