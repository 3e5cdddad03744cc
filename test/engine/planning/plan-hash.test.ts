import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { describe, expect, it } from 'vitest';
import type { PlanBody } from '../../../src/domain/plan/plan.ts';
import { hashPlan } from '../../../src/engine/planning/plan-hash.ts';
import { PLAN } from '../../adapters/sqlite/support.ts';

const { hash: _hash, createdAt: _createdAt, ...BODY } = PLAN;
const whole = (body: PlanBody): string =>
  createHash('sha256')
    .update(canonicalize(body) ?? '')
    .digest('hex')
    .slice(0, 16);

describe('the hash of a plan', () => {
  it.each<[string, PlanBody]>([
    ['a plan', BODY],
    ['one without anything to do', { ...BODY, waves: [], held: [] }],
    ['paths outside ASCII', { ...BODY, held: [{ ...BODY.held[0]!, path: 'acmé/"x"\n', detail: '\u2028' }] }],
  ])('covers the canonical form of %s, though that is never one text', (_name, body) => {
    expect(hashPlan(body)).toBe(whole(body));
  });

  it('differs with any one permission', () => {
    const [wave] = BODY.waves;
    const [callee] = wave!.callees;
    const narrowed = { ...callee!, add: callee!.add.map((entry) => ({ ...entry, defaultPermissions: false })) };
    const waves = [{ ...wave!, callees: [narrowed, ...wave!.callees.slice(1)] }, ...BODY.waves.slice(1)];
    expect(hashPlan({ ...BODY, waves })).not.toBe(hashPlan(BODY));
  });
});
