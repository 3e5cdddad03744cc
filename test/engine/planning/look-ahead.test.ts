import { afterEach, describe, expect, it } from 'vitest';
import { planText } from '../../../src/cli/commands/plan/render.ts';
import type { Plan } from '../../../src/domain/plan/plan.ts';
import { readInventory } from '../../../src/engine/inventory/inventory.ts';
import { applyRules } from '../../../src/engine/planning/apply-rules.ts';
import { lookAhead, type LookAhead } from '../../../src/engine/planning/look-ahead.ts';
import { planAtHand } from '../../../src/engine/planning/plan-reader.ts';
import { computePlan } from '../../../src/engine/planning/planning.ts';
import { TestRollout } from '../rollout.ts';

let rollout: TestRollout;
afterEach(() => rollout.close());

async function planned(everything: boolean): Promise<{ plan: Plan; ahead: LookAhead; text: string }> {
  const engine = await rollout.engine();
  await applyRules(engine);
  const { plan } = await computePlan(engine, null);
  const reader = planAtHand(plan);
  const ahead = await lookAhead(rollout.store, rollout.playbook, reader, rollout.clock.now());
  const pieces: string[] = [];
  const view = { plan: reader, digests: ahead.digests, ahead, everything, paint: (_: unknown, text: string) => text };
  for await (const piece of planText(view)) pieces.push(piece);
  return { plan, ahead, text: pieces.join('') };
}

describe('what a plan shows of its evidence', () => {
  it('says once what holds for all, and counts the callees that more was missed of', async () => {
    rollout = await TestRollout.create();
    await readInventory(await rollout.engine());
    const before = await planned(false);
    expect(before.ahead.unseen.overall).toContain('the files of no caller were looked at (evidence.surveys)');
    expect(before.text).toContain('the files of no caller were looked at');
    expect(before.text).not.toContain('the files of callers were not looked at');

    const web = rollout.world.at('acme/apps/web').id;
    await rollout.store.putSurvey({ project: web, kind: 'scan', at: rollout.clock.now(), mark: null, problem: null });
    const { ahead, text } = await planned(false);
    expect(ahead.unseen.overall).not.toContain('the files of no caller were looked at (evidence.surveys)');
    expect(ahead.unseen.counts.map(({ kind }) => kind)).not.toContain('log-young');
    // Only core has another caller beside web.
    expect(ahead.unseen.counts).toContainEqual({ kind: 'files-unread', callees: 1 });
    expect(text).toContain('1: the files of callers were not looked at');
    expect(text).not.toContain('not seen: the files of 1 caller');
  });

  it('names what was missed with each callee where everything is asked for', async () => {
    rollout = await TestRollout.create();
    await readInventory(await rollout.engine());
    const web = rollout.world.at('acme/apps/web').id;
    const look = { kind: 'scan', at: rollout.clock.now(), mark: null } as const;
    await rollout.store.putSurvey({ ...look, project: web, problem: 'more files than are read' });
    const { plan, ahead, text } = await planned(true);
    const tools = plan.waves.flatMap(({ callees }) => callees).filter(({ path }) => path === 'acme/libs/tools');
    const details = await ahead.detailsOf(tools);
    expect(details.get(tools[0]!.id)?.unseen).toContain('the files of 1 caller could not be read to the end');
    expect(text).toContain('not seen: the files of 1 caller could not be read to the end');
  });
});
