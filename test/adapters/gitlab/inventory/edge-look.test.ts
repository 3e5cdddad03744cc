import { afterEach, describe, expect, it } from 'vitest';
import { projectId } from '../../../../src/domain/values.ts';
import { connect, startStub, type Reply, type Stub } from '../stub.ts';

let stub: Stub;
afterEach(() => stub.close());

const CALLER = projectId(7);
const CALLEE = projectId(8);
const refused: Reply = { status: 403, body: { message: '403 Forbidden' } };
const missing: Reply = { status: 404, body: { message: '404 Not Found' } };

/** Members of the callee by user; users 1 and 2 are a maintainer and a developer. */
const LEVELS: Readonly<Record<number, number>> = { 1: 40, 2: 30 };

const ANSWERS: Readonly<Record<string, Reply>> = {
  'projects/8/protected_environments': { body: [{ name: 'production' }] },
  'projects/8/packages': { body: [{ id: 1 }, { id: 2 }] },
  'projects/7/members/all': {
    body: [{ access_level: 50 }, { access_level: 30 }, { access_level: 30, state: 'blocked' }, { access_level: 20 }],
  },
  'projects/7': { body: { id: 7, forks_count: 3 } },
  'projects/7/pipeline_schedules': {
    body: [
      { id: 1, active: true, owner: { id: 1 } },
      { id: 2, active: false, owner: { id: 1 } },
      { id: 3, active: true, owner: { id: 2 } },
    ],
  },
};

async function look(change: Readonly<Record<string, Reply>> = {}) {
  stub = await startStub(({ path }) => {
    const where = path.replace(/^\/api\/v4\//, '').replace(/\?.*$/, '');
    const user = Number(/^projects\/8\/members\/all\/(\d+)$/.exec(where)?.[1] ?? 0);
    if (user > 0) return { body: { id: user, access_level: LEVELS[user] } };
    if (where === 'user') return { body: { id: 99, username: 'bot' } };
    return { ...ANSWERS, ...change }[where] ?? missing;
  });
  return connect(stub.url).forge.edgeLook(CALLER, CALLEE);
}

describe('a look at what bears on the risk of an edge', () => {
  it('counts who and what is there, in a few requests', async () => {
    expect(await look()).toEqual({
      ...{ protectedEnvironments: 1, packages: 2, pushers: 2, forks: 3, privilegedSchedules: 1 },
    });
    expect(stub.seen.length).toBeLessThan(12);
  });

  it.each([
    ['protectedEnvironments', 'projects/8/protected_environments'],
    ['packages', 'projects/8/packages'],
    ['pushers', 'projects/7/members/all'],
    ['forks', 'projects/7'],
    ['privilegedSchedules', 'projects/7/pipeline_schedules'],
  ])('leaves %s unread where GitLab refuses it or has none, and never counts it as zero', async (fact, path) => {
    expect(await look({ [path]: refused })).toMatchObject({ [fact]: null });
    await stub.close();
    expect(await look({ [path]: missing })).toMatchObject({ [fact]: null });
  });

  it('does not take a schedule without a known owner for a harmless one', async () => {
    const unowned = { body: [{ id: 1, active: true, owner: null }] };
    expect(await look({ 'projects/7/pipeline_schedules': unowned })).toMatchObject({ privilegedSchedules: null });
    await stub.close();
    expect(await look({ 'projects/7/pipeline_schedules': { body: [] } })).toMatchObject({ privilegedSchedules: 0 });
  });
});
