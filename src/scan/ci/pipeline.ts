import type { Findings } from '../reach/findings.ts';
import { LIKELY, withoutLikely } from '../marks.ts';
import type { Binding } from '../shell/state.ts';
import type { Checkout } from '../checkout.ts';
import { fileExists } from './exists.ts';
import { expandConfig } from './config.ts';
import type { Handover } from './handover.ts';
import { MAX_HANDOVERS, NOTHING_HANDED, Sources, combined } from './handover.ts';
import type { ArtifactText, ConfigLoader } from './include.ts';
import type { Outcome, PipelineKind, RuleFacts } from './scenario.ts';
import { PIPELINE_KINDS, childKinds, onlyExcept, outcomes, rulesOf } from './scenario.ts';
import type { Dict, Tree } from './tree.ts';
import { child, itemsOf, textOf } from './tree.ts';
import type { Variables } from './variables.ts';
import { expandAll, layered, matrixLayers, offeredLayers, readVariables } from './variables.ts';

/** One job with the variables of one of its variants (matrix combination, rule, workflow rule). */
export interface JobVariant {
  readonly name: string;
  /** The job with `default:` filled in. */
  readonly job: Dict;
  readonly needs: Tree | undefined;
  readonly variables: ReadonlyMap<string, Binding>;
  /** It only runs when a variable is replaced by hand. */
  readonly doubtful: boolean;
  /** What earlier jobs left. */
  readonly received: Handover;
}

/** Runs a variant of a job and gives what it leaves to later ones, in each way that it may end. */
export type RunVariant = (variant: JobVariant) => readonly Handover[];

/** What holds for every pipeline of the caller. */
export interface PipelineFacts {
  readonly predefined: Variables;
  /** CI/CD variables of project, groups and instance. */
  readonly settings: Variables;
  readonly checkout: Checkout;
  readonly findings: Findings;
  /** @param artifact texts of files that earlier jobs wrote */
  readonly loader: (artifact?: ArtifactText) => ConfigLoader;
}

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
const MAX_VARIANTS = 200;

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
      for (const variant of this.#variants(name, job, received)) {
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

  #inherited(job: Dict): Variables {
    const inherit = child(job, 'inherit', 'variables');
    if (textOf(inherit) === 'false') return new Map();
    if (inherit?.kind !== 'sequence') return this.#globals;
    const names = new Set(inherit.items.map(textOf));
    return new Map([...this.#globals].filter(([name]) => names.has(name)));
  }

  #variants(name: string, job: Dict, received: readonly Handover[]): readonly JobVariant[] {
    const globals = this.#inherited(job);
    const own = readVariables(child(job, 'variables'));
    const { layers, complete } = matrixLayers(child(job, 'parallel'));
    const offers = offeredLayers(globals);
    const { findings, predefined, settings } = this.#facts;
    if (!complete) findings.unresolved('unknown', name, 'the matrix has too many combinations to follow', job.at);
    const variants = new Map<string, JobVariant>();
    const ways = this.#ways(job, layered(globals, own));
    const absent = sometimes([
      ...layers,
      ...ways.flatMap(({ workflow, outcome }) => [workflow, readVariables(outcome.variables)]),
    ]);
    for (const way of ways) {
      for (const [offered, matrix, handed] of combinations(offers, layers, received)) {
        if (variants.size > MAX_VARIANTS) break;
        const declared = layered(
          absent,
          predefined,
          globals,
          offered,
          way.workflow,
          own,
          matrix,
          readVariables(way.outcome.variables),
          bound(handed),
          settings,
          this.#forwarded,
        );
        const named = new Map(declared).set('CI_JOB_NAME', { value: name, expand: false, at: null });
        const variables = expandAll(named);
        const needs = way.outcome.needs ?? child(job, 'needs');
        const key = JSON.stringify([
          [...variables].map(([variable, { value }]) => [variable, value]),
          needs === way.outcome.needs,
          received.indexOf(handed),
        ]);
        const known = variants.get(key);
        if (known === undefined || (known.doubtful && way.plain))
          variants.set(key, { name, job, needs, variables, doubtful: !way.plain, received: handed });
      }
    }
    if (variants.size > MAX_VARIANTS)
      findings.unresolved(
        'unknown',
        name,
        `more than ${MAX_VARIANTS} variants of the job: the rest is not followed`,
        job.at,
      );
    return [...variants.values()].slice(0, MAX_VARIANTS);
  }

  /** Every distinct way a job gets into a pipeline: its own rule together with the workflow's rule. */
  #ways(job: Dict, defaults: Variables): readonly { workflow: Variables; outcome: Outcome; plain: boolean }[] {
    const plainOutcome: Outcome = { variables: undefined, needs: undefined, plain: true };
    const workflowRules = rulesOf(child(this.#config, 'workflow', 'rules'));
    const jobRules = rulesOf(child(job, 'rules'));
    const ways = new Map<string, { workflow: Variables; outcome: Outcome; plain: boolean }>();
    const ids = new Map<Tree | undefined, number>();
    const idOf = (tree: Tree | undefined): number => ids.get(tree) ?? (ids.set(tree, ids.size), ids.size - 1);
    for (const kind of this.#level === 0 ? PIPELINE_KINDS : childKinds()) {
      const flows =
        workflowRules.length === 0
          ? [plainOutcome]
          : outcomes(workflowRules, kind, this.#ruleFacts(this.#globals, new Map(), workflowRules));
      for (const flow of flows) {
        const workflow = readVariables(flow.variables);
        for (const outcome of this.#jobOutcomes(job, jobRules, kind, defaults, workflow)) {
          const plain = flow.plain && outcome.plain;
          const key = `${idOf(flow.variables)} ${idOf(outcome.variables)} ${idOf(outcome.needs)}`;
          const known = ways.get(key);
          if (known === undefined || (!known.plain && plain)) ways.set(key, { workflow, outcome, plain });
        }
      }
    }
    return [...ways.values()];
  }

  #jobOutcomes(
    job: Dict,
    rules: readonly Tree[],
    kind: PipelineKind,
    defaults: Variables,
    workflow: Variables,
  ): readonly Outcome[] {
    if (rules.length > 0) return outcomes(rules, kind, this.#ruleFacts(defaults, workflow, rules));
    if (textOf(child(job, 'when')) === 'never') return [];
    // In a child pipeline `only` and `except` see the parent's ref, so the same check holds.
    const workflowRules = child(this.#config, 'workflow', 'rules') !== undefined;
    const outcome = onlyExcept(job, kind, workflowRules, this.#ruleFacts(defaults, workflow, [job]));
    return outcome === null ? [] : [outcome];
  }

  #ruleFacts(defaults: Variables, workflow: Variables, rules: readonly Tree[]): RuleFacts {
    const texts = (variables: Variables): [string, string][] =>
      [...variables].map(([name, { value }]) => [name, withoutLikely(value)]);
    const open = new Set(['CI_DEFAULT_BRANCH', 'CI_COMMIT_BRANCH', 'CI_COMMIT_TAG', 'CI_PIPELINE_SOURCE']);
    const predefined = texts(this.#facts.predefined).filter(([name]) => !open.has(name));
    return {
      fixed: new Map([...predefined, ...texts(this.#facts.settings), ...texts(this.#forwarded)]),
      defaults: new Map([...texts(defaults), ...texts(workflow)].filter(([, value]) => !/[$]/u.test(value))),
      exists: (pattern) => fileExists(pattern, this.#facts.checkout),
      cut: () => {
        const at = rules[0]?.at ?? this.#config.at;
        this.#facts.findings.unresolved('unknown', 'rules', 'more combinations of variables than are tried', at);
      },
    };
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

/** Names that only some ways of a job set: in the others they are empty, unless something else sets them. */
function sometimes(layers: readonly Variables[]): Variables {
  const names = new Set(layers.flatMap((layer) => [...layer.keys()]));
  return new Map([...names].map((name) => [name, { value: LIKELY, expand: false, at: null }]));
}

function combinations(
  offers: readonly Variables[],
  layers: readonly Variables[],
  received: readonly Handover[],
): readonly (readonly [Variables, Variables, Handover])[] {
  const handed = received.length > 0 ? received : [NOTHING_HANDED];
  return offers.flatMap((offer) => layers.flatMap((layer) => handed.map((one) => [offer, layer, one] as const)));
}

/** Variables of dotenv reports win over those of the configuration. */
const bound = ({ variables }: Handover): Variables =>
  new Map(Array.from(variables, ([name, { value, at }]) => [name, { value, expand: false, at }]));

function matrixNames(job: Dict): readonly string[] {
  return matrixLayers(child(job, 'parallel')).layers.flatMap((layer) => [...layer.keys()]);
}
