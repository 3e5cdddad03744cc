import { describe, expect, it } from 'vitest';
import { createWorld, describeOrganisation, type AccessKind } from '../../../src/sandbox/world/index.ts';
import { ACCESSES, CALLEES, LEVELS, organisationOf } from './access-cases.ts';
import { answerOf, type Answer, type Case } from './access-oracle.ts';

/** Texts name the callee by id in newer versions; the oracle's callee is 101. */
function withId(answer: Answer, id: number): Answer {
  return answer.allowed ? answer : { ...answer, text: answer.text.replace('#101', `#${String(id)}`) };
}

describe('every setting × enforcement × entry × policies × visibility × feature level × role × kind of access', () => {
  it.each(['16.11.0', '17.2.0', '17.9.0', '18.5.0', '19.4.0'])('is as the fact sheet says in %s', (version) => {
    const world = createWorld(describeOrganisation(organisationOf(CALLEES, version)));
    const users = Object.entries(LEVELS).map(([name, level]) => ({ level, id: world.userByName(name)?.id ?? 0 }));
    const wrong: object[] = [];
    let count = 0;
    for (const enforced of [false, true]) {
      world.setEnforced(enforced);
      CALLEES.forEach((callee, index) => {
        for (const { level, id: user } of users)
          for (const access of ACCESSES) {
            count += 1;
            const one: Case = { ...callee, version, enforced, level, access };
            const expected = withId(answerOf(one), 1000 + index);
            const { allowed, ...rest } = world.judge({
              caller: 1,
              user,
              callee: 1000 + index,
              access: access as AccessKind,
            });
            const given = 'cause' in rest ? { allowed, status: rest.status, text: rest.text } : { allowed, ...rest };
            if (JSON.stringify(given) !== JSON.stringify(expected)) wrong.push({ one, given, expected });
          }
      });
    }
    expect(wrong.slice(0, 5)).toEqual([]);
    expect(wrong).toHaveLength(0);
    expect(count).toBe(2 * CALLEES.length * users.length * ACCESSES.length);
  });
});
