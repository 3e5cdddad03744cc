import { describe, expect, it } from 'vitest';
import { ACCESS_KINDS } from '../../../src/sandbox/world/index.ts';
import type { JobRun, World } from '../../../src/sandbox/world/index.ts';
import { smallWorld, WEB } from './small-organisation.ts';

const URL_TEXT = 'http://127.0.0.1:4444';

function worldUsing(access: string, enforced: boolean): World {
  const jobs = ['one', 'two', 'three', 'four'].map((name) => ({
    project: 'acme/apps/web',
    name,
    every: '1d',
    user: 'ci-bot',
    uses: [{ callee: 'acme/libs/core', access }],
  }));
  return smallWorld({ jobs, enforced, history: '0s' }, { externalUrl: URL_TEXT });
}

function traceOf(world: World, job: JobRun): string {
  return [...(world.trace(job.id) ?? [])].join('');
}

describe('traces', () => {
  it.each(ACCESS_KINDS)('show a refused %s and the callee or its address', (access) => {
    const world = worldUsing(access, true);
    for (const job of world.jobs(WEB)) {
      const trace = traceOf(world, job);
      expect(job.status).toBe('failed');
      expect(trace).toMatch(/ERROR: Job failed: .+\n/);
      expect(trace).toMatch(access === 'needs-project' ? /403 Forbidden/ : /core|projects\/101/);
      expect(traceOf(world, job)).toBe(trace);
    }
  });

  it.each(ACCESS_KINDS.filter((kind) => kind !== 'git-push'))('end well where %s is let in', (access) => {
    const world = worldUsing(access, false);
    for (const job of world.jobs(WEB)) expect(traceOf(world, job)).toMatch(/Job succeeded/);
  });

  it('open and close every section once', () => {
    for (const access of ACCESS_KINDS) {
      const world = worldUsing(access, true);
      for (const job of world.jobs(WEB)) {
        const names = (word: string): string[] =>
          [...traceOf(world, job).matchAll(new RegExp(`${word}:\\d+:(\\w+)`, 'g'))].map(([, name]) => name ?? '');
        expect(names('section_start').length).toBeGreaterThan(1);
        expect(names('section_end')).toEqual(names('section_start'));
      }
    }
  });

  it('print what git prints', () => {
    const world = worldUsing('git', true);
    const [job] = [...world.jobs(WEB)];
    expect(job === undefined ? '' : traceOf(world, job)).toContain(
      [
        "Cloning into 'core'...",
        'remote: Authentication by CI/CD job token not allowed from web to core.',
        `fatal: unable to access '${URL_TEXT}/acme/libs/core.git/': The requested URL returned error: 403`,
        '',
      ].join('\n'),
    );
  });

  it('fail some image pulls before the script, as a matter of the runner', () => {
    const world = worldUsing('container-registry', true);
    const reasons = new Set([...world.jobs(WEB)].map(({ failureReason }) => failureReason));
    expect(reasons).toEqual(new Set(['runner_system_failure', 'script_failure']));
    for (const job of world.jobs(WEB)) {
      expect(traceOf(world, job).includes('step_script')).toBe(job.failureReason === 'script_failure');
    }
  });
});
