import { Hono } from 'hono';
import { counted, offsetPage } from '../answers/pages.ts';
import { queryParams } from '../params.ts';
import type { Routes, SandboxEnv, Stand } from '../env.ts';
import { notFound } from '../answers/errors.ts';
import { admit } from '../job-token/admit.ts';

/** Features that no project here uses: who is let in finds nothing, who is not is refused as everywhere. */
const LISTS = [
  { path: 'deployments', access: 'deployments' },
  { path: 'environments', access: 'environments' },
  { path: 'secure_files', access: 'secure-files' },
] as const;

/** Deployments, environments and secure files: empty lists behind the rule of the allowlist. */
export function featureListRoutes(stand: Stand): Routes {
  const routes = new Hono<SandboxEnv>();
  for (const { path, access } of LISTS) {
    routes.get(`/projects/:id/${path}`, (call) => {
      admit(stand, call, { access, ways: ['request'] });
      return call.json(offsetPage(call, queryParams(call), counted([])));
    });
    routes.get(`/projects/:id/${path}/:item_id{\\d+}`, (call) => {
      admit(stand, call, { access, ways: ['request'] });
      throw notFound();
    });
  }
  routes.get('/projects/:id/terraform/state/:name', (call) => {
    const { project } = admit(stand, call, { access: 'terraform-state', ways: ['request', 'basic'] });
    if (!project.terraformStates.includes(call.req.param('name'))) return call.body(null, 404);
    return call.json({ version: 4, serial: 1, outputs: {}, resources: [] });
  });
  return routes;
}
