/** A made-up company for the demo, as a description that `tidegate sandbox --org` reads. */

interface Use {
  readonly callee: string;
  readonly access: string;
}

interface Job {
  readonly project: string;
  readonly name: string;
  readonly every: string;
  readonly at?: string;
  readonly user: string;
  readonly flaky?: number;
  readonly uses: readonly Use[];
}

interface Project {
  readonly path: string;
  readonly id: number;
  readonly visibility: 'private' | 'internal';
  readonly inboundEnabled: false;
  readonly archived?: boolean;
}

const TEAMS = [
  'billing',
  'catalog',
  'checkout',
  'delivery',
  'fraud',
  'identity',
  'loyalty',
  'mobile',
  'pricing',
  'search',
  'support',
  'web',
];
const SERVICES_PER_TEAM = 21;
/** Two of three services build on the core library: more than the 200 entries a project may hold. */
const CORE = 'acme/libs/core';
const BOT = 'ci-bot';

/** Callers and callees of the story; everything around them is bulk. */
export const STORY = {
  hub: CORE,
  quarterly: { caller: 'acme/finance/closing', callee: 'acme/data/schema', job: 'quarter-end' },
  stranger: { caller: 'partners/insights/scraper', callee: 'acme/data/customers' },
} as const;

const hours = (count: number): string => `${count}h`;

function teamProjects(): readonly string[] {
  return TEAMS.flatMap((team) => [
    ...Array.from(
      { length: SERVICES_PER_TEAM },
      (_, index) => `acme/apps/${team}/service-${String(index + 1).padStart(2, '0')}`,
    ),
    `acme/apps/${team}/toolkit`,
  ]);
}

const SHARED = [
  CORE,
  'acme/libs/schema',
  'acme/libs/docs',
  'acme/libs/logging',
  'acme/data/schema',
  'acme/data/customers',
  'acme/data/warehouse',
  'acme/platform/pipelines',
  'acme/platform/images',
  'acme/platform/terraform',
  'acme/finance/closing',
  'acme/finance/ledger',
  'acme/web/portal',
  'partners/insights/scraper',
  'partners/insights/site',
];

function teamJobs(team: string, index: number): readonly Job[] {
  const own = `acme/apps/${team}/toolkit`;
  return Array.from({ length: SERVICES_PER_TEAM }, (_, number): Job => {
    const service = `acme/apps/${team}/service-${String(number + 1).padStart(2, '0')}`;
    const uses: Use[] = [{ callee: own, access: 'git' }];
    // Every service of two teams in three and a few of the others: some groups fit as a whole, others would be widened.
    if (index % 6 !== 5 || number < 7) uses.push({ callee: CORE, access: 'git' });
    return {
      project: service,
      name: 'build',
      every: hours(12 + (number % 4) * 6),
      at: hours((index * 5 + number) % 12),
      user: BOT,
      uses,
    };
  });
}

/** Single jobs: each is one thing that goes right or wrong in real organisations. */
const STORY_JOBS: readonly Job[] = [
  // Runs once a quarter: the last time before the log's memory begins, the next time in the middle of wave 2.
  {
    project: STORY.quarterly.caller,
    name: STORY.quarterly.job,
    every: '91d',
    at: '25d',
    user: BOT,
    uses: [{ callee: STORY.quarterly.callee, access: 'git' }],
  },
  {
    project: STORY.stranger.caller,
    name: 'collect',
    every: '1d',
    at: '5h',
    user: 'partner-bot',
    uses: [{ callee: STORY.stranger.callee, access: 'git' }],
  },
  // The user behind this job has no role on the callee: it failed before, and no entry would help.
  {
    project: 'acme/web/portal',
    name: 'publish-docs',
    every: '1d',
    at: '7h',
    user: 'intern',
    uses: [{ callee: 'acme/libs/docs', access: 'git' }],
  },
  // Fails for its own tests, now and then.
  {
    project: 'acme/web/portal',
    name: 'test',
    every: '6h',
    at: '2h',
    user: BOT,
    flaky: 0.15,
    uses: [{ callee: 'acme/libs/schema', access: 'git' }],
  },
  {
    project: 'acme/finance/ledger',
    name: 'build',
    every: '1d',
    at: '3h',
    user: BOT,
    uses: [{ callee: 'acme/data/schema', access: 'git' }],
  },
  ...['acme/finance/closing', 'acme/data/customers', 'acme/platform/images'].map((project): Job => ({
    project,
    name: 'check',
    every: '1d',
    at: '9h',
    user: BOT,
    uses: [{ callee: project === 'acme/finance/closing' ? 'acme/libs/logging' : 'acme/data/schema', access: 'git' }],
  })),
  {
    project: 'acme/data/warehouse',
    name: 'load',
    every: '8h',
    at: '1h',
    user: BOT,
    uses: [
      { callee: 'acme/data/schema', access: 'git' },
      { callee: 'acme/data/customers', access: 'git' },
    ],
  },
  {
    project: 'acme/platform/pipelines',
    name: 'plan',
    every: '1d',
    at: '4h',
    user: BOT,
    uses: [
      { callee: 'acme/platform/terraform', access: 'api' },
      { callee: 'acme/libs/logging', access: 'git' },
    ],
  },
  {
    project: 'acme/platform/images',
    name: 'bake',
    every: '1d',
    at: '6h',
    user: BOT,
    uses: [{ callee: 'acme/libs/logging', access: 'git' }],
  },
  {
    project: 'partners/insights/site',
    name: 'build',
    every: '1d',
    at: '2h',
    user: 'partner-bot',
    uses: [{ callee: 'partners/insights/scraper', access: 'git' }],
  },
];

/** The organisation: about 300 projects, 45 days of traffic behind it. */
export function demoOrganisation(): object {
  const paths = [
    ...teamProjects(),
    ...SHARED,
    ...Array.from({ length: 20 }, (_, index) => `acme/archive/prototype-${index + 1}`),
  ];
  const projects = paths.map((path, index): Project => ({
    path,
    id: 1_000 + index,
    visibility: 'private',
    inboundEnabled: false,
    ...(path.startsWith('acme/archive/') ? { archived: true } : {}),
  }));
  return {
    version: '18.5.0',
    enforced: false,
    start: '2026-03-02T08:00:00Z',
    history: '45d',
    seed: 7,
    groups: ['acme', 'partners'],
    users: [
      { name: 'root', admin: true },
      { name: BOT, memberships: { acme: 'developer' } },
      { name: 'partner-bot', memberships: { partners: 'developer', [STORY.stranger.callee]: 'reporter' } },
      { name: 'intern', memberships: { 'acme/web': 'developer' } },
    ],
    projects,
    jobs: [...TEAMS.flatMap(teamJobs), ...STORY_JOBS],
  };
}
