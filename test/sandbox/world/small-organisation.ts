import { createWorld, describeOrganisation } from '../../../src/sandbox/world/index.ts';
import type { World, WorldOptions } from '../../../src/sandbox/world/index.ts';

export const HOUR = 3_600_000;
export const MINUTE = 60_000;

/** One private callee `acme/libs/core` (101) and two callers; `changes` are laid over it, key by key. */
export function smallOrganisation(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    version: '18.5.0',
    enforced: false,
    start: '2026-03-02T08:00:00Z',
    history: '2d',
    users: [
      { name: 'root', admin: true },
      { name: 'ci-bot', memberships: { acme: 'developer' } },
      { name: 'outsider' },
    ],
    projects: [
      { path: 'acme/libs/core', id: 101, inboundEnabled: false },
      { path: 'acme/apps/web', id: 201 },
      { path: 'acme/apps/shop/api', id: 202 },
      { path: 'outsider/api', id: 301 },
    ],
    jobs: [
      {
        project: 'acme/apps/web',
        name: 'build',
        every: '6h',
        at: '1h',
        user: 'ci-bot',
        uses: [{ callee: 'acme/libs/core', access: 'git' }],
      },
      {
        project: 'acme/apps/shop/api',
        name: 'build',
        every: '1d',
        at: '2h',
        user: 'ci-bot',
        uses: [{ callee: 'acme/libs/core', access: 'npm' }],
      },
    ],
    ...changes,
  };
}

export function smallWorld(changes: Readonly<Record<string, unknown>> = {}, options: WorldOptions = {}): World {
  return createWorld(describeOrganisation(smallOrganisation(changes)), options);
}

export const CORE = 101;
export const WEB = 201;
export const SHOP_API = 202;
