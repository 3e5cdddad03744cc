import { join } from 'node:path';
import { run, Workplace, type StandInHandle, type Ended, type Environment } from './process.ts';

/** What `tick --json` says. */
export interface TickAnswer {
  readonly kind: 'done' | 'waiting-for-time' | 'waiting-for-person' | 'gate-failed';
  readonly until?: string;
  readonly what: string;
  readonly next: string;
}

export interface StatusAnswer {
  readonly state: string;
  readonly paused: boolean;
  readonly projects: { readonly inScope: number; readonly enforced: number; readonly unread: number };
  readonly edges: { readonly undecided: number };
  readonly waves: readonly { readonly number: number; readonly kind: string; readonly state: string }[];
  readonly findings: readonly { readonly kind: string; readonly subject: string; readonly text: string }[];
}

export interface EdgeAnswer {
  readonly caller: string;
  readonly callee: string;
  readonly state: string;
}

export interface LedgerAnswer {
  readonly seq: number;
  readonly at: string;
  readonly kind: string;
  readonly subject: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** One rollout as its operator has it: a directory with a playbook and a database, and the command line. */
export class Rollout {
  readonly place: Workplace;
  readonly standIn: StandInHandle;
  #env: Environment;

  constructor(standIn: StandInHandle, place = new Workplace(), env: Environment = {}) {
    this.standIn = standIn;
    this.place = place;
    this.#env = { TIDEGATE_GITLAB_URL: standIn.url, TIDEGATE_TOKEN: standIn.token, ...env };
  }

  /** The operator has a new access token. */
  useToken(token: string): void {
    this.#env = { ...this.#env, TIDEGATE_TOKEN: token };
  }

  /** Options of `start` and `run` for another process of this rollout. */
  get shell(): { readonly cwd: string; readonly env: Environment } {
    return { cwd: this.place.path, env: this.#env };
  }

  get database(): string {
    return join(this.place.path, 'tidegate.db');
  }

  command(...args: readonly string[]): Promise<Ended> {
    return run(args, this.shell);
  }

  /** The same in an environment with more in it. */
  commandIn(env: Environment, ...args: readonly string[]): Promise<Ended> {
    return run(args, { ...this.shell, env: { ...this.#env, ...env } });
  }

  /** A command that has to succeed. */
  async must(...args: readonly string[]): Promise<Ended> {
    const result = await this.command(...args);
    if (result.code !== 0) throw new Error(`tidegate ${args.join(' ')}: ${describe(result)}`);
    return result;
  }

  async json<T>(...args: readonly string[]): Promise<T> {
    return JSON.parse((await this.must(...args, '--json')).stdout) as T;
  }

  async init(playbook: string): Promise<void> {
    this.place.write('tidegate.yaml', playbook);
    await this.must('init');
  }

  status(): Promise<StatusAnswer> {
    return this.json('status');
  }

  async edges(...flags: readonly string[]): Promise<readonly EdgeAnswer[]> {
    return (await this.json<{ edges: readonly EdgeAnswer[] }>('edges', 'list', ...flags)).edges;
  }

  async ledger(...flags: readonly string[]): Promise<readonly LedgerAnswer[]> {
    const limit = ['--limit', '1000000'];
    return (await this.json<{ rows: readonly LedgerAnswer[] }>('ledger', 'show', ...limit, ...flags)).rows;
  }
}

export const describe = ({ code, signal, stdout, stderr }: Ended): string =>
  `exit ${code ?? signal ?? '?'}\n${stdout}${stderr}`;
