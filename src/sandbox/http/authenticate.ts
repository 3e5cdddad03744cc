import type { Call, Stand, Viewer } from './env.ts';
import { ApiError, forbidden, insufficientScope, unauthorized } from './answers/errors.ts';
import type { TokenScope } from './tokens.ts';

/** How the secret of a call fared: `none` sent, `unknown`, `expired`, or a viewer. */
export type Identity =
  { readonly kind: 'none' | 'unknown' | 'expired' } | { readonly kind: 'viewer'; readonly viewer: Viewer };

/** Reads `PRIVATE-TOKEN`, `Authorization: Bearer` or `private_token`, in GitLab's order. */
export function presentedSecret(call: Call): string | null {
  const header = call.req.header('private-token');
  if (header !== undefined && header !== '') return header;
  const bearer = /^bearer\s+(\S+)$/i.exec(call.req.header('authorization') ?? '');
  // A job's token comes the same way on routes of package managers, which look for it themselves.
  if (bearer?.[1] !== undefined && !bearer[1].startsWith('glcbt-')) return bearer[1];
  const query = call.req.query('private_token');
  return query === undefined || query === '' ? null : query;
}

/** Who sends this call. Finding a token counts as its use, as on GitLab. */
export function identify(stand: Stand, call: Call): Identity {
  const secret = presentedSecret(call);
  if (secret === null) return { kind: 'none' };
  const token = stand.tokens.find(secret);
  const user = token === null ? null : stand.world.userById(token.userId);
  if (token === null || user === null) return { kind: 'unknown' };
  if (stand.tokens.isExpired(token, stand.world.now())) return { kind: 'expired' };
  stand.tokens.touch(token, stand.world.now());
  return { kind: 'viewer', viewer: { user, token } };
}

/** The REST viewer, or null for an anonymous call. A bad token is refused even where none is needed. */
export function restViewer(stand: Stand, call: Call): Viewer | null {
  const identity = identify(stand, call);
  switch (identity.kind) {
    case 'none':
      return null;
    case 'unknown':
      throw unauthorized();
    case 'expired':
      throw new ApiError(401, {
        error: 'invalid_token',
        error_description: 'Token is expired. You can either do re-authorization or token refresh.',
      });
    case 'viewer':
      return identity.viewer;
  }
}

/** Refuses a token whose scopes do not cover this method. */
export function requireScope(viewer: Viewer, needed: readonly TokenScope[]): void {
  if (!viewer.token.scopes.some((scope) => needed.includes(scope))) throw insufficientScope(needed);
}

/** GitLab's `authenticate!`. */
export function authenticated(call: Call): Viewer {
  const viewer = call.get('viewer');
  if (viewer === null) throw unauthorized();
  return viewer;
}

/** GitLab's `authenticated_as_admin!`. */
export function administrator(call: Call): Viewer {
  const viewer = authenticated(call);
  if (!viewer.user.admin) throw forbidden();
  return viewer;
}
