import type { MiddlewareHandler } from 'hono';
import { ACCESS_RULES } from '../../world/access/kinds.ts';
import type { AccessKind, Feature, Policy } from '../../world/vocabulary.ts';
import type { Attempt, LiveRun, Project, User } from '../../world/world.ts';
import type { Call, SandboxEnv, Stand, Viewer } from '../env.ts';
import { ApiError, forbidden, notFound, unauthorized } from '../answers/errors.ts';
import { canRead, levelOn, projectOf } from '../lookup.ts';
import { basicCredentials, presentedJobToken, type Way } from './present.ts';

/** What a route that is open to job tokens asks of whoever calls it. */
export interface Demand {
  readonly access: AccessKind;
  readonly ways: readonly Way[];
  /** Default: those of the access kind. */
  readonly policies?: readonly Policy[];
  readonly writes?: boolean;
}

/** Who was let in, and to which project. */
export interface Admitted {
  readonly project: Project;
  readonly user: User | null;
  /** The job whose token opened the door; null for a person. */
  readonly run: LiveRun | null;
}

/** Counts what job tokens did once the answer is known: GitLab's log has rows for 2xx answers alone. */
export function countAttempts(stand: Stand): MiddlewareHandler<SandboxEnv> {
  return async (call, next) => {
    await next();
    const attempt = call.get('attempt');
    if (attempt != null) stand.world.attempt(attempt, call.res.ok);
  };
}

/**
 * Lets a job's token, a person's token or nobody in, as GitLab does on a route with these demands.
 *
 * @throws {ApiError} with GitLab's status and text: 401 for a dead token, else as the world judges
 */
export function admit(stand: Stand, call: Call, demand: Demand): Admitted {
  const presented = presentedJobToken(stand, call, demand.ways);
  if (presented === null) return admitPerson(stand, call, demand);
  if (presented.run === null) throw unauthorized();
  const { run } = presented;
  const project = projectNamed(stand, call);
  if (project === null) throw notFound('Project');
  judgeRun(stand, call, run, project, demand);
  return { project, user: run.user, run };
}

/** Judges one access of a job in progress and notes it for {@link countAttempts}. */
export function judgeRun(
  stand: Stand,
  call: Call,
  run: LiveRun,
  callee: Project,
  { access, policies, writes }: Demand,
): void {
  const attempt: Attempt = {
    caller: run.project.id,
    user: run.user.id,
    callee: callee.id,
    access,
    ...(policies === undefined ? {} : { policies }),
    ...(writes === undefined ? {} : { writes }),
  };
  // Own projects are no edges: GitLab neither checks nor logs them.
  if (run.project.id !== callee.id) call.set('attempt', attempt);
  const verdict = stand.world.judge(attempt);
  if (!verdict.allowed) throw new ApiError(verdict.status, { message: verdict.text });
}

function projectNamed({ world }: Stand, call: Call): Project | null {
  const id = call.req.param('id') ?? '';
  return /^\d{1,15}$/.test(id) ? world.projectById(Number(id)) : (world.findProject(id)?.project ?? null);
}

function admitPerson(stand: Stand, call: Call, { access, ways, writes }: Demand): Admitted {
  const viewer = call.get('viewer') ?? (ways.includes('basic') ? basicViewer(stand, call) : null);
  call.set('viewer', viewer);
  if (viewer === null && writes === true) throw unauthorized();
  const project = projectOf(stand, call);
  const { feature, level } = ACCESS_RULES[access];
  const needed = writes === true ? Math.max(level, 30) : level;
  if (!mayUse(stand, viewer, project, { feature, needed, writes: writes === true })) throw forbidden();
  return { project, user: viewer?.user ?? null, run: null };
}

/** A person's token as password of HTTP Basic, under any user name. */
export function basicViewer({ tokens, world }: Stand, call: Call): Viewer | null {
  const basic = basicCredentials(call);
  if (basic === null) return null;
  const token = tokens.find(basic.password);
  const user = token === null ? null : world.userById(token.userId);
  if (token === null || user === null || tokens.isExpired(token, world.now())) throw unauthorized();
  return { user, token };
}

interface Use {
  readonly feature: Feature | null;
  readonly needed: number;
  readonly writes: boolean;
}

/** A person's right to a feature of a project: by role, or because it is open to all who see the project. */
export function mayUse(
  { world }: Stand,
  viewer: Viewer | null,
  project: Project,
  { feature, needed, writes }: Use,
): boolean {
  const featureLevel = feature === null ? 'enabled' : (project.features[feature] ?? 'enabled');
  if (featureLevel === 'disabled') return false;
  if (levelOn(world, viewer, project) >= needed) return true;
  return !writes && featureLevel === 'enabled' && project.visibility !== 'private' && canRead(world, viewer, project);
}
