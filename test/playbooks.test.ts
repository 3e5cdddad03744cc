import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readPlaybook } from '../src/cli/playbook/file.ts';
import { shippedPlaybooks } from '../src/cli/playbook/shipped.ts';

const folder = fileURLToPath(new URL('../playbooks/', import.meta.url));
const textOf = (name: string) => readFileSync(`${folder}${name}.yaml`, 'utf8');
const read = (name: string) => readPlaybook(textOf(name), name);

it('ships four playbooks', () => expect(shippedPlaybooks()).toEqual(['standard', 'cautious', 'fast', 'tighten']));

it('takes nothing away but by the playbook that is meant for it', () => {
  const takes = shippedPlaybooks().filter((name) => {
    const { prune, split, narrow } = read(name).tighten;
    return prune || split || narrow;
  });
  expect(takes).toEqual(['tighten']);
});

describe.each(shippedPlaybooks())('the playbook %s', (name) => {
  it('is valid, under its own name', () => expect(read(name).name).toBe(name));

  it('leads editors to the schema beside it', () => {
    expect(textOf(name).split('\n')[0]).toBe('# yaml-language-server: $schema=./playbook.schema.json');
  });

  it('lets no unexpected denial pass, and has a person approve the plan', () => {
    const { gates, approvals, onFailed } = read(name);
    expect(gates).toMatchObject({ maxApprovedDenials: 0, maxUndecidedDenials: 0 });
    // The organisation-wide bar: under 1 % of jobs.
    expect(gates.maxDeniedShare).toBeLessThanOrEqual(0.01);
    expect(gates.sweepEvery).toBeLessThan(gates.soak);
    expect(approvals.plan).toBe(true);
    expect(onFailed).toBe('rollback');
  });

  it('gives every approval of a rule an end and a reason', () => {
    for (const rule of read(name).decisions.rules.filter(({ then }) => then === 'approve')) {
      expect(rule.expires, rule.name).toBeGreaterThan(0);
      expect(rule.when.seenWithin, rule.name).toBeGreaterThan(0);
      expect(rule.reason.length, rule.name).toBeGreaterThan(10);
    }
  });

  it('takes in everything, so that init can narrow it', () => {
    expect(read(name).scope).toEqual({ groups: [], projects: [], exclude: [], archived: 'include' });
  });
});

it('orders them by care', () => {
  const [standard, cautious, fast] = ['standard', 'cautious', 'fast'].map(read);
  for (const [more, less] of [
    [cautious!, standard!],
    [standard!, fast!],
  ] as const) {
    expect(more.gates.soak).toBeGreaterThan(less.gates.soak);
    expect(more.observe.window).toBeGreaterThan(less.observe.window);
    expect(more.gates.minJobs).toBeGreaterThan(less.gates.minJobs);
    expect(more.gates.minExercised).toBeGreaterThan(less.gates.minExercised);
  }
});

describe('the JSON Schema for editors', () => {
  it('is current', () => {
    const script = fileURLToPath(new URL('../scripts/playbook-schema.mjs', import.meta.url));
    const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('knows every key that the shipped playbooks use, and describes durations', () => {
    const schema = JSON.parse(readFileSync(`${folder}playbook.schema.json`, 'utf8'));
    expect(schema.additionalProperties).toBe(false);
    expect(schema.properties.gates.properties.soak).toMatchObject({
      type: 'string',
      pattern: '^\\d{1,6}[smhdw]$',
      default: '7d',
    });
    for (const name of shippedPlaybooks()) {
      for (const [section, value] of Object.entries(parse(textOf(name)) as object)) {
        expect(schema.properties, section).toHaveProperty(section);
        if (typeof value !== 'object' || value === null) continue;
        for (const key of Object.keys(value as object))
          expect(schema.properties[section].properties).toHaveProperty(key);
      }
    }
  });
});
