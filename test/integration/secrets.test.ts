import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { drive, plainTick } from './support/operator.ts';
import { shipped } from './support/playbooks.ts';
import { StandInProcess, Workplace, type Ended } from './support/process.ts';
import { Rollout } from './support/rollout.ts';

const FAULTS = {
  rules: [
    { what: 'html_200', when: { every: 23 } },
    { what: 'status', status: 500, when: { every: 17 } },
    { what: 'reset_after', when: { every: 31 } },
  ],
};

let standIn: StandInProcess | null = null;
afterEach(async () => {
  await standIn?.stop();
});

/**
 * Promise 8: the access token is in nothing that is left behind or printed, errors included.
 * Tried by breaking it: `kind: 'inventory' + engine.secrets.join('')` in the ledger row of engine/drive/rollout-tasks.ts makes it fail.
 */
it('leaves the access token in no file and prints it nowhere, through a whole rollout with failures', async () => {
  const org = fileURLToPath(new URL('../fixtures/organisations/nested.yaml', import.meta.url));
  const place = new Workplace();
  const faults = place.write('faults.json', JSON.stringify(FAULTS));
  standIn = await StandInProcess.start(['--org', org, '--faults', faults], place.path);
  const rollout = new Rollout(standIn);
  const printed: string[] = [];
  const keep = (result: Ended): Ended => {
    printed.push(result.stdout, result.stderr);
    return result;
  };
  await rollout.init(shipped('fast'));
  await drive(rollout, {
    tick: async (driven) =>
      keep(await (printed.length % 3 === 0 ? driven.command('tick', '--json', '--verbose') : plainTick(driven))),
    again: [1],
  });
  for (const command of [
    ['status', '--json'],
    ['report'],
    ['edges', 'list'],
    ['ledger', 'show', '--json'],
    ['export', '--format', 'json'],
    ['doctor', '--verbose'],
  ]) {
    keep(await rollout.command(...command));
  }
  // A refused token is the moment at which careless tools print it.
  rollout.useToken(`${standIn.token}x`);
  keep(await rollout.command('tick', '--verbose'));
  keep(await rollout.command('doctor', '--verbose', '--json'));

  expect(printed.join('')).not.toContain(standIn.token);
  const files = readdirSync(rollout.place.path);
  expect(files).toEqual(expect.arrayContaining(['tidegate.db', 'tidegate-report.html', 'tidegate.yaml']));
  for (const file of files) {
    expect(readFileSync(join(rollout.place.path, file)).includes(standIn.token), file).toBe(false);
  }
}, 180_000);
