import { runNode, type Run } from './process.ts';
import type { StandIn } from './stand-in.ts';

const MAX_TICKS = 60;

interface Status {
  readonly waves: readonly { readonly id: number; readonly state: string }[];
}

/** One rollout in a directory, with the stand-in that it is of. */
export class Rollout {
  readonly #program: string;
  readonly options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> };

  constructor(program: string, directory: string, standIn: StandIn) {
    this.#program = program;
    this.options = { cwd: directory, env: { TIDEGATE_TOKEN: standIn.token, TIDEGATE_GITLAB_URL: standIn.url } };
  }

  run(...args: readonly string[]): Promise<Run> {
    return runNode([this.#program, ...args], { ...this.options, codes: [0, 3, 4, 5] });
  }

  async soaking(): Promise<number | null> {
    const { waves } = JSON.parse((await this.run('status', '--json')).stdout) as Status;
    return waves.find(({ state }) => state === 'soaking')?.id ?? null;
  }
}

/** Lets time pass until a wave soaks. @returns its id */
export async function driveToSoak(rollout: Rollout, standIn: StandIn): Promise<number> {
  for (let ticks = 0; ticks < MAX_TICKS; ticks += 1) {
    const { code } = await rollout.run('tick', '--quiet');
    const wave = await rollout.soaking();
    if (wave !== null) return wave;
    if (code === 4) {
      // Group entries that admit more than was observed are never approved by a rule.
      await rollout.run('approve', '--yes', '--reason', 'bench');
    } else await standIn.advance('6h');
  }
  throw new Error(`no wave soaks after ${MAX_TICKS} ticks`);
}
