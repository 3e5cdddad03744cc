import { describe, expect, it } from 'vitest';
import { createForge } from '../../../src/adapters/gitlab/index.ts';
import { projectId } from '../../../src/domain/values.ts';
import { StandIn } from '../../sandbox/http/stand-in.ts';
import { freely } from './stub.ts';

const CORE = { id: projectId(101), path: 'acme/libs/core' };
const WEB = { kind: 'project', id: projectId(103), path: 'acme/apps/web' } as const;

describe('a server of version', () => {
  // Fails for 17.6 and 17.7 when `permissions` of the parts (capabilities.ts) is taken for granted.
  it.each(['16.11.10', '17.0.0', '17.6.0', '17.7.0', '17.8.0', '18.0.0', '18.5.0', '19.4.1'])(
    '%s is read and written by what its schema has',
    async (version) => {
      const gitlab = await StandIn.start({ gitlabVersion: version });
      try {
        const { url, token } = gitlab.running;
        const { forge } = createForge({ url, token: () => token, maxRpm: null, concurrency: 2 });
        const page = await forge.projects({ kind: 'group', path: 'acme' }, null, []);
        expect(page.items.filter(({ project }) => project.unread !== null)).toEqual([]);
        const entry = { ...WEB, defaultPermissions: true, policies: [] };
        await forge.addEntry(CORE, entry, freely);
        await forge.enforce(CORE, { callee: CORE.id } as Parameters<typeof forge.enforce>[1], freely);
        expect(await forge.allowlist(CORE)).toMatchObject({ effective: true, entries: [entry] });
        await forge.reopen(CORE, freely);
        await forge.removeEntry(CORE, WEB, freely);
        expect(await forge.allowlist(CORE)).toMatchObject({ effective: false, entries: [] });
      } finally {
        await gitlab.close();
      }
    },
  );
});
