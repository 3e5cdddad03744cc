import { Hono } from 'hono';
import { authenticated } from '../authenticate.ts';
import type { Call, Routes, SandboxEnv, Stand } from '../env.ts';
import { notFound } from '../answers/errors.ts';
import { administeredProject } from '../lookup.ts';
import { counted, offsetPage } from '../answers/pages.ts';
import { queryParams } from '../params.ts';
import type { Project } from '../../world/world.ts';

/** Environments that not everybody may deploy to; Maintainers see them (`admin_protected_environments`). */
export function protectedEnvironmentRoutes(stand: Stand): Routes {
  const routes = new Hono<SandboxEnv>();
  const ofCall = (call: Call): Project => {
    authenticated(call);
    return administeredProject(stand, call);
  };
  routes.get('/projects/:id/protected_environments', (call) => {
    const names = [...ofCall(call).protectedEnvironments].sort();
    return call.json(offsetPage(call, queryParams(call), counted(names)).map(entity));
  });
  routes.get('/projects/:id/protected_environments/:name', (call) => {
    const name = ofCall(call).protectedEnvironments.find((one) => one === call.req.param('name'));
    if (name === undefined) throw notFound();
    return call.json(entity(name));
  });
  return routes;
}

/** `ProtectedEnvironment` */
const entity = (name: string): Record<string, unknown> => ({
  name,
  deploy_access_levels: [
    {
      id: 1,
      access_level: 40,
      access_level_description: 'Maintainers',
      user_id: null,
      group_id: null,
      group_inheritance_type: 0,
    },
  ],
  required_approval_count: 0,
  approval_rules: [],
});
