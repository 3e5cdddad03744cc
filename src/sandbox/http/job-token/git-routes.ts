import { Hono } from 'hono';
import { httpBackend } from '../../git/http-backend.ts';
import type { Project } from '../../world/world.ts';
import type { Call, Routes, SandboxEnv, Stand, Viewer } from '../env.ts';
import { ApiError, textOf } from '../answers/errors.ts';
import { canRead, levelOn } from '../lookup.ts';
import { judgeRun, mayUse } from './admit.ts';
import { isNobody, speakerOf, userOf, type Speaker } from './speaker.ts';

const HIDDEN = "The project you were looking for could not be found or you don't have permission to view it.";
const READ = { feature: 'repository', needed: 20, writes: false } as const;

type Service = 'git-upload-pack' | 'git-receive-pack';

/** Clone, fetch and push over smart HTTP, answered by git itself once GitLab's rule has let the call in. */
export function gitRoutes(stand: Stand): Routes {
  const routes = new Hono<SandboxEnv>();
  routes.get('/:path{.+}/info/refs', (call) => {
    const service = call.req.query('service');
    const path = call.req.param('path');
    // The "dumb" protocol is not served by GitLab either.
    if (service !== 'git-upload-pack' && service !== 'git-receive-pack') return call.text('Forbidden', 403);
    if (!path.endsWith('.git')) return call.redirect(`/${path}.git/info/refs?service=${service}`, 301);
    return answer(stand, call, service, '/info/refs');
  });
  for (const service of ['git-upload-pack', 'git-receive-pack'] as const) {
    routes.post(`/:path{.+\\.git}/${service}`, (call) => answer(stand, call, service, `/${service}`));
  }
  routes.post('/:path{.+\\.git}/info/lfs/objects/batch', (call) => lfsBatch(stand, call));
  return routes;
}

async function answer(stand: Stand, call: Call, service: Service, suffix: string): Promise<Response> {
  const writes = service === 'git-receive-pack';
  const speaker = speakerOf(stand, call);
  if (speaker === null || (writes && isNobody(speaker))) return accessDenied(stand, call);
  const project = stand.world.findProject(pathOf(call))?.project ?? null;
  // Nobody learns which projects exist: git asks again with a name and a password.
  if (isNobody(speaker) && (project === null || !mayUse(stand, null, project, READ))) return accessDenied(stand, call);
  if (project === null) return call.text(HIDDEN, 404);
  const refused = refusal(stand, call, speaker, project, writes);
  // One visit has two requests; the first one counts.
  if (suffix !== '/info/refs') call.set('attempt', null);
  if (refused !== null) return call.text(refused.text, refused.status);
  const directory = await stand.repositories.directoryOf(project);
  const response = await httpBackend({
    directory,
    service: suffix,
    method: call.req.method,
    query: new URL(call.req.url).search.slice(1),
    headers: call.req.raw.headers,
    body: call.req.raw.body,
    user: userOf(speaker)?.username ?? null,
    home: await stand.repositories.home(),
  });
  if (!writes || suffix === '/info/refs') return response;
  // The push is over when git's answer is: only then are there new files.
  const body = await response.arrayBuffer();
  await stand.repositories.takeOver(project);
  return new Response(body, { status: response.status, headers: response.headers });
}

function pathOf(call: Call): string {
  return (call.req.param('path') ?? '').replace(/\.git$/, '');
}

interface Refused {
  readonly status: 400 | 403 | 404;
  readonly text: string;
}

function refusal(stand: Stand, call: Call, speaker: Speaker, project: Project, writes: boolean): Refused | null {
  if (speaker.run === null) return personRefusal(stand, speaker.viewer, project, writes);
  try {
    judgeRun(stand, call, speaker.run, project, { access: writes ? 'git-push' : 'git', ways: ['basic'] });
    return null;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { status: error.status as Refused['status'], text: textOf(error.body) };
  }
}

function personRefusal(stand: Stand, viewer: Viewer | null, project: Project, writes: boolean): Refused | null {
  if (!canRead(stand.world, viewer, project)) return { status: 404, text: HIDDEN };
  if (!mayUse(stand, viewer, project, READ))
    return { status: 403, text: 'You are not allowed to download code from this project.' };
  if (writes && levelOn(stand.world, viewer, project) < 30)
    return { status: 403, text: 'You are not allowed to push code to this project.' };
  return null;
}

/** What GitLab says to a name and a password that open nothing. */
export function accessDeniedText(externalUrl: string): string {
  return [
    'HTTP Basic: Access denied. If a password was provided for Git authentication, the password was incorrect or',
    "you're required to use a token instead of a password. If a token was provided, it was either incorrect, expired,",
    `or improperly scoped. See ${externalUrl}/help/topics/git/troubleshooting_git.md#error-on-git-fetch-http-basic-access-denied`,
  ].join(' ');
}

function accessDenied({ world }: Stand, call: Call): Response {
  call.header('WWW-Authenticate', 'Basic realm="GitLab"');
  return call.text(accessDeniedText(world.externalUrl()), 401);
}

/** Nothing is stored in LFS here: who is let in learns that per object, everybody else GitLab's `Not found.` */
async function lfsBatch(stand: Stand, call: Call): Promise<Response> {
  const type = { 'Content-Type': 'application/vnd.git-lfs+json' };
  const speaker = speakerOf(stand, call);
  if (speaker === null) return accessDenied(stand, call);
  const project = stand.world.findProject(pathOf(call))?.project ?? null;
  const documentation = `${stand.world.externalUrl()}/help/administration/lfs/_index.md`;
  if (project === null || lfsRefused(stand, call, speaker, project))
    return call.body(JSON.stringify({ message: 'Not found.', documentation_url: documentation }), 404, type);
  const body = (await call.req.json().catch(() => null)) as { objects?: unknown } | null;
  const objects = Array.isArray(body?.objects) ? (body.objects as readonly { oid?: unknown; size?: unknown }[]) : [];
  const error = {
    code: 404,
    message: "Object does not exist on the server or you don't have permissions to access it",
  };
  return call.body(JSON.stringify({ objects: objects.map(({ oid, size }) => ({ oid, size, error })) }), 200, type);
}

function lfsRefused(stand: Stand, call: Call, { run, viewer }: Speaker, project: Project): boolean {
  if (run === null) return personRefusal(stand, viewer, project, false) !== null;
  try {
    judgeRun(stand, call, run, project, { access: 'lfs', ways: ['basic'] });
    return false;
  } catch (error) {
    if (error instanceof ApiError) return true;
    throw error;
  }
}
