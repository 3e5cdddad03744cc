import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { diagnose } from '../../src/trace/index.ts';
import { jobLog, type LogCase } from './job-log.ts';

const SETS = new URL('../fixtures/traces/', import.meta.url);
const ALARMS: readonly string[] = ['allowlist_denied', 'policy_denied', 'not_found_ambiguous'];

/** A log and what a careful reader may say of it. */
interface Labelled extends LogCase {
  readonly host: string;
  readonly registry: string | null;
  readonly ids: Readonly<Record<string, string>>;
  readonly verdicts: readonly string[];
  readonly callees: readonly string[];
  readonly accesses: readonly string[];
  readonly raw: boolean;
}

/** `##### id`, lines `key: value`, `---`, the log; `␛` and `␍` stand for the characters themselves. */
function readSet(file: string): readonly Labelled[] {
  const text = readFileSync(new URL(file, SETS), 'utf8');
  return text
    .split(/^##### /m)
    .slice(1)
    .map((part) => {
      const [head = '', ...rest] = part.split(/^---\n/m);
      const [id = '', ...lines] = head.trim().split('\n');
      const field = (name: string): string | undefined =>
        lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      const list = (name: string): readonly string[] => field(name)?.split(' ') ?? [];
      const ids = Object.fromEntries(list('ids').map((pair) => pair.split('=') as [string, string]));
      return {
        id,
        caller: field('caller') ?? '',
        host: field('host') ?? '',
        registry: field('registry') ?? null,
        frame: field('frame'),
        form: field('form'),
        end: field('end'),
        raw: field('raw') !== undefined,
        ids,
        verdicts: list('verdict'),
        callees: list('callee').flatMap((name) => [name, ids[name] ?? name]),
        accesses: list('access'),
        body: rest.join('---\n').replaceAll('␛', '\u001b').replaceAll('␍', '\r'),
      };
    });
}

async function read(log: Labelled) {
  return diagnose([Buffer.from(log.raw ? log.body : jobLog(log))], {
    callerPath: log.caller,
    gitlabUrl: log.host,
    registryHost: log.registry,
    projectIds: (id) => log.ids[String(id)] ?? null,
    isProject: (path) => Object.values(log.ids).includes(path) || path === log.caller,
  });
}

describe.each(readdirSync(SETS).filter((file) => file.endsWith('.txt')))('the labelled logs of %s', (file) => {
  const logs = readSet(file);

  it.each(logs)('$id', async (log) => {
    const { verdict, callee, access } = await read(log);
    expect(log.verdicts).toContain(verdict);
    // Naming nobody is allowed, naming the wrong one never.
    if (callee !== null) expect(log.callees).toContain(callee);
    if (log.accesses.length > 0 && verdict !== 'other') expect(log.accesses).toContain(access);
  });

  it('are named and kept quiet about often enough', async () => {
    const found = await Promise.all(logs.map(async (log) => ({ log, ...(await read(log)) })));
    const named = found.filter(
      ({ log }) => log.callees.some((name) => !/^\d+$/.test(name)) && log.verdicts[0] !== 'other',
    );
    const strict = found.filter(({ log, verdict }) => verdict === log.verdicts[0]);
    const quiet = found.filter(({ log }) => !log.verdicts.some((verdict) => ALARMS.includes(verdict)));
    expect(named.filter(({ callee }) => callee !== null).length / named.length).toBeGreaterThanOrEqual(0.95);
    expect(strict.length / found.length).toBeGreaterThanOrEqual(0.93);
    expect(quiet.filter(({ verdict }) => ALARMS.includes(verdict))).toEqual([]);
  });
});
