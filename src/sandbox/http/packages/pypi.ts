import { Hono } from 'hono';
import { html } from 'hono/html';
import type { Policy } from '../../world/vocabulary.ts';
import type { Call, Routes, SandboxEnv, Stand } from '../env.ts';
import { ApiError, invalidParameter } from '../answers/errors.ts';
import { admit } from '../job-token/admit.ts';
import { presentedJobToken } from '../job-token/present.ts';
import { projectOf } from '../lookup.ts';
import { attachment, uploadedForm } from './downloads.ts';
import { full } from './generic.ts';
import { pythonName } from './store.ts';

const ADMIN: readonly Policy[] = ['ADMIN_PACKAGES'];
const DEMAND = { access: 'pypi', ways: ['basic', 'request'] } as const;

/** The project-level Python index. What it does not have is not looked for at pypi.org: forwarding is off. */
export function pypiRoutes(stand: Stand): Routes {
  const routes = new Hono<SandboxEnv>();
  const index = '/projects/:id/packages/pypi/simple';
  routes.get(`${index}/:name/`, (call) => listFiles(stand, call));
  routes.get(`${index}/:name`, (call) => listFiles(stand, call));
  for (const path of [index, `${index}/`]) {
    routes.get(path, (call) => {
      challengeStrangers(stand, call);
      const { project } = admit(stand, call, DEMAND);
      const names = [...new Set(stand.packages.list(project.id, 'pypi').map(({ name }) => pythonName(name)))];
      const base = `${stand.world.externalUrl()}/api/v4/projects/${String(project.id)}/packages/pypi/simple`;
      const links = names.map((name) => html`<a href="${base}/${name}">${name}</a><br />`);
      return call.html(
        html`<!doctype html>
          <html>
            <head>
              <title>Links for ${project.path}</title>
            </head>
            <body>
              ${links}
            </body>
          </html>`,
      );
    });
  }
  routes.get('/projects/:id/packages/pypi/files/:sha256/:file', (call) => {
    challengeStrangers(stand, call);
    const { project } = admit(stand, call, DEMAND);
    const { sha256, file: name } = call.req.param();
    const files = stand.packages.list(project.id, 'pypi').flatMap(({ files }) => files);
    const found = files.find((file) => file.sha256 === sha256 && file.name === name);
    if (found === undefined) throw new ApiError(404, { message: '404 Not found' });
    return attachment(call, { bytes: found.bytes, name: found.name, type: 'application/octet-stream' });
  });
  for (const path of ['/projects/:id/packages/pypi', '/projects/:id/packages/pypi/'])
    routes.post(path, (call) => upload(stand, call));
  return routes;
}

function listFiles(stand: Stand, call: Call): Response | Promise<Response> {
  challengeStrangers(stand, call);
  const { project } = admit(stand, call, DEMAND);
  const name = call.req.param('name') ?? '';
  const packages = stand.packages.list(project.id, 'pypi', name);
  if (packages.length === 0) throw new ApiError(404, { message: '404 Package Not Found' });
  const base = `${stand.world.externalUrl()}/api/v4/projects/${String(project.id)}/packages/pypi/files`;
  const links = packages
    .flatMap(({ files }) => files)
    .map(
      ({ sha256, name: file, requiresPython }) =>
        html`<a href="${base}/${sha256}/${file}#sha256=${sha256}" data-requires-python="${requiresPython ?? ''}"
            >${file}</a
          ><br />`,
    );
  return call.html(
    html`<!doctype html>
      <html>
        <head>
          <title>Links for ${name}</title>
        </head>
        <body>
          <h1>Links for ${name}</h1>
          ${links}
        </body>
      </html>`,
  );
}

/** Without a name and password Python's tools are asked for them, unless everybody may see the project. */
function challengeStrangers(stand: Stand, call: Call): void {
  if (call.req.header('authorization') !== undefined || call.get('viewer') !== null) return;
  if (presentedJobToken(stand, call, DEMAND.ways) !== null) return;
  try {
    projectOf(stand, call);
  } catch {
    call.header('WWW-Authenticate', 'Basic realm="GitLab Packages Registry"');
    throw new ApiError(401, { message: '401 Unauthorized' });
  }
}

async function upload(stand: Stand, call: Call): Promise<Response> {
  const { project } = admit(stand, call, { ...DEMAND, writes: true, policies: ADMIN });
  const form = await uploadedForm(call);
  const text = (name: string): string | null => {
    const value = form[name];
    return typeof value === 'string' && value !== '' ? value : null;
  };
  const [name, version, content] = [text('name'), text('version'), form['content']];
  if (name === null) throw invalidParameter('name is missing');
  if (version === null) throw invalidParameter('version is missing');
  if (!(content instanceof File)) throw invalidParameter('content is missing');
  const added = stand.packages.add({
    projectId: project.id,
    type: 'pypi',
    name,
    version,
    fileName: content.name,
    bytes: new Uint8Array(await content.arrayBuffer()),
    at: stand.world.now(),
    requiresPython: text('requires_python'),
  });
  if (added === null) throw full();
  return call.json({ message: '201 Created' }, 201);
}
