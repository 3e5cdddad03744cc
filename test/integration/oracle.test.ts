import { expect, it } from 'vitest';
import { breaches, type Call, type World } from './support/oracle.ts';

const CORE = { id: 1, stored: false, effective: false, entries: [] };
const before: World = { enforced: false, projects: { 'acme/core': CORE, 'acme/web': { ...CORE, id: 2 } } };
const after: World = {
  ...before,
  projects: {
    ...before.projects,
    'acme/core': {
      ...CORE,
      entries: [{ kind: 'project', path: 'acme/web', defaultPermissions: true, policies: [] }],
    },
  },
};
const call: Call = {
  ...{ n: 1, at: '2026-03-02T08:00:00Z', method: 'POST', path: '/api/v4/projects/1/job_token_scope/allowlist' },
  ...{ status: 201, change: { kind: 'entry_added', project: 'acme/core', entry: 'acme/web', value: null } },
};
const note: Call = { ...call, path: '/api/v4/projects/acme%2Frecords/issues/1/notes', change: null };
const intent = (subject: string, action: object) => ({
  ...{ seq: 1, at: call.at, kind: 'intent', subject },
  body: { action },
});
const added = intent('acme/core', { kind: 'addEntry', entry: { path: 'acme/web' } });
const noted = intent('acme/records', { kind: 'addNote' });

it.each([
  { name: 'an entry with its intent', calls: [call], ledger: [added], wrong: 0 },
  { name: 'an entry without one', calls: [call], ledger: [], wrong: 1 },
  { name: 'an entry with the intent of another callee', calls: [call], ledger: [{ ...added, subject: 'x' }], wrong: 1 },
  { name: 'a note with its intent', calls: [call, note], ledger: [added, noted], wrong: 0 },
  { name: 'two notes with one intent', calls: [call, note, note], ledger: [added, noted], wrong: 1 },
])('the oracle counts writes against intents: $name', ({ calls, ledger, wrong }) => {
  const found = breaches({ before, calls, after, ledger });
  expect(found.filter((text) => text.includes('no intent accounts for it'))).toHaveLength(wrong);
});
