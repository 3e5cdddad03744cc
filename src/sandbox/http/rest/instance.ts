import { Hono } from 'hono';
import { administrator, authenticated } from '../authenticate.ts';
import { day, time, userBasic } from '../entities/basics.ts';
import type { User } from '../../world/world.ts';
import type { Call, Routes, SandboxEnv, Stand } from '../env.ts';
import { invalidParameter, notFound } from '../answers/errors.ts';
import { integerParam } from '../lookup.ts';
import { counted, offsetPage } from '../answers/pages.ts';
import { bodyParams, optionalBoolean, optionalText, queryParams } from '../params.ts';

const REVISION = '5a7d00d1f00';
const SETTING = 'enforce_ci_inbound_job_token_scope_enabled';
/** Members of the settings that clients look at; the real object has several hundred. */
const FIXED_SETTINGS = { id: 1, default_project_visibility: 'private', project_jobs_api_rate_limit: 600 };

/** The instance itself: version, settings, and who the token belongs to. */
export function instanceRoutes(stand: Stand): Routes {
  const routes = new Hono<SandboxEnv>();
  const { world, tokens } = stand;

  routes.get('/version', (call) => {
    authenticated(call);
    return call.json({ version: reportedVersion(stand), revision: REVISION });
  });
  routes.get('/metadata', (call) => {
    authenticated(call);
    const kas = { enabled: false, externalUrl: null, externalK8sProxyUrl: null, version: null };
    return call.json({ version: reportedVersion(stand), revision: REVISION, kas, enterprise: true });
  });
  routes.get('/user', (call) => {
    const { user } = authenticated(call);
    return call.json({
      ...userBasic(world, user),
      created_at: time(user.createdAt),
      bot: false,
      email: `${user.username}@example.com`,
      external: false,
      two_factor_enabled: false,
      ...(user.admin ? { is_admin: true } : {}),
    });
  });
  routes.get('/users', (call) => {
    authenticated(call);
    const params = queryParams(call);
    const username = optionalText(params, 'username')?.toLowerCase();
    const admins = optionalBoolean(params, 'admins') === true && viewerIsAdmin(call);
    const users = world
      .users()
      .filter((user) => username === undefined || user.username.toLowerCase() === username)
      .filter((user) => !admins || user.admin);
    return call.json(offsetPage(call, params, counted(users)).map((user) => personFor(stand, call, user)));
  });
  routes.get('/users/:user_id', (call) => {
    authenticated(call);
    const user = world.userById(integerParam(call, 'user_id'));
    if (user === null) throw notFound('User');
    return call.json({ ...personFor(stand, call, user), created_at: time(user.createdAt), bot: false });
  });
  routes.get('/personal_access_tokens/self', (call) => {
    const { token } = authenticated(call);
    const lastUsed = tokens.lastUsed(token);
    return call.json({
      id: token.id,
      name: token.name,
      revoked: false,
      created_at: time(token.createdAt),
      description: null,
      scopes: token.scopes,
      user_id: token.userId,
      last_used_at: lastUsed === null ? null : time(lastUsed),
      active: true,
      expires_at: token.expiresAt === null ? null : day(token.expiresAt),
    });
  });
  settingRoutes(stand, routes);
  return routes;
}

/** Filters that only administrators may use are ignored for others, as GitLab does. */
const viewerIsAdmin = (call: Call): boolean => call.get('viewer')?.user.admin === true;

/** A user as another one sees him; only administrators are shown who else is one. */
function personFor({ world }: Stand, call: Call, user: User): Record<string, unknown> {
  const seenByAdministrator = viewerIsAdmin(call);
  return {
    ...userBasic(world, user),
    ...(seenByAdministrator ? { is_admin: user.admin, email: `${user.username}@example.com` } : {}),
  };
}

/** A throttle without rate headers stands in front of GitLab, so it does not show among GitLab's settings. */
function throttleSettings({ can, callsPerMinute }: Stand): Record<string, unknown> {
  const own = callsPerMinute !== null && (can.rateHeaders === 'always' || can.rateHeaders === 'refusals');
  return {
    throttle_authenticated_api_enabled: own,
    throttle_authenticated_api_requests_per_period: own ? callsPerMinute : 7_200,
    throttle_authenticated_api_period_in_seconds: own ? 60 : 3_600,
  };
}

function settingRoutes(stand: Stand, routes: Routes): void {
  const settings = (): Record<string, unknown> => ({
    ...FIXED_SETTINGS,
    ...throttleSettings(stand),
    ...(stand.can.instanceEnforcement ? { [SETTING]: stand.world.enforced() } : {}),
  });
  routes.get('/application/settings', (call) => {
    administrator(call);
    return call.json(settings());
  });
  routes.put('/application/settings', async (call) => {
    administrator(call);
    const params = await bodyParams(call);
    if (Object.keys(params).length === 0) {
      throw invalidParameter('admin_mode, … are missing, at least one parameter must be provided');
    }
    const enforced = optionalBoolean(params, SETTING);
    if (enforced !== null && stand.can.instanceEnforcement) stand.world.setEnforced(enforced);
    return call.json(settings());
  });
}

/** Every stand-in poses as the Enterprise Edition. */
export function reportedVersion(stand: Stand): string {
  return `${stand.world.version}-ee`;
}
