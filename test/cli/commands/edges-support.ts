import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { Command, CommanderError } from 'commander';
import { openStore } from '../../../src/adapters/sqlite/index.ts';
import { exitCodeOf } from '../../../src/cli/exit-codes.ts';
import type { CliContext } from '../../../src/cli/context.ts';
import { Output } from '../../../src/cli/terminal/output.ts';
import type { Evidence } from '../../../src/domain/edges/evidence.ts';
import { RolloutError } from '../../../src/domain/errors.ts';
import type { AllowlistEntry, Project } from '../../../src/domain/project.ts';
import { epochMs, projectId, type EpochMs } from '../../../src/domain/values.ts';
import { startRollout } from '../../../src/engine/drive/decide.ts';
import type { RolloutStore } from '../../../src/engine/ports.ts';

export const DAY = 86_400_000;
/** The commands take the time from this machine, so the rows do too. */
export const daysAgo = (days: number): EpochMs => epochMs(Math.floor((Date.now() - days * DAY) / 1_000) * 1_000);

export const PLAYBOOK = `
name: test
decisions:
  rules:
    - name: same-team
      when: { sameGroup: 2, seenWithin: 30d }
      then: approve
      permissions: observed
      expires: 365d
      reason: Projects of one team may use each other.
    - name: lab-is-out
      when: { callers: "acme/lab/**" }
      then: reject
      reason: The lab uses its own copies.
`;

const POLICIES = ['READ_JOBS', 'ADMIN_JOBS', 'READ_PACKAGES', 'ADMIN_PACKAGES', 'READ_RELEASES'];

export function project(id: number, path: string, change: Partial<Project> = {}): Project {
  return {
    id: projectId(id),
    path,
    visibility: 'private',
    archived: false,
    personal: false,
    accessLevel: 40,
    inScope: true,
    allowlist: { stored: false, effective: false, entries: [] },
    unread: null,
    log: { rows: 3, cut: false },
    readAt: daysAgo(0),
    ...change,
  };
}

export const entry = (kind: 'project' | 'group', id: number, path: string): AllowlistEntry => ({
  ...{ kind, id, path, defaultPermissions: true, policies: [] },
  ...{ addedBy: 'dana', createdAt: daysAgo(90) },
});

export function observation(caller: number, callee: number, change: Partial<Evidence> = {}): Evidence {
  return {
    caller: projectId(caller),
    callee: projectId(callee),
    source: 'auth-log',
    access: null,
    policies: null,
    where: 'auth log',
    firstSeen: daysAgo(40),
    lastSeen: daysAgo(2),
    certainty: 'certain',
    ...change,
  };
}

/**
 * acme/libs/core (2) is used by acme/apps/web (1, log), acme/libs/kit (3, scan: artifacts) and acme/lab/toy (4, denied
 * once); acme/libs/old (5) by acme/apps/web long ago. acme/images (6) is enforced with an entry for group acme/apps.
 */
export const PROJECTS: readonly Project[] = [
  project(1, 'acme/apps/web'),
  project(2, 'acme/libs/core'),
  project(3, 'acme/libs/kit'),
  project(4, 'acme/lab/toy'),
  project(5, 'acme/libs/old', { log: { rows: 1_000, cut: true } }),
  project(6, 'acme/images', {
    allowlist: { stored: true, effective: true, entries: [entry('group', 70, 'acme/apps')] },
  }),
];

const EVIDENCE: readonly Evidence[] = [
  observation(1, 2),
  observation(3, 2, { source: 'scan', access: 'artifacts', where: '.gitlab-ci.yml:14' }),
  observation(4, 2, { source: 'denial', where: 'job 9 "build"' }),
  observation(1, 5, { firstSeen: daysAgo(300), lastSeen: daysAgo(200) }),
  observation(1, 6, { source: 'trace', access: 'container-registry', where: 'job 12 "push"' }),
];

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

type Register = (program: Command, context: CliContext) => void;

/** One rollout in a directory of its own, seeded through the port, and the commands run against its file. */
export class Bench {
  readonly directory: string;
  readonly store: RolloutStore;
  readonly #registers: readonly Register[];

  private constructor(directory: string, store: RolloutStore, registers: readonly Register[]) {
    this.directory = directory;
    this.store = store;
    this.#registers = registers;
  }

  static async open(...registers: Register[]): Promise<Bench> {
    const directory = mkdtempSync(join(tmpdir(), 'tidegate-edges-'));
    const clock = { now: () => daysAgo(0), local: () => daysAgo(0) };
    const actor = () => ({ osUser: 'dana', gitlabUser: null, ciJob: null });
    const store = await openStore(join(directory, 'tidegate.db'), { create: true, clock, actor });
    const periods = { waitForDecisions: true, observeMs: 1, inventoryEveryMs: 1, guardEveryMs: 1 };
    await store.createRollout({
      id: 'acme',
      gitlabUrl: 'https://gitlab.example.com',
      playbookName: 'tidegate.yaml',
      playbookText: PLAYBOOK,
      createdAt: daysAgo(50),
      checkpoint: startRollout(periods).checkpoint,
      capabilities: {
        version: '18.5.0',
        enterprise: true,
        graphql: true,
        authLog: true,
        entryPermissions: true,
        policies: POLICIES,
        pipelineWarnings: true,
      },
      identity: null,
    });
    await store.putProjects(PROJECTS, 1);
    await store.putEvidence(EVIDENCE);
    await store.appendLedger([{ kind: 'init', subject: 'acme', body: {} }], daysAgo(0));
    return new Bench(directory, store, registers);
  }

  close(): void {
    this.store.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Runs one command as the program would, without a terminal to ask on. */
  run(...args: string[]): Promise<Ran> {
    return this.#run(args, {});
  }

  /** The same before a terminal of eighty columns. */
  onTerminal(...args: string[]): Promise<Ran> {
    return this.onTerminalOf(80, ...args);
  }

  onTerminalOf(columns: number, ...args: string[]): Promise<Ran> {
    return this.#run(args, { isTTY: true, columns });
  }

  async #run(args: readonly string[], terminal: { isTTY?: boolean; columns?: number }): Promise<Ran> {
    let stdout = '';
    let stderr = '';
    let code = 0;
    const collect = (text: unknown): boolean => ((stderr += String(text)), true);
    const out = new Output({ ...terminal, write: (text) => ((stdout += String(text)), true) }, { write: collect });
    const context: CliContext = {
      env: { GITLAB_USER_LOGIN: 'mara' },
      cwd: this.directory,
      stdin: new PassThrough() as unknown as NodeJS.ReadStream,
      out,
      signal: new AbortController().signal,
      setExit: (wanted) => {
        code = wanted;
      },
    };
    const program = new Command('tidegate')
      .option('--db <file>', '', 'tidegate.db')
      .option('--json')
      .option('--yes')
      .exitOverride()
      .configureOutput({ writeErr: collect, writeOut: (text) => (stdout += text) });
    program.hook('preAction', (_, command) => {
      const { json } = command.optsWithGlobals<{ json?: boolean }>();
      out.setMode({ json: json === true, quiet: false, verbose: false, color: false });
    });
    for (const register of this.#registers) register(program, context);
    try {
      await program.parseAsync(args, { from: 'user' });
    } catch (error) {
      if (error instanceof RolloutError) {
        code = exitCodeOf(error.code);
        stderr += `${error.message}\n${error.hint}\n`;
      } else if (error instanceof CommanderError) code = error.exitCode === 0 ? 0 : 2;
      else throw error;
    }
    return { code, stdout, stderr };
  }

  async json<T>(...args: string[]): Promise<T> {
    const { stdout, stderr, code } = await this.run(...args, '--json');
    if (stdout === '') throw new Error(`exit ${code}: ${stderr}`);
    return JSON.parse(stdout) as T;
  }
}
