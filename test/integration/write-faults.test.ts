import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createForge } from '../../src/adapters/gitlab/index.ts';
import { RolloutError } from '../../src/domain/errors.ts';
import type { PlannedCallee } from '../../src/domain/plan/plan.ts';
import { proveSeeded } from '../../src/domain/plan/reconcile.ts';
import type { AllowlistState } from '../../src/domain/project.ts';
import { settleOpenIntents } from '../../src/engine/apply/open-intents.ts';
import { writeToCallee, type ProvenAction } from '../../src/engine/apply/writes.ts';
import type { Engine } from '../../src/engine/context.ts';
import { startSandbox } from '../../src/sandbox/index.ts';
import { Interposer } from '../crash/interposer.ts';
import { TestRollout } from '../engine/rollout.ts';
import { TRANSPORT } from '../soak/storm.ts';
import type { Call, World } from './support/oracle.ts';
import { StandInHandle } from './support/process.ts';

/*
 * Each fault at the one call that writes, for each kind of write, over GraphQL and over REST alone: it ends as undisturbed, the
 * change was made once, and one intent says so.
 */

/** Without it every seventh cell, and none that waits out a limit for a minute. */
const SOAK = process.env['TIDEGATE_SOAK'] === '1';

const CORE = 'acme/libs/core';
const WEB = 'acme/apps/web';
const web = { kind: 'project', id: 102, path: WEB } as const;
const ANYTHING = { defaultPermissions: true, policies: [] };
const JOBS = { defaultPermissions: false, policies: ['READ_JOBS'] };

interface Write {
  readonly name: string;
  readonly paths: readonly ('GraphQL' | 'REST')[];
  readonly before: { readonly inboundEnabled: boolean; readonly allowlist: readonly object[] };
  readonly action: (live: AllowlistState, decision: number) => ProvenAction;
}

const BOTH = ['GraphQL', 'REST'] as const;
const EMPTY = { inboundEnabled: false, allowlist: [] };
const LISTED = { inboundEnabled: false, allowlist: [{ project: WEB }] };
const nothingPlanned = { id: 100, path: CORE, add: [], relyOn: [] } as unknown as PlannedCallee;

const WRITES: readonly Write[] = [
  {
    ...{ name: 'adding an entry', paths: BOTH, before: EMPTY },
    action: (_, decision) => ({ kind: 'addEntry', entry: { ...web, ...ANYTHING }, decisions: [decision] }),
  },
  {
    ...{ name: 'adding a narrow entry', paths: ['GraphQL'], before: EMPTY },
    action: (_, decision) => ({ kind: 'addEntry', entry: { ...web, ...JOBS }, decisions: [decision] }),
  },
  {
    ...{ name: 'removing an entry', paths: BOTH, before: LISTED },
    action: () => ({ kind: 'removeEntry', entry: { ...web, ...ANYTHING } }),
  },
  {
    ...{ name: 'narrowing an entry', paths: ['GraphQL'], before: LISTED },
    action: () => ({ kind: 'setPermissions', entry: { ...web, ...JOBS } }),
  },
  {
    ...{ name: 'enforcing', paths: BOTH, before: EMPTY },
    action: (live) => {
      const proven = proveSeeded(nothingPlanned, live);
      if ('missing' in proven) throw new Error('nothing can be missing');
      return { kind: 'enforce', proof: proven.proof };
    },
  },
  {
    ...{ name: 'opening again', paths: BOTH, before: { ...LISTED, inboundEnabled: true } },
    action: () => ({ kind: 'reopen' }),
  },
];

const organisation = (core: Write['before']): object => ({
  ...{ version: '18.5.0', enforced: false, start: '2026-03-02T08:00:00Z', groups: ['acme/libs', 'acme/apps'] },
  users: [{ name: 'root', admin: true }],
  projects: [
    { path: CORE, id: 100, policiesEnabled: true, ...core },
    { path: WEB, id: 102 },
  ],
});

/** The calls that write, by what tells them apart on the wire. */
const CALLS: readonly object[] = [
  ...['AddGroupOrProject(', 'UpdatePolicies(', 'RemoveProject(', 'CdSettingsUpdate('].map((graphql) => ({ graphql })),
  ...['POST', 'DELETE'].map((method) => ({ method, route: '/api/v4/projects/*/job_token_scope/**' })),
  { method: 'PATCH', route: '/api/v4/projects/*/job_token_scope' },
];

let rollout: TestRollout;
beforeAll(async () => {
  rollout = await TestRollout.create({ waves: { pilot: { size: 1, projects: [CORE] }, sizes: [1] } });
  await rollout.run(() => rollout.world.at(CORE).stored);
});
afterAll(() => rollout.close());

const TRIES = 6;

interface End {
  readonly callee: unknown;
  readonly changes: number;
  readonly done: number;
}

async function carryOut(write: Write, path: 'GraphQL' | 'REST', fault: object | null): Promise<End> {
  const rules = fault === null ? [] : CALLS.map((call) => ({ ...fault, when: { ...call, call: 1 } }));
  const sandbox = await startSandbox({
    organisation: { kind: 'text', text: JSON.stringify(organisation(write.before)) },
    faults: JSON.stringify(rules),
  });
  const wire = await Interposer.start(sandbox.url);
  wire.refuse = (called) => path === 'REST' && called.startsWith('/api/graphql');
  try {
    const standIn = new StandInHandle(sandbox);
    let { token } = sandbox;
    const { forge, clock } = createForge({
      ...{ url: wire.url, token: () => token, maxRpm: null, concurrency: 1, timeoutMs: 3_000 },
    });
    await rollout.store.saveServer(await forge.capabilities(), await forge.identity());
    const engine: Engine = { ...(await rollout.engine()), forge, clock };
    const before = await doneIntents();
    for (let tries = 0; tries < TRIES; tries += 1) {
      try {
        await settleOpenIntents(engine);
        if ((await doneIntents()) === before) await attempt(engine, write);
        break;
      } catch (error) {
        if (!(error instanceof RolloutError)) throw error;
        if (error.code === 'TOKEN_REFUSED')
          ({ token } = await standIn.control<{ token: string }>('tokens', { user: 'root' }));
      }
    }
    const { projects } = await standIn.control<World>('state');
    const calls = await standIn.control<readonly Call[]>('requests');
    const changes = calls.filter(({ change }) => change !== null).length;
    return { callee: projects[CORE], changes, done: (await doneIntents()) - before };
  } finally {
    await wire.stop();
    await sandbox.close();
  }
}

const doneIntents = async (): Promise<number> =>
  (await rollout.store.intents(1)).filter(({ outcome }) => outcome === 'done').length;

async function attempt(engine: Engine, { action }: Write): Promise<void> {
  const callee = { id: rollout.world.at(CORE).id, path: CORE };
  const [decision] = await rollout.store.edgeDecisions(callee.id);
  const live = await engine.forge.allowlist(callee);
  const { refusals } = await writeToCallee(engine, 1, callee, [action(live, decision?.id ?? 0)], 'order');
  expect(refusals).toEqual([]);
}

const cells = WRITES.flatMap((write) =>
  write.paths.flatMap((path) => TRANSPORT.map((fault) => ({ write, path, fault, name: write.name }))),
).filter(({ fault }, index) => SOAK || (index % 7 === 0 && fault.what !== 'rate_limited'));

describe('a fault at the call that writes', { timeout: 300_000 }, () => {
  it.each(cells.map((cell) => [cell.name, cell.path, JSON.stringify(cell.fault), cell] as const))(
    '%s over %s, %s',
    async (_, _path, _fault, { write, path, fault }) => {
      const undisturbed = await carryOut(write, path, null);
      expect(undisturbed).toMatchObject({ changes: 1, done: 1 });
      expect(await carryOut(write, path, fault)).toEqual(undisturbed);
    },
  );
});
