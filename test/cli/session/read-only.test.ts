import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../../src/adapters/sqlite/index.ts';
import { copyToRead, whyNotWritable } from '../../../src/cli/session/read-only.ts';
import { verify } from '../../../src/engine/record/verify.ts';
import { TestRollout } from '../../engine/rollout.ts';

/*
 * Rights bind no administrator, who runs the tests of many machines; so what stands in for a database that cannot be written
 * is tried by itself.
 */

let rollout: TestRollout;
const directory = mkdtempSync(join(tmpdir(), 'tidegate-read-only-'));

beforeAll(async () => {
  rollout = await TestRollout.create();
  await rollout.run(({ kind }) => kind === 'waiting-for-time');
});
afterAll(() => {
  rollout.close();
  rmSync(directory, { recursive: true, force: true });
});

describe('a copy of a database that cannot be written', () => {
  it('holds what is in the journal alone, and leaves the file as it is', async () => {
    const before = readdirSync(join(rollout.file, '..'));
    const bytes = readFileSync(rollout.file);
    const copy = copyToRead(rollout.file);
    const store = await openStore(copy, {
      ...{ create: false, clock: rollout.clock },
      actor: () => ({ osUser: 'eve', gitlabUser: null, ciJob: null }),
    });
    expect(await verify(store)).toEqual(await verify(rollout.store));
    store.close();
    expect(readdirSync(join(rollout.file, '..'))).toEqual(before);
    expect(readFileSync(rollout.file)).toEqual(bytes);
  });

  it('is refused with the reason for what is no file', () => {
    expect(() => copyToRead(directory)).toThrow(/cannot be read, or not be copied/);
  });

  it('is not made where the file can be written, or is not there yet', () => {
    expect(whyNotWritable(rollout.file)).toBeNull();
    expect(whyNotWritable(join(directory, 'new.db'))).toBeNull();
  });
});
