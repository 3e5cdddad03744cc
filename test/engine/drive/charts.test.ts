import { readdirSync, readFileSync } from 'node:fs';
import { initialTransition } from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import { describe, expect, it } from 'vitest';
import { rolloutMachine, type RolloutEvent } from '../../../src/domain/rollout/rollout.machine.ts';
import { waveMachine, type WaveEvent } from '../../../src/domain/rollout/wave.machine.ts';
import { restoreRollout, restoreWave, toCheckpoint } from '../../../src/engine/drive/checkpoint.ts';
import { CHECKPOINT_VERSION } from '../../../src/engine/drive/checkpoint-version.ts';
import { savedRollout, savedWave } from '../../../src/engine/drive/saved-state.ts';
import { decideRollout, decideWave, rolloutState, startRollout, waveState } from '../../../src/engine/drive/decide.ts';
import type { Checkpoint } from '../../../src/engine/ports.ts';

const PLAYBOOK = { waitForDecisions: true, observeMs: 100, inventoryEveryMs: 50, guardEveryMs: 500 };

const computed = (change: object): RolloutEvent => ({
  ...{ type: 'PLAN_COMPUTED', at: 200, hash: 'abc', waves: 1, unsigned: 0, held: 0, needsApproval: false },
  ...change,
});

const ROLLOUT_EVENTS: readonly RolloutEvent[] = [
  { type: 'INVENTORY_READ', at: 10 },
  { type: 'INVENTORY_READ', at: 300 },
  { type: 'RULES_APPLIED', undecided: 0, decisionsRevision: 1 },
  { type: 'RULES_APPLIED', undecided: 2, decisionsRevision: 1 },
  computed({}),
  computed({ waves: 0 }),
  computed({ waves: 0, held: 1 }),
  computed({ unsigned: 1 }),
  computed({ needsApproval: true }),
  { type: 'WAVE_STARTED', waveId: 1 },
  { type: 'WAVE_PASSED' },
  { type: 'WAVE_ROLLED_BACK' },
  { type: 'WAVE_STALE' },
  { type: 'WOKEN', stale: true },
  { type: 'PLAN_APPROVED' },
  { type: 'WIDENING_SIGNED' },
  { type: 'PAUSE' },
  { type: 'RESUME' },
  { type: 'ROLLBACK', waveId: 1 },
  { type: 'ABORT', reopen: false },
  { type: 'ABORT', reopen: true },
  { type: 'ROLLBACK_ALL' },
  { type: 'ALL_ROLLED_BACK', complete: true },
  { type: 'ALL_ROLLED_BACK', complete: false },
];

const WAVE_EVENTS: readonly WaveEvent[] = [
  { type: 'WAVE_APPROVED' },
  { type: 'FROZEN', until: 5 },
  { type: 'APPLIED', at: 10 },
  { type: 'APPLY_FAILED' },
  { type: 'PLAN_STALE' },
  { type: 'SWEPT', at: 20, verdict: 'passed' },
  { type: 'SWEPT', at: 20, verdict: 'failed' },
  { type: 'SWEPT', at: 20, verdict: 'inconclusive' },
  { type: 'SWEPT', at: 20, verdict: 'pending' },
  { type: 'ROLLED_BACK', complete: true },
  { type: 'ROLLED_BACK', complete: false },
  { type: 'ROLLBACK' },
  { type: 'RESUME', at: 30 },
];

describe('a playbook edited while observing', () => {
  it.each([
    { observeMs: 20, ended: true },
    { observeMs: 200, ended: false },
  ])('makes the window end $observeMs ms after it began', ({ observeMs, ended }) => {
    const observing = decideRollout(startRollout(PLAYBOOK).checkpoint, { type: 'INVENTORY_READ', at: 10 }).checkpoint;
    const edited = decideRollout(observing, { type: 'PLAYBOOK', playbook: { ...PLAYBOOK, observeMs } }).checkpoint;
    expect(rolloutState(edited).context.observeUntil).toBe(10 + observeMs);
    const { phase } = rolloutState(decideRollout(edited, { type: 'INVENTORY_READ', at: 60 }).checkpoint);
    expect(phase).toBe(ended ? 'deciding' : 'observing');
  });
});

const WAVE_INPUT = { needsApproval: true, rollbackOnFailure: true, soakMs: 100, sweepEveryMs: 50, extensionsLeft: 1 };

/** What a database does to a checkpoint. */
const stored = (checkpoint: Checkpoint): Checkpoint => JSON.parse(JSON.stringify(checkpoint)) as Checkpoint;

/** `idMap` is how XState finds a node by its id; its types leave it out. */
interface Nodes {
  readonly idMap: ReadonlyMap<string, { readonly id: string; readonly type: string }>;
}

const leaves = (machine: unknown): readonly string[] =>
  [...(machine as Nodes).idMap.values()].filter(({ type }) => type === 'atomic').map(({ id }) => id);

describe('the rollout chart', () => {
  const start = startRollout(PLAYBOOK);
  const paths = getShortestPaths(rolloutMachine, {
    events: ROLLOUT_EVENTS,
    fromState: restoreRollout(start.checkpoint),
    // Moments and counters make states that differ in nothing a person would tell apart.
    serializeState: ({ value }) => JSON.stringify(value),
  });

  it('reaches every state', () => {
    const reached = new Set(paths.flatMap(({ state }) => state._nodes.map(({ id }) => id)));
    expect(leaves(rolloutMachine).filter((id) => !reached.has(id))).toEqual([]);
  });

  it.each(paths.map(({ state, steps }) => [JSON.stringify(state.value), steps] as const))(
    'comes back as it was saved on the whole way to %s, and goes on from there',
    (name, steps) => {
      let checkpoint = start.checkpoint;
      for (const { event } of steps.slice(1)) {
        const loaded = stored(checkpoint);
        expect(toCheckpoint(restoreRollout(loaded))).toEqual(checkpoint);
        const next = decideRollout(loaded, event);
        expect(next).toEqual(decideRollout(checkpoint, event));
        checkpoint = next.checkpoint;
      }
      expect(JSON.stringify(checkpoint.value)).toBe(name);
    },
  );

  it('lifts a pause without sending a stopped rollout on its way', () => {
    const path = paths.find(({ state }) => state.matches({ phase: 'stopped', operator: 'paused' }));
    const resumed = decideRollout(toCheckpoint(path!.state), { type: 'RESUME' });
    expect(rolloutState(resumed.checkpoint)).toMatchObject({ phase: 'stopped', paused: false });
  });

  it('gives up when GitLab has moved before each of four waves', () => {
    let { checkpoint } = decideRollout(start.checkpoint, { type: 'INVENTORY_READ', at: 300 });
    const send = (event: RolloutEvent): void => {
      ({ checkpoint } = decideRollout(checkpoint, event));
    };
    for (let round = 1; round <= 4; round += 1) {
      if (round === 1) send({ type: 'INVENTORY_READ', at: 900 });
      send({ type: 'RULES_APPLIED', undecided: 0, decisionsRevision: 1 });
      send(computed({}));
      send({ type: 'WAVE_STARTED', waveId: round });
      send({ type: 'WAVE_STALE' });
      expect(rolloutState(checkpoint).phase).toBe(round < 4 ? 'refreshing' : 'stopped');
      send({ type: 'INVENTORY_READ', at: 1_000 });
    }
  });

  it('leaves no task behind that it asks for twice', () => {
    const [initial] = initialTransition(rolloutMachine, { playbook: PLAYBOOK });
    expect(toCheckpoint(initial)).toEqual(start.checkpoint);
    expect(start.tasks).toEqual([{ kind: 'readInventory' }]);
  });
});

describe('the wave chart', () => {
  const starts = [WAVE_INPUT, { ...WAVE_INPUT, needsApproval: false, rollbackOnFailure: false, extensionsLeft: 0 }];
  const walks = starts.map((input) => {
    const [from] = initialTransition(waveMachine, input);
    const paths = getShortestPaths(waveMachine, {
      events: WAVE_EVENTS,
      fromState: from,
      serializeState: ({ value }) => JSON.stringify(value),
    });
    return { from: toCheckpoint(from), paths };
  });

  it('reaches every state but the one it only passes through', () => {
    const reached = new Set(
      walks.flatMap(({ paths }) => paths.flatMap(({ state }) => state._nodes.map(({ id }) => id))),
    );
    expect(leaves(waveMachine).filter((id) => !reached.has(id))).toEqual(['wave.created']);
  });

  const cases = walks.flatMap(({ from, paths }, index) =>
    paths.map(({ state, steps }) => [state.value, index, from, steps] as const),
  );
  it.each(cases)('comes back as it was saved on the whole way to %s (start %i)', (value, _, from, steps) => {
    let checkpoint = from;
    for (const { event } of steps.slice(1)) {
      const loaded = stored(checkpoint);
      expect(toCheckpoint(restoreWave(loaded))).toEqual(checkpoint);
      const next = decideWave(loaded, event);
      expect(next).toEqual(decideWave(checkpoint, event));
      checkpoint = next.checkpoint;
    }
    expect(checkpoint.value).toBe(value);
  });

  it('soaks again as often as it may, then waits for a person', () => {
    let { checkpoint } = decideWave(walks[1]!.from, { type: 'APPLIED', at: 10 });
    checkpoint = { ...checkpoint, context: { ...(checkpoint.context as object), extensionsLeft: 2 } };
    for (const phase of ['soaking', 'soaking', 'inconclusive']) {
      ({ checkpoint } = decideWave(checkpoint, { type: 'SWEPT', at: 200, verdict: 'inconclusive' }));
      expect(waveState(checkpoint).phase).toBe(phase);
    }
  });
});

describe('checkpoints', () => {
  const fixtures = (version: number): readonly (readonly [string, Checkpoint])[] => {
    const folder = new URL(`../../fixtures/checkpoints/v${version}/`, import.meta.url);
    return readdirSync(folder).map((name) => [
      name,
      JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Checkpoint,
    ]);
  };
  const restore = (name: string, checkpoint: Checkpoint) =>
    name.startsWith('rollout') ? restoreRollout(checkpoint) : restoreWave(checkpoint);

  const everyFixture = Array.from({ length: CHECKPOINT_VERSION }, (_, index) => index + 1).flatMap((version) =>
    fixtures(version).map(([name, checkpoint]) => [version, name, checkpoint] as const),
  );

  // Fails when `UPGRADES` in checkpoint-version.ts loses the step from 1 to 2.
  it.each(everyFixture)('of version %i are read: %s', (_, name, checkpoint) => {
    expect(toCheckpoint(restore(name, checkpoint))).toEqual({ ...checkpoint, version: CHECKPOINT_VERSION });
  });

  it.each(fixtures(CHECKPOINT_VERSION))('tell those who only look what their chart would: %s', (name, checkpoint) => {
    if (name.startsWith('rollout')) {
      const { phase, paused, context } = rolloutState(checkpoint);
      const { observeUntil, planHash, waveId, undecided, unsigned, staleInRow } = context;
      const told = { observeUntil, planHash, waveId, undecided, unsigned, staleInRow };
      expect(savedRollout(checkpoint)).toEqual({ phase, paused, ...told });
    } else {
      const { phase, context } = waveState(checkpoint);
      expect(savedWave(checkpoint)).toEqual({ phase, verdict: context.verdict, soakUntil: context.soakUntil });
    }
  });

  it.each([
    ['a state that no chart has', { value: 'dreaming', context: {} }],
    ['a state that every object has', { value: 'toString', context: {} }],
    ['no context', { value: 'soaking', context: null }],
  ])('with %s are not looked at', (_, values) => {
    const saved = { version: CHECKPOINT_VERSION, ...values };
    expect(() => savedWave(saved)).toThrow(/cannot be used/);
    expect(() => savedRollout({ ...saved, value: { phase: values.value } })).toThrow(/cannot be used/);
  });

  it('are kept for every state there is', () => {
    const states = fixtures(CHECKPOINT_VERSION).map(([name, { value }]) =>
      name.startsWith('rollout') ? (value as { phase: string }).phase : value,
    );
    const named = [...leaves(rolloutMachine), ...leaves(waveMachine)]
      .filter((id) => !id.startsWith('rollout.operator') && id !== 'wave.created')
      .map((id) => id.split('.').at(-1));
    expect(named.filter((state) => !states.includes(state))).toEqual([]);
  });

  it('of a newer version are refused with the hint to upgrade', () => {
    const newer = { ...startRollout(PLAYBOOK).checkpoint, version: CHECKPOINT_VERSION + 1 };
    expect(() => restoreRollout(newer)).toThrow(expect.objectContaining({ code: 'STORE_NEWER' }));
  });

  it.each([
    ['an unknown state', { value: { phase: 'dancing', operator: 'running' } }],
    ['a context with a key too many', { context: { ...(startRollout(PLAYBOOK).checkpoint.context as object), x: 1 } }],
    ['a version without an upgrade', { version: 0 }],
  ])('with %s are refused, never guessed', (_, change) => {
    const broken = { ...startRollout(PLAYBOOK).checkpoint, ...change };
    expect(() => restoreRollout(broken)).toThrow(expect.objectContaining({ code: 'STORE_CORRUPT' }));
  });
});
