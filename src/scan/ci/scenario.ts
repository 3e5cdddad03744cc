import type { Lookup, RuleValue, Truth } from './expression.ts';
import { ANY, evaluate, vocabulary } from './expression.ts';
import type { Tree } from './tree.ts';
import { child, itemsOf, textOf } from './tree.ts';

/** One kind of pipeline: what started it and on what it runs. */
export interface PipelineKind {
  readonly source: string;
  readonly ref: 'branch' | 'tag' | 'merge-request';
}

/** A way in which a rule list lets something run. */
export interface Outcome {
  readonly variables: Tree | undefined;
  readonly needs: Tree | undefined;
  /** False when it needs a variable to differ from the value the files give it. */
  readonly plain: boolean;
}

/** What is known when rules are read: fixed values win, defaults can be replaced when a pipeline is started by hand. */
export interface RuleFacts {
  readonly fixed: ReadonlyMap<string, string>;
  readonly defaults: ReadonlyMap<string, string>;
  readonly exists: (pattern: string) => Truth;
  /** Hears that there were more combinations of variables than are tried. */
  readonly cut: () => void;
}

const BRANCH_SOURCES = [
  'push',
  'schedule',
  'web',
  'api',
  'trigger',
  'pipeline',
  'chat',
  'external',
  'webide',
  'parent_pipeline',
];
const TAG_SOURCES = ['push', 'web', 'api', 'trigger', 'schedule', 'pipeline'];

/** Every kind of pipeline that a project can run, by its `CI_PIPELINE_SOURCE` and what it runs for. */
export const PIPELINE_KINDS: readonly PipelineKind[] = [
  ...BRANCH_SOURCES.map((source) => ({ source, ref: 'branch' as const })),
  ...TAG_SOURCES.map((source) => ({ source, ref: 'tag' as const })),
  { source: 'merge_request_event', ref: 'merge-request' },
  { source: 'external_pull_request_event', ref: 'branch' },
];
const CHILD_KINDS: readonly PipelineKind[] = (['branch', 'tag', 'merge-request'] as const).map((ref) => ({
  source: 'parent_pipeline',
  ref,
}));
/** The kinds of a child pipeline, whose source is always its parent. */
export const childKinds = (): readonly PipelineKind[] => CHILD_KINDS;

const MAX_SCENARIOS = 400;
const MAX_NESTED = 10;

/** The rules of a list; GitLab flattens the lists inside it that `!reference` brings. */
export function rulesOf(tree: Tree | undefined, depth = 0): readonly Tree[] {
  if (depth > MAX_NESTED) return [];
  return itemsOf(tree).flatMap((item) => (item.kind === 'sequence' ? rulesOf(item, depth + 1) : [item]));
}

/** Every outcome other than `never` that some scenario of this kind of pipeline can reach. */
export function outcomes(rules: readonly Tree[], kind: PipelineKind, facts: RuleFacts): readonly Outcome[] {
  const found = new Map<Tree | undefined, Outcome>();
  const conditions = rules.map((rule) => textOf(child(rule, 'if')));
  for (const scenario of scenarios(conditions, kind, facts)) {
    for (const rule of rules) {
      const truth = ruleTruth(rule, scenario.lookup, facts);
      if (truth === 'no') continue;
      const known = found.get(rule);
      if (textOf(child(rule, 'when')) !== 'never' && (known === undefined || (!known.plain && scenario.plain))) {
        found.set(rule, { variables: child(rule, 'variables'), needs: child(rule, 'needs'), plain: scenario.plain });
      }
      if (truth === 'yes') break;
    }
  }
  return [...found.values()];
}

function ruleTruth(rule: Tree, lookup: Lookup, facts: RuleFacts): Truth {
  const condition = child(rule, 'if');
  const truth = condition ? evaluate(textOf(condition), lookup) : 'yes';
  if (truth === 'no') return 'no';
  const exists = itemsOf(child(child(rule, 'exists'), 'paths') ?? child(rule, 'exists'));
  if (exists.length > 0) {
    // Files of another project are not known here.
    if (child(rule, 'exists', 'project')) return 'maybe';
    const answers = exists.map((pattern) => facts.exists(textOf(pattern)));
    if (answers.every((answer) => answer === 'no')) return 'no';
    if (!answers.includes('yes')) return 'maybe';
  }
  return child(rule, 'changes') ? 'maybe' : truth;
}

interface Scenario {
  readonly lookup: Lookup;
  readonly plain: boolean;
}

/** Values worth trying: what the kind of pipeline sets, then each literal, some other text, and unset. */
function scenarios(conditions: readonly string[], kind: PipelineKind, facts: RuleFacts): readonly Scenario[] {
  const names = new Set<string>();
  const literals = new Set<string>();
  const patterns = new Map<string, string[]>();
  for (const condition of conditions) {
    const words = vocabulary(condition);
    for (const name of words.names) names.add(name);
    for (const literal of words.literals) literals.add(literal);
    for (const [name, pattern] of words.patterns) patterns.set(name, [...(patterns.get(name) ?? []), pattern]);
  }
  let found: { values: Map<string, RuleValue>; plain: boolean }[] = [{ values: new Map(), plain: true }];
  for (const name of names) {
    const plain = choicesOf(name, kind, facts, [...literals]);
    const told = plain.flatMap((choice) => withPatterns(choice, patterns.get(name) ?? []));
    const choices = found.length * told.length > MAX_SCENARIOS ? plain : told;
    // With too many combinations the rest of the names stays open: `ANY` is never equal, so try null as well.
    if (found.length * choices.length > MAX_SCENARIOS) facts.cut();
    if (found.length * choices.length > MAX_SCENARIOS)
      choices.splice(1, choices.length - 1, { value: null, plain: true });
    if (found.length * choices.length > MAX_SCENARIOS * 4) choices.splice(1);
    found = found.flatMap(({ values, plain }) =>
      choices.map((choice) => ({ values: new Map(values).set(name, choice.value), plain: plain && choice.plain })),
    );
  }
  return found.map(({ values, plain }) => ({ lookup: (name) => values.get(name) ?? null, plain }));
}

const SET = Symbol('set to something');

const MAX_PATTERNS = 3;

/** An open value once for each way in which it may match the patterns it is held against. */
function withPatterns(choice: Choice, patterns: readonly string[]): readonly Choice[] {
  const distinct = [...new Set(patterns)];
  if (choice.value !== ANY || distinct.length > MAX_PATTERNS) return [choice];
  let ways: readonly ReadonlyMap<string, boolean>[] = [new Map()];
  for (const pattern of distinct)
    ways = ways.flatMap((way) => [true, false].map((hit) => new Map(way).set(pattern, hit)));
  return ways.map((matches) => ({ ...choice, value: { matches } }));
}

interface Choice {
  readonly value: RuleValue;
  readonly plain: boolean;
}

const anyOf = (literals: readonly string[]): readonly RuleValue[] => [ANY, ...literals];

function choicesOf(name: string, kind: PipelineKind, facts: RuleFacts, literals: readonly string[]): Choice[] {
  const set = kindValue(name, kind);
  if (set === SET) return anyOf(literals).map((value) => ({ value, plain: true }));
  if (set !== undefined) return [{ value: set, plain: true }];
  const fixed = facts.fixed.get(name);
  if (fixed !== undefined) return [{ value: fixed, plain: true }];
  const others = anyOf(literals).map((value): Choice => ({ value, plain: !facts.defaults.has(name) }));
  const usual: RuleValue = facts.defaults.get(name) ?? null;
  const choices: Choice[] = [{ value: usual, plain: true }, ...others.filter(({ value }) => value !== usual)];
  return choices;
}

/** What the kind of pipeline says about a variable; `SET`: to one of the literals or something else. */
function kindValue(name: string, kind: PipelineKind): RuleValue | typeof SET | undefined {
  if (name === 'CI_PIPELINE_SOURCE') return kind.source;
  if (name === 'CI_COMMIT_BRANCH') return kind.ref === 'branch' ? SET : null;
  if (name === 'CI_COMMIT_TAG') return kind.ref === 'tag' ? SET : null;
  if (/^CI_MERGE_REQUEST_/u.test(name)) return kind.ref === 'merge-request' ? SET : null;
  if (/^CI_COMMIT_(?:REF_NAME|REF_SLUG|SHA|SHORT_SHA|MESSAGE|TITLE)$/u.test(name)) return SET;
  if (name === 'CI_DEFAULT_BRANCH') return ANY;
  return undefined;
}

/**
 * `only` and `except`: how the job can be part of this kind of pipeline; null when it cannot.
 *
 * Of the keys of `only` all have to hold, of those of `except` one is enough.
 *
 * @param workflowRules `workflow: rules` takes the place of the default, which is branches and tags
 */
export function onlyExcept(job: Tree, kind: PipelineKind, workflowRules: boolean, facts: RuleFacts): Outcome | null {
  const except = child(job, 'except');
  const only = child(job, 'only');
  const conditions = [only, except].flatMap((policy) => itemsOf(child(policy, 'variables')).map(textOf));
  const byDefault = known(kind.ref !== 'merge-request' || (workflowRules && !only && !except));
  let plain: boolean | null = null;
  for (const scenario of scenarios(conditions, kind, facts)) {
    const refs = refsMatch(only, kind, facts) ?? byDefault;
    const admitted = refs !== 'no' && !clauses(only, scenario.lookup).includes('no');
    const excluded = refsMatch(except, kind, facts) === 'yes' || clauses(except, scenario.lookup).includes('yes');
    if (admitted && !excluded) plain = plain === true || scenario.plain;
  }
  return plain === null ? null : { variables: undefined, needs: undefined, plain };
}

const known = (condition: boolean): Truth => (condition ? 'yes' : 'no');

const anyTruth = (truths: readonly Truth[]): Truth =>
  truths.includes('yes') ? 'yes' : truths.includes('maybe') ? 'maybe' : 'no';

/** What the keys of a policy other than its refs say. */
function clauses(policy: Tree | undefined, lookup: Lookup): readonly Truth[] {
  if (policy?.kind !== 'dict') return [];
  return Array.from(policy.entries, ([key, value]): Truth | null => {
    if (key === 'variables') return anyTruth(itemsOf(value).map((text) => evaluate(textOf(text), lookup)));
    return key === 'refs' ? null : 'maybe';
  }).filter((truth) => truth !== null);
}

/** Whether the refs of a policy name the kind of pipeline; null where it has none. */
function refsMatch(policy: Tree | undefined, kind: PipelineKind, { fixed }: RuleFacts): Truth | null {
  const refs = policy?.kind === 'dict' ? child(policy, 'refs') : policy;
  if (refs === undefined) return null;
  return anyTruth(
    itemsOf(refs).map((ref) => {
      const [, word = '', path] = /^(.*?)(?:@([^@]*))?$/su.exec(textOf(ref)) ?? [];
      // `main@group/project` holds in that project alone, and not in its forks.
      const elsewhere = path !== undefined && path.toLowerCase() !== fixed.get('CI_PROJECT_PATH')?.toLowerCase();
      return elsewhere ? 'no' : refMatches(word, kind);
    }),
  );
}

const SOURCE_WORDS: Readonly<Record<string, string>> = {
  pushes: 'push',
  schedules: 'schedule',
  web: 'web',
  api: 'api',
  triggers: 'trigger',
  pipelines: 'pipeline',
  chat: 'chat',
  external: 'external',
  external_pull_requests: 'external_pull_request_event',
  merge_requests: 'merge_request_event',
};

function refMatches(word: string, kind: PipelineKind): Truth {
  if (word === 'branches') return known(kind.ref === 'branch');
  if (word === 'tags') return known(kind.ref === 'tag');
  const source = SOURCE_WORDS[word];
  if (source !== undefined) return known(kind.source === source);
  return kind.ref === 'merge-request' ? 'no' : 'maybe';
}
