import { Checkout } from '../checkout.ts';
import { LIKELY, withoutLikely } from '../marks.ts';
import { Findings } from '../reach/findings.ts';
import type { Binding } from '../shell/state.ts';
import { fileExists } from './exists.ts';
import type { Handover } from './handover.ts';
import { NOTHING_HANDED } from './handover.ts';
import type { ArtifactText } from './include.ts';
import { ConfigLoader } from './include.ts';
import type { Outcome, PipelineKind, RuleFacts } from './scenario.ts';
import { PIPELINE_KINDS, childKinds, onlyExcept, outcomes, rulesOf } from './scenario.ts';
import type { Dict, Tree } from './tree.ts';
import { child, textOf } from './tree.ts';
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

const MAX_VARIANTS = 200;

/** The variants of the jobs of one pipeline: each distinct set of variables that a job may run with. */
export class Variants {
  readonly #config: Dict;
  readonly #facts: PipelineFacts;
  readonly #forwarded: Variables;
  readonly #level: number;
  readonly #globals: Variables;

  /**
   * @param forwarded variables that the parent pipeline hands over
   * @param level 0 for a pipeline that nothing but GitLab started, above for child pipelines
   */
  constructor(config: Dict, facts: PipelineFacts, forwarded: Variables, level: number) {
    this.#config = config;
    this.#facts = facts;
    this.#forwarded = forwarded;
    this.#level = level;
    this.#globals = readVariables(child(config, 'variables'));
  }

  #inherited(job: Dict): Variables {
    const inherit = child(job, 'inherit', 'variables');
    if (textOf(inherit) === 'false') return new Map();
    if (inherit?.kind !== 'sequence') return this.#globals;
    const names = new Set(inherit.items.map(textOf));
    return new Map([...this.#globals].filter(([name]) => names.has(name)));
  }

  /**
   * The variants of one job; one that starts by itself stands for its like that only a variable set by hand starts.
   *
   * @param received what earlier jobs leave, in each way that they may end
   */
  of(name: string, job: Dict, received: readonly Handover[]): readonly JobVariant[] {
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
