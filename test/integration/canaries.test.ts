import { afterAll, beforeAll, expect, it } from 'vitest';
import { Reader } from './support/readings.ts';

/** Secrets of other people that stand where an inventory looks, in shapes of every kind. */
const PREFIXES = [
  'glpat-',
  'glcbt-64_',
  'gldt-',
  'glrt-',
  'glptt-',
  'glft-',
  'glimt-',
  'glagent-',
  'glsoat-',
  'gloas-',
];
const canary = (n: number): string => `${PREFIXES[n % PREFIXES.length] ?? ''}CANARY${'x'.repeat(14)}${n}`;
const WEB_TOKEN = `glcbt-eyJhbGciOiJSUzI1NiJ9.${'CANARYpayload'.repeat(60)}.${'CANARYsignature'.repeat(24)}`;

const CI = `
include: [{ local: more.yml }]
variables: { PASSWORD: ${canary(0)} }
"${canary(1)}":
  script:
    - git clone http://gitlab-ci-token:$CI_JOB_TOKEN@$CI_SERVER_FQDN/$GROUP/${canary(2)}.git
    - git clone http://oauth2:${canary(3)}@$CI_SERVER_FQDN/acme/core.git
    - 'curl -H "JOB-TOKEN: $CI_JOB_TOKEN" "$UNKNOWN/${canary(4)}/file?private_token=CANARYplain"'
    - 'curl -H "JOB-TOKEN: $CI_JOB_TOKEN" $CI_API_V4_URL/projects/acme%2Fcore/packages/generic/${canary(5)}/1/x'
`;
const MORE = `
other:
  script: ['curl -H "JOB-TOKEN: $CI_JOB_TOKEN" "$X/${WEB_TOKEN}/GR1348941CANARYrunner0"']
`;

let reader: Reader;
beforeAll(async () => {
  reader = await Reader.start({
    organisation: {
      ...{ version: '18.5.0', enforced: false, history: '2d', groups: ['acme'] },
      users: [
        { name: 'root', admin: true },
        { name: 'bot', memberships: { acme: 'maintainer' } },
      ],
      projects: [
        { path: 'acme/core', inboundEnabled: false },
        { path: 'acme/app', inboundEnabled: false, files: { '.gitlab-ci.yml': CI, 'more.yml': MORE } },
      ],
      jobs: [6, 7].map((n) => ({
        ...{
          project: 'acme/app',
          name: `deploy ${canary(n)}`,
          every: '6h',
          at: `${n}m`,
          user: 'bot',
          schedule: n === 6,
        },
        uses: [{ callee: 'acme/core', access: 'git' }],
      })),
    },
  });
  await reader.inventory();
});
afterAll(() => reader.close());

it('keeps nothing of the secrets that stand in files, in names of jobs and in their logs', () => {
  // Not by toContain, which would print all of it.
  expect(reader.bytes.includes('CANARY')).toBe(false);
  expect(reader.notes.join('\n')).not.toContain('CANARY');
});

it('keeps where they stood: what was found, and what could not be named', () => {
  const places = (table: string): readonly unknown[] =>
    (reader.knowledge[table] ?? []).map((row) => (row as { place: unknown }).place);
  expect(places('evidence')).toEqual(
    expect.arrayContaining(['.gitlab-ci.yml:9', expect.stringMatching(/^job \d+ "deploy \[REDACTED\]", line \d+$/)]),
  );
  expect(places('unresolved')).toEqual(expect.arrayContaining(['.gitlab-ci.yml:6', '.gitlab-ci.yml:8', 'more.yml:3']));
});
