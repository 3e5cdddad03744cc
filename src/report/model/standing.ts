import type { EpochMs, ProjectId } from '../../domain/values.ts';
import type { WaveInput } from './input.ts';

/** The wave that enforced a callee and was not taken back. */
export interface Standing {
  readonly wave: number;
  readonly enforcedAt: EpochMs | null;
}

/** Which wave's work stands on which callee: later waves have the last word, a rollback clears it. */
export function standingByCallee(waves: readonly WaveInput[]): ReadonlyMap<ProjectId, Standing> {
  const standing = new Map<ProjectId, Standing>();
  for (const wave of waves) {
    for (const { callee, step, enforcedAt } of wave.callees) {
      // `kept`: the rollback was not possible, so the allowlist is still on.
      if (step === 'enforced' || step === 'kept') standing.set(callee, { wave: wave.number, enforcedAt });
      else if (step === 'rolled-back') standing.delete(callee);
    }
  }
  return standing;
}
