import type { PlannedCallee, PlannedEntry, PlannedWave } from '../../domain/plan/plan.ts';
import { isRefused } from '../../domain/plan/planner.ts';
import { differences } from '../../domain/plan/reconcile.ts';
import type { Engine } from '../context.ts';
import { keepAgain } from '../inventory/inventory.ts';
import { createFitter, widenedNow } from '../planning/fit.ts';
import { knowledgeOfCallee, type Knowledge } from '../planning/knowledge.ts';
import { newcomers, withdrawn } from './decided.ts';

/** The plan is bound: before the first write of a wave everything it rests on is compared with what is there now. */
export async function whatMoved(engine: Engine, planned: PlannedWave): Promise<readonly string[]> {
  const moved: string[] = [];
  const entriesNow = await entriesAsOfNow(engine, planned);
  for (let start = 0; start < planned.callees.length; start += 50) {
    const chunk = planned.callees.slice(start, start + 50);
    const readings = await engine.forge.projectsById(chunk.map(({ id }) => id));
    // The log is read along: a caller seen since the plan was made is news as well.
    await keepAgain(engine, readings);
    const live = new Map(readings.map(({ project }) => [project.id, project]));
    for (const callee of chunk) {
      const now = live.get(callee.id);
      const words = now?.allowlist
        ? differences(callee.before, now.allowlist, { entries: [], setting: false })
        : [now?.unread ?? 'it is gone, or hidden from the token'];
      const at = engine.clock.now();
      const knowledge = await knowledgeOfCallee(engine.store, callee.id, at);
      const decided = [...withdrawn(callee, entriesNow(callee, knowledge), knowledge, at), ...newcomers(knowledge)];
      moved.push(...[...words, ...decided].map((word) => `${callee.path}: ${word}`));
    }
  }
  return moved;
}

type EntriesNow = (callee: PlannedCallee, knowledge: Pick<Knowledge, 'edges'>) => readonly PlannedEntry[];

/** The entries of a callee with what their groups admit now; projects are only looked through where there are groups. */
async function entriesAsOfNow({ store, forge, playbook }: Engine, { callees }: PlannedWave): Promise<EntriesNow> {
  const ofGroups = ({ add }: PlannedCallee): boolean => add.some(({ kind }) => kind === 'group');
  if (!callees.some(ofGroups)) return ({ add }) => add;
  const projects = new Map((await store.projects()).map((project) => [project.id, project]));
  const fitter = createFitter(playbook.limits, projects);
  // An inventory may be days old: GitLab counts once more what each of these groups admits, a request for each.
  const groups = callees.flatMap(({ add }) => add.filter(({ kind }) => kind === 'group').map(({ path }) => path));
  const sizes = new Map<string, number | null>();
  for (const path of new Set(groups)) sizes.set(path.toLowerCase(), await forge.groupSize(path));
  return (planned, { edges }) => {
    const callee = projects.get(planned.id);
    if (!callee || !ofGroups(planned)) return planned.add;
    const approved = edges.filter(({ state }) => state === 'approved');
    return widenedNow(
      { callee, live: planned.before, approved, refused: edges.filter(isRefused) },
      planned.add,
      fitter,
      sizes,
    );
  };
}
