import type { Stand } from '../http/env.ts';
import type { JobRun, PipelineRun } from '../world/world.ts';

/** Scripts that one move of the clock may start: each takes real time, while somebody waits. */
export const MOST_PER_MOVE = 1_000;

/** Runs the job's script, if it has one and scripts are allowed; resolves when it has ended. Null: there is none to run. */
export async function runScript(
  stand: Stand,
  projectPath: string,
  name: string,
  source: PipelineRun['source'] = 'api',
): Promise<JobRun | null> {
  const { world, scripts, liveJobs, repositories } = stand;
  if (scripts === null || !world.hasScript(projectPath, name)) return null;
  const begun = world.beginRun(projectPath, name, source);
  if (!begun.ok) return null;
  const { run } = begun;
  const token = liveJobs.begin(run);
  try {
    const place = {
      home: await repositories.home(),
      url: world.externalUrl(),
      head: await repositories.headOf(run.project),
    };
    return world.endRun(run.id, await scripts.run(run, token, place));
  } catch (error) {
    const trace = `ERROR: Job failed (system failure): ${error instanceof Error ? error.message : String(error)}\n`;
    return world.endRun(run.id, { failureReason: 'runner_system_failure', trace });
  } finally {
    liveJobs.end(run.id);
  }
}

/**
 * Moves the clock on, and runs the scripts that are due on the way, each at its own moment and one after the other.
 *
 * @returns false, and nothing has happened, where more than {@link MOST_PER_MOVE} scripts would run
 */
export async function advanceWithScripts(stand: Stand, byMs: number): Promise<boolean> {
  const { world } = stand;
  const until = world.now() + byMs;
  const due = stand.scripts === null ? [] : world.scriptsDue(until, MOST_PER_MOVE + 1);
  if (due.length > MOST_PER_MOVE) return false;
  for (const { project, name, at, source } of due) {
    world.advance(at - world.now());
    await runScript(stand, project.fullPath, name, source);
  }
  world.advance(until - world.now());
  return true;
}
