import { startSandbox } from '../../src/sandbox/index.ts';
import { ended, start, StandInHandle, Workplace, type Ended } from '../integration/support/process.ts';
import { knowledgeIn } from '../integration/support/knowledge.ts';
import { Rollout } from '../integration/support/rollout.ts';
import { Interposer } from './interposer.ts';

/** How a GitLab lets itself be read. */
export interface Server {
  readonly name: string;
  readonly version: string;
  /** GraphQL is switched off: every project is read by REST. */
  readonly restOnly?: boolean;
  readonly projects: number;
}

export const SERVERS: readonly Server[] = [
  { name: 'log pages and looks of 18.5', version: '18.5.0', projects: 14 },
  { name: 'entries by REST of 16.11', version: '16.11.0', projects: 24 },
  { name: 'REST alone', version: '18.5.0', restOnly: true, projects: 24 },
];

const LIBRARIES = 4;

/** Libraries used by applications: by jobs that the log shows, by files, by schedules, and by a log of more rows than a page. */
export function organisation({ projects, version }: Server): object {
  const libs = Array.from({ length: LIBRARIES }, (_, n) => `acme/libs/lib-${n}`);
  const apps = Array.from({ length: projects - LIBRARIES }, (_, n) => `acme/apps/app-${n}`);
  const of = <T>(list: readonly T[], n: number): T => list[n % list.length] as T;
  return {
    ...{ version, enforced: false, start: '2026-03-02T08:00:00Z', history: '3d', seed: 5 },
    groups: ['acme', 'acme/libs', 'acme/apps'],
    users: [
      { name: 'root', admin: true },
      { name: 'bot', memberships: { acme: 'developer' } },
    ],
    projects: [
      ...libs.map((path, n) => ({
        ...{ path, inboundEnabled: n % 2 === 1, visibility: n === 0 ? 'internal' : 'private' },
        allowlist: [{ group: 'acme/apps' }, { project: of(apps, n) }],
      })),
      ...apps.map((path, n) => ({
        ...{ path, inboundEnabled: false },
        files: {
          '.gitlab-ci.yml': `include: [{ local: jobs.yml }]\ntest: { script: [make] }\n`,
          'jobs.yml': `fetch:\n  script:\n    - git clone https://gitlab-ci-token:$CI_JOB_TOKEN@$CI_SERVER_HOST/${of(libs, n + 1)}.git\n    - curl -H "JOB-TOKEN: $CI_JOB_TOKEN" $SOMEWHERE/file\n`,
        },
      })),
    ],
    jobs: apps.map((project, n) => ({
      ...{ project, name: 'build', every: n % 5 === 0 ? '4w' : '8h', at: '1h', user: 'bot' },
      uses: [{ callee: of(libs, n), access: 'git' }],
    })),
  };
}

const PLAYBOOK = 'name: sources\nevidence: { surveys: { requests: 10000 } }\n';

/** An organisation and a rollout over it whose inventory may be killed at any call. */
export class SourceRun {
  readonly rollout: Rollout;
  readonly wire: Interposer;
  readonly #close: () => Promise<void>;

  private constructor(rollout: Rollout, wire: Interposer, close: () => Promise<void>) {
    this.rollout = rollout;
    this.wire = wire;
    this.#close = close;
  }

  static async start(server: Server): Promise<SourceRun> {
    const place = new Workplace();
    const sandbox = await startSandbox({ organisation: { kind: 'text', text: JSON.stringify(organisation(server)) } });
    const wire = await Interposer.start(sandbox.url);
    if (server.restOnly) wire.refuse = (path) => path.startsWith('/api/graphql');
    const rollout = new Rollout(new StandInHandle(sandbox), place, { TIDEGATE_GITLAB_URL: wire.url });
    await rollout.init(PLAYBOOK);
    return new SourceRun(rollout, wire, async () => {
      await wire.stop();
      await sandbox.close();
      place.remove();
    });
  }

  /** One inventory in a process of its own, killed when its n-th call arrives; null: left alone. */
  async inventory(killAt: number | null): Promise<Ended> {
    const from = this.wire.calls.length;
    const child = start(['inventory', '--json', '--quiet'], this.rollout.shell);
    this.wire.hooks = {
      before: async ({ n }) => {
        if (n - from !== killAt) return;
        child.kill('SIGKILL');
        // Whatever happens to the call from here on, the process that sent it is gone.
        await new Promise((gone) => setTimeout(gone, 5));
      },
    };
    return ended(child);
  }

  /** Calls by method and path: GraphQL's are all the same. */
  get paths(): readonly string[] {
    return this.wire.calls.map(({ method, path }) => `${method} ${path}`);
  }

  get knowledge(): object {
    return knowledgeIn(this.rollout.database);
  }

  close(): Promise<void> {
    return this.#close();
  }
}
