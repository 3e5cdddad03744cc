import { createHash } from 'node:crypto';
import { Hono } from 'hono';
import type { Project } from '../../world/world.ts';
import { authenticated } from '../authenticate.ts';
import type { Call, Routes, SandboxEnv, Stand } from '../env.ts';
import { ApiError, forbidden, invalidParameter, notFound } from '../answers/errors.ts';
import { admit } from '../job-token/admit.ts';
import { presentedJobToken } from '../job-token/present.ts';
import { levelOn, projectOf } from '../lookup.ts';
import { attachment } from '../packages/downloads.ts';
import { counted, keysetLink, offsetPage, pageRequest } from '../answers/pages.ts';
import { optionalBoolean, optionalText, queryParams, type Params } from '../params.ts';

interface TreeNode {
  readonly id: string;
  readonly name: string;
  readonly type: 'tree' | 'blob';
  readonly path: string;
  readonly mode: '040000' | '100644';
}

/** Repository tree and files of the default branch; the world has no other. */
export function repositoryRoutes(stand: Stand): Routes {
  const routes = new Hono<SandboxEnv>();
  routes.get('/projects/:id/repository/tree', (call) => {
    const params = queryParams(call);
    const project = repositoryOf(stand, call, optionalText(params, 'ref'));
    return call.json(treePage(call, params, project));
  });
  routes.get('/projects/:id/repository/branches', (call) => {
    const project = openRepository(stand, call, null);
    const names = isEmpty(project) ? [] : [project.defaultBranch];
    return call.json(
      offsetPage(call, queryParams(call), counted(names)).map((name) => ({ name, default: true, merged: false })),
    );
  });
  routes.get('/projects/:id/repository/:archive{archive(?:\\.(?:zip|tar\\.gz|tar))?}', async (call) => {
    const project = openRepository(stand, call, optionalText(queryParams(call), 'sha'));
    const format = call.req.param('archive').slice('archive.'.length);
    return sendArchive(stand, call, project, format === 'zip' || format === 'tar' ? format : 'tar.gz');
  });
  routes.get('/projects/:id/repository/files/:file_path/raw', (call) => {
    const params = queryParams(call);
    const { text } = fileOf(stand, call, params);
    call.header('Content-Type', 'text/plain; charset=utf-8');
    return call.body(text);
  });
  routes.get('/projects/:id/repository/files/:file_path', (call) => {
    const params = queryParams(call);
    if (optionalText(params, 'ref') === null) throw invalidParameter('ref is missing');
    const { project, path, text } = fileOf(stand, call, params);
    return call.json({
      file_name: path.split('/').at(-1),
      file_path: path,
      size: Buffer.byteLength(text),
      encoding: 'base64',
      content: Buffer.from(text).toString('base64'),
      content_sha256: createHash('sha256').update(text).digest('hex'),
      ref: project.defaultBranch,
      blob_id: blobId(text),
      commit_id: blobId(project.fullPath),
      last_commit_id: blobId(project.fullPath),
      execute_filemode: false,
    });
  });
  return routes;
}

/** As {@link repositoryOf}, on the routes that are open to job tokens as well. */
function openRepository(stand: Stand, call: Call, ref: string | null): Project {
  if (presentedJobToken(stand, call, ['request']) === null) return repositoryOf(stand, call, ref);
  const { project } = admit(stand, call, { access: 'api', ways: ['request'] });
  return withRef(project, ref);
}

async function sendArchive(
  stand: Stand,
  call: Call,
  project: Project,
  format: 'zip' | 'tar.gz' | 'tar',
): Promise<Response> {
  const head = await stand.repositories.headOf(project);
  const stem = `${project.path}-${project.defaultBranch}-${head ?? ''}`;
  const bytes = await stand.repositories.archive(project, format, `${stem}/`);
  if (bytes === null) throw notFound('File');
  const type = format === 'zip' ? 'application/zip' : 'application/octet-stream';
  return attachment(call, { bytes: new Uint8Array(bytes), name: `${stem}.${format}`, type });
}

/** The project if the viewer may read its code and the ref exists. */
function repositoryOf(stand: Stand, call: Call, ref: string | null): Project {
  const project = projectOf(stand, call);
  const viewer = call.get('viewer');
  if (viewer === null) authenticated(call);
  const level = levelOn(stand.world, viewer, project);
  const feature = project.features.repository ?? 'enabled';
  const readable =
    feature !== 'disabled' && (level >= 20 || (feature === 'enabled' && project.visibility !== 'private'));
  if (!readable) throw forbidden();
  return withRef(project, ref);
}

function withRef(project: Project, ref: string | null): Project {
  const known = [project.defaultBranch, 'HEAD', `refs/heads/${project.defaultBranch}`];
  if (ref !== null && !known.includes(ref)) throw notFound('Tree');
  return project;
}

function fileOf(stand: Stand, call: Call, params: Params): { project: Project; path: string; text: string } {
  const project = openRepository(stand, call, optionalText(params, 'ref'));
  const path = call.req.param('file_path') ?? '';
  const text = Object.hasOwn(project.files, path) ? project.files[path] : undefined;
  if (text === undefined) throw notFound('File');
  return { project, path, text };
}

function isEmpty(project: Project): boolean {
  return Object.keys(project.files).length === 0;
}

/** GitLab answers 404 for a folder that is not there, and for any path in an empty repository. */
function treePage(call: Call, params: Params, project: Project): readonly TreeNode[] {
  const folder = (optionalText(params, 'path') ?? '').replace(/^\/+|\/+$/g, '');
  const nodes = treeOf(project, folder, optionalBoolean(params, 'recursive') === true);
  if (nodes.length === 0) throw notFound(isEmpty(project) || folder === '' ? 'Tree' : 'invalid revision or path');
  if (optionalText(params, 'pagination') !== 'keyset') return offsetPage(call, params, counted(nodes));
  const token = optionalText(params, 'page_token');
  const start = token === null ? 0 : nodes.findIndex(({ id }) => id === token) + 1;
  if (token !== null && start === 0) throw new ApiError(404, { message: '404 Invalid page token Not Found' });
  const { perPage } = pageRequest(params);
  const page = nodes.slice(start, start + perPage);
  const last = page.at(-1);
  keysetLink(call, start + perPage < nodes.length && last !== undefined ? { page_token: last.id } : null);
  return page;
}

/** Folders first, each kind by path. */
function treeOf(project: Project, folder: string, recursive: boolean): readonly TreeNode[] {
  const prefix = folder === '' ? '' : `${folder}/`;
  const trees = new Set<string>();
  const blobs: string[] = [];
  for (const path of Object.keys(project.files)) {
    if (!path.startsWith(prefix)) continue;
    const segments = path.slice(prefix.length).split('/');
    const depth = recursive ? segments.length - 1 : Math.min(1, segments.length - 1);
    for (let count = 1; count <= depth; count += 1) trees.add(prefix + segments.slice(0, count).join('/'));
    if (recursive || segments.length === 1) blobs.push(path);
  }
  return [
    ...[...trees].sort().map((path) => node(path, 'tree', path)),
    ...blobs.sort().map((path) => node(path, 'blob', project.files[path] ?? '')),
  ];
}

function node(path: string, type: TreeNode['type'], content: string): TreeNode {
  const id = type === 'blob' ? blobId(content) : createHash('sha1').update(`tree ${content}`).digest('hex');
  return { id, name: path.split('/').at(-1) ?? path, type, path, mode: type === 'tree' ? '040000' : '100644' };
}

/** Git's own blob id. */
function blobId(text: string): string {
  return createHash('sha1')
    .update(`blob ${Buffer.byteLength(text)}\0${text}`)
    .digest('hex');
}
