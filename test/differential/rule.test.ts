import { describe, expect, it } from 'vitest';
import { observedPermissions } from '../../src/domain/decisions/rules.ts';
import { shadow, shadowServer } from '../../src/domain/access/shadow.ts';
import { organisation } from './organisations.ts';
import { Trial } from './trial.ts';
import { pushedTo, trials } from './trials.ts';

/*
 * What the product predicts against what the stand-in then does, over organisations in which everything that GitLab's rule
 * looks at is drawn. The product reads over HTTP with its own adapter; then every callee is enforced and a day passes. Fails
 * when the nearest entry no longer decides, when a closed feature counts as open, or when narrowing asks for too little.
 */

interface Tally {
  edges: number;
  denied: number;
  maybe: number;
  readonly missed: string[];
  readonly invented: string[];
}

async function compare(trial: Trial, version: string, told: boolean, name: string, tally: Tally): Promise<void> {
  const predicted = new Map<string, 'denied' | 'maybe' | 'admitted'>();
  const server = shadowServer({ version, policies: trial.policies });
  for (const callee of trial.projects) {
    const edges = trial.edgesOf(callee, told);
    const { denied } = shadow({ callee, edges, planned: [], isPersonal: trial.isPersonal, server });
    for (const edge of edges) predicted.set(`${edge.callerPath}>${callee.path}`, 'admitted');
    for (const { edge, certain } of denied)
      predicted.set(`${edge.callerPath}>${callee.path}`, certain ? 'denied' : 'maybe');
  }
  const refused = await trial.enforceAll();
  for (const [key, prediction] of predicted) {
    const uses = refused.get(key) ?? [];
    tally.edges += 1;
    if (prediction === 'maybe') tally.maybe += 1;
    if (uses.length > 0) tally.denied += 1;
    if (prediction === 'admitted' && uses.length > 0) tally.missed.push(`${name}: ${key} (${uses.join(', ')})`);
    if (prediction === 'denied' && uses.length === 0) tally.invented.push(`${name}: ${key}`);
  }
}

describe('predicted denials, against those of the stand-in', () => {
  it.each([
    ['where the kinds of access are known', true, 0.2],
    ['where the log alone names the callers', false, 0.5],
  ] as const)('miss none and invent none %s', { timeout: 3_600_000 }, async (_, told, mostMaybes) => {
    const tally: Tally = { edges: 0, denied: 0, maybe: 0, missed: [], invented: [] };
    for (const one of trials) {
      const { version, seed } = one;
      const described = organisation(seed, version, 20);
      const trial = await Trial.begin(described, pushedTo(one, described));
      await compare(trial, version, told, `seed ${seed}, ${version}`, tally).finally(() => trial.close());
    }
    const share = tally.maybe / tally.edges;
    console.info(
      `${told ? 'kinds known' : 'log alone'}: ${trials.length} organisations, ${tally.edges} edges, ${tally.denied} denied, ${tally.maybe} "maybe" (${(share * 100).toFixed(1)} %)`,
    );
    expect({ missed: tally.missed, invented: tally.invented }).toEqual({ missed: [], invented: [] });
    expect(tally.denied).toBeGreaterThan(100);
    expect(share).toBeLessThan(mostMaybes);
  });
});

const ADD = `mutation($project: ID!, $target: ID!, $default: Boolean!, $policies: [CiJobTokenScopePolicies!]!) {
  ciJobTokenScopeAddGroupOrProject(input: {
    projectPath: $project, targetPath: $target, defaultPermissions: $default, jobTokenPolicies: $policies
  }) { errors }
}`;

describe('the permissions that are recommended', () => {
  it('refuse no observed use once they stand', { timeout: 3_600_000 }, async () => {
    let narrow = 0;
    const broken: string[] = [];
    for (const { version, seed } of trials.filter((one) => Number(one.version.split('.')[0]) >= 18)) {
      const trial = await Trial.begin(organisation(seed, version, 20, true));
      try {
        for (const callee of trial.projects) {
          for (const edge of trial.edgesOf(callee, true)) {
            const { defaultPermissions, policies } = observedPermissions(edge, {
              policies: trial.policies,
              followed: new Set(),
            });
            if (!defaultPermissions) narrow += 1;
            const variables = { project: callee.path, target: edge.callerPath, default: defaultPermissions, policies };
            const { data } = await trial.call<{
              data: { ciJobTokenScopeAddGroupOrProject: { errors: readonly string[] } };
            }>('POST', 'api/graphql', { query: ADD, variables });
            expect(data.ciJobTokenScopeAddGroupOrProject.errors).toEqual([]);
          }
        }
        for (const [key, uses] of await trial.enforceAll()) broken.push(`${version}: ${key} (${uses.join(', ')})`);
      } finally {
        await trial.close();
      }
    }
    console.info(`${narrow} entries narrowed`);
    expect(broken).toEqual([]);
    expect(narrow).toBeGreaterThan(50);
  });
});
