/** An organisation in which it is known beforehand who will be refused, and the traps around it. */
export interface Planted {
  /** For `tidegate sandbox --org`. */
  readonly organisation: object;
  /** `caller -> callee` of accesses that nobody has seen before the wave and that its allowlists refuse. */
  readonly denials: readonly string[];
}

export interface PlantedSize {
  readonly callers: number;
  readonly denials: number;
  /** Share of the runs of ordinary jobs that fail of themselves. */
  readonly flaky: number;
}

const CALLERS_PER_CALLEE = 40;
/** How the planted jobs ask, in turn. Each client words a refusal in its own way, some of them as a plain 404. */
const WAYS = [
  ...['git', 'submodule', 'release', 'npm', 'pypi', 'container-registry', 'maven', 'generic', 'go', 'api', 'lfs'],
];
/** After the pilot is enforced and before its soak is over; the run before lies before the history begins. */
const ONCE = { every: '60d', at: '4d' };

/**
 * Every caller builds with one library, as the log knows. Planted callers have one more job that asks another library for
 * the first time during the soak. Around them: jobs of a user without a role (the same words as a denial), some since ever
 * and some new; public libraries that let everybody in; flaky jobs, some of them allowed to fail; duplicate names.
 */
export function plantedOrganisation({ callers, denials, flaky }: PlantedSize): Planted {
  const libs = Array.from({ length: Math.ceil(callers / CALLERS_PER_CALLEE) }, (_, n) => `acme/libs/lib-${n}`);
  const twins = ['acme/one/common', 'acme/two/common'];
  const open = ['acme/open/kit', 'acme/open/docs'];
  const apps = Array.from({ length: callers }, (_, n) => `acme/apps/team-${n % 20}/app-${n}`);
  const libOf = (n: number): string => libs[Math.floor(n / CALLERS_PER_CALLEE)] ?? '';
  const other = (n: number): string =>
    n % 5 === 4 ? (twins[n % 2] ?? '') : (libs[(Math.floor(n / CALLERS_PER_CALLEE) + 1 + (n % 3)) % libs.length] ?? '');
  const builds = apps.map((project, n) => ({
    ...{ project, name: 'build', every: '6h', at: `${n % 360}m`, user: 'bot', flaky, allowFailure: n % 10 === 3 },
    uses: [{ callee: libOf(n), access: 'git' }],
  }));
  const step = Math.max(1, Math.floor(callers / denials));
  const chosen = Array.from({ length: denials }, (_, n) => n * step).filter((n) => other(n) !== libOf(n));
  const planted = chosen.map((n, at) => ({
    ...{ project: apps[n], name: 'rare', ...ONCE, user: 'bot', flaky: 0, allowFailure: at % 4 === 1 },
    uses: [{ callee: other(n), access: WAYS[at % WAYS.length] }],
  }));
  const traps = apps.flatMap((project, n) => {
    const job = (name: string, callee: string, more: object = {}): object => ({
      ...{ project, name, every: '1d', at: '2h', user: 'guest', flaky: 0 },
      ...more,
      uses: [{ callee, access: 'git' }],
    });
    if (n % 50 === 7) return [job('no-role', libOf(n))];
    if (n % 50 === 17) return [job('never-worked', other(n))];
    if (n % 50 === 27) return [job('new-without-role', other(n), ONCE)];
    if (n % 50 === 37) return [job('public', open[n % 2] ?? '', { ...ONCE, user: 'bot' })];
    return [];
  });
  return {
    organisation: {
      ...{ version: '18.5.0', enforced: false, start: '2026-03-02T08:00:00Z', history: '7d', seed: 7 },
      groups: ['acme', 'acme/libs', 'acme/one', 'acme/two', 'acme/open', 'acme/apps', ...teams()],
      users: [
        { name: 'root', admin: true },
        { name: 'olga', memberships: { acme: 'maintainer' } },
        { name: 'bot', memberships: { acme: 'developer' } },
        { name: 'guest', memberships: { 'acme/apps': 'developer' } },
      ],
      projects: [
        ...[...libs, ...twins, ...apps].map((path) => ({ path, visibility: 'private', inboundEnabled: false })),
        ...open.map((path) => ({ path, visibility: 'public', inboundEnabled: false })),
      ],
      jobs: [...builds, ...planted, ...traps],
    },
    denials: chosen.map((n) => `${apps[n]} -> ${other(n)}`).sort(),
  };
}

const teams = (): readonly string[] => Array.from({ length: 20 }, (_, n) => `acme/apps/team-${n}`);

/** One wave with every callee, that no denial stops: all of them are to be found. */
export const PLANTED_PLAYBOOK = (sweepEvery: string, size: number): string => `
observe: { window: 1d, every: 1d }
decisions:
  rules: [{ name: seen, when: { seenWithin: 30d }, then: approve, reason: seen in the log }]
waves: { pilot: { size: ${size} }, sizes: ["100%"], concurrency: 4 }
gates:
  { soak: 7d, sweepEvery: ${sweepEvery}, minJobs: 1, minExercised: 0, maxUndecidedDenials: 100000, maxDeniedShare: 1, maxNewFailures: 1 }
onInconclusive: { then: wait }
approvals: { plan: false, waves: none }
organisation: { instanceSwitch: false }
`;
