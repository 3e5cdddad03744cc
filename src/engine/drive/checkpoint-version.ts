import { RolloutError } from '../../domain/errors.ts';
import type { Checkpoint } from '../ports.ts';

/** Version of the saved form of both charts. A released change of a chart raises it and adds an upgrade step. */
export const CHECKPOINT_VERSION = 2;

/** Pure steps from version n to n + 1, by the version they start from. */
const UPGRADES: Readonly<Record<number, (checkpoint: Checkpoint) => Checkpoint>> = {
  // 2 adds the states around a rollback of everything; what 1 could be in, 2 has with the same context.
  1: (checkpoint) => checkpoint,
};

/** The checkpoint in the form of this version; one of a newer version is refused. */
export function upgraded(checkpoint: Checkpoint): Checkpoint {
  if (checkpoint.version > CHECKPOINT_VERSION) {
    throw new RolloutError(
      'STORE_NEWER',
      `the rollout was saved by a newer tidegate (checkpoint ${checkpoint.version}, this one knows ${CHECKPOINT_VERSION})`,
      'Install that version or a later one; nothing was changed.',
    );
  }
  let current = checkpoint;
  while (current.version < CHECKPOINT_VERSION) {
    const step = UPGRADES[current.version];
    if (!step) throw corrupt(`checkpoint version ${current.version} has no upgrade`);
    current = { ...step(current), version: current.version + 1 };
  }
  return current;
}

/** Saved state that no version of this program has written. */
export const corrupt = (what: string, cause?: unknown): RolloutError =>
  new RolloutError('STORE_CORRUPT', `saved state cannot be used: ${what}`, 'Restore the database from a backup.', {
    cause,
  });
