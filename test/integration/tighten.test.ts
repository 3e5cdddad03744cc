import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { drive } from './support/operator.ts';
import type { TruthEdge, World } from './support/oracle.ts';
import { shipped, SHORT } from './support/playbooks.ts';
import { StandInProcess, Workplace } from './support/process.ts';
import { Rollout } from './support/rollout.ts';

/*
 * An instance that enforces already, from outside: the playbook `tighten`, with rules that approve what was observed and
 * no more. Judged by what the stand-in says afterwards: its lists, and whom it refused.
 */
const ORGANISATION = fileURLToPath(new URL('../fixtures/organisations/narrow.yaml', import.meta.url));
const PLAYBOOK = shipped('tighten', { ...SHORT, unusedFor: '60d' }).replaceAll(
  'then: approve',
  'then: approve\n      permissions: observed',
);

describe('an instance that enforces already, tightened over HTTP', () => {
  it.for(['18.5.0', '19.4.0'])('keeps every observed use at GitLab %s', { timeout: 400_000 }, async (version) => {
    const place = new Workplace();
    const standIn = await StandInProcess.start(['--org', ORGANISATION, '--gitlab-version', version], place.path);
    try {
      const rollout = new Rollout(standIn, place);
      await rollout.init(PLAYBOOK);
      const journey = await drive(rollout);
      expect(journey.end, journey.story.join('\n')).toBe('guarding');
      await standIn.control('clock', { advance: '10d' });
      const { projects } = await standIn.control<World>('state');
      const entriesOf = (path: string): readonly string[] =>
        (projects[path]?.entries ?? [])
          .map(({ kind, path: name, defaultPermissions, policies }) =>
            [kind, name, ...(defaultPermissions ? ['default'] : policies)].join(' '),
          )
          .sort();
      // What web does was read in its files, to their ends; its download may have been an upload for all the trace tells.
      expect(entriesOf('acme/libs/core')).toEqual([
        'project acme/apps/api default',
        'project acme/apps/web ADMIN_PACKAGES',
      ]);
      // The log knows both; of tools one access could not be named, so nobody can say that it does nothing else.
      expect(entriesOf('acme/libs/kit')).toEqual([
        'project acme/apps/tools default',
        'project acme/apps/web READ_PACKAGES',
      ]);
      const { edges } = await standIn.control<{ edges: readonly TruthEdge[] }>('truth');
      expect(edges.filter(({ denied }) => denied > 0)).toEqual([]);
      expect(edges).toHaveLength(4);
    } finally {
      await standIn.stop();
      place.remove();
    }
  });
});
