import { Hono } from 'hono';
import type { Project } from '../../world/world.ts';
import type { Call, Routes, SandboxEnv, Stand } from '../env.ts';
import { mayUse } from '../job-token/admit.ts';
import { accessDeniedText } from '../job-token/git-routes.ts';
import { isNobody, speakerOf, userOf, type Speaker } from '../job-token/speaker.ts';
import type { RegistryAccess } from './tokens.ts';

const FEATURE = 'container_registry' as const;
const LEVELS: Readonly<Record<string, number>> = { pull: 20, push: 30, delete: 30, '*': 30 };

/**
 * `GET /jwt/auth`: where the registry sends its clients for a token. Logging in is never refused for an allowlist: whoever may
 * not pull gets a token that opens nothing, and the registry then refuses (`ContainerRegistryAuthenticationService`).
 */
export function registryTokenRoutes(stand: Stand): Routes {
  const routes = new Hono<SandboxEnv>();
  routes.get('/auth', (call) => {
    if (call.req.query('service') !== 'container_registry') return call.body(null, 404);
    const asker = speakerOf(stand, call);
    if (asker === null) return failed(call, 401, 'UNAUTHORIZED', accessDeniedText(stand.world.externalUrl()));
    const scopes = (call.req.queries('scope') ?? []).flatMap((text) => text.split(' ')).filter((text) => text !== '');
    const nobody = isNobody(asker);
    const unscoped = asker.viewer !== null && !asker.viewer.token.scopes.includes('api');
    if (unscoped || (nobody && scopes.length === 0)) return failed(call, 403, 'DENIED', 'access forbidden');
    const access = scopes.flatMap((scope) => accessOf(stand, call, asker, scope) ?? []);
    const subject = userOf(asker)?.username ?? '';
    return call.json({ token: stand.registryTokens.sign(subject, access, stand.world.now()) });
  });
  return routes;
}

function failed(call: Call, status: 401 | 403, code: string, message: string): Response {
  return call.json({ errors: [{ code, message }] }, status);
}

/** One `repository:PATH:ACTION,ACTION`, as far as it is granted. */
function accessOf(stand: Stand, call: Call, asker: Speaker, scope: string): RegistryAccess | null {
  const [, name, wanted] = /^repository:([^:]+(?::\d+\/[^:]+)?):([\w*,]+)$/.exec(scope) ?? [];
  const project = name === undefined ? null : projectOfImage(stand, name);
  if (name === undefined || wanted === undefined || project === null) return null;
  const actions = wanted.split(',').filter((action) => may(stand, call, asker, project, action));
  return actions.length === 0 ? null : { type: 'repository', name, actions };
}

/** Images lie at a project's path or one to several names below it. */
export function projectOfImage({ world }: Stand, name: string): Project | null {
  const parts = name.split('/');
  for (let length = parts.length; length >= 2; length -= 1) {
    const found = world.findProject(parts.slice(0, length).join('/'));
    if (found !== null) return found.project;
  }
  return null;
}

function may(stand: Stand, call: Call, { run, viewer }: Speaker, project: Project, action: string): boolean {
  const needed = LEVELS[action];
  if (needed === undefined || project.features[FEATURE] === 'disabled') return false;
  if (run === null) return mayUse(stand, viewer, project, { feature: FEATURE, needed, writes: action !== 'pull' });
  // A job pushes to its own project and to no other, whatever any list says.
  if (run.project.id === project.id) return true;
  if (action !== 'pull') return false;
  const { user } = run;
  const attempt = { caller: run.project.id, user: user.id, callee: project.id, access: FEATURE_ACCESS };
  // The token is where the scope is looked at: an answer with a token is what GitLab's log counts.
  call.set('attempt', attempt);
  return stand.world.judge(attempt).allowed;
}

const FEATURE_ACCESS = 'container-registry' as const;
