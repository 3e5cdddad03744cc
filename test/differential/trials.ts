import { dice, type Organisation } from './organisations.ts';

const VERSIONS = ['16.11.0', '17.0.0', '17.2.0', '17.5.0', '17.6.0', '17.10.0', '18.0.0', '18.5.0', '19.0.0', '19.4.1'];
const SOAK = process.env['TIDEGATE_SOAK'] === '1';
/** Organisations of each version, and the number that their seeds begin with: `TIDEGATE_ROUNDS=60 TIDEGATE_FROM=100`. */
const ROUNDS = Number(process.env['TIDEGATE_ROUNDS'] ?? (SOAK ? 20 : 1));
const FROM = Number(process.env['TIDEGATE_FROM'] ?? 1);

/** A release of GitLab and the seed of an organisation on it. */
export interface TrialCase {
  readonly version: string;
  readonly seed: number;
}

/** Some organisations of every release whose rule differs. */
export const trials: readonly TrialCase[] = Array.from({ length: ROUNDS }, (_, round) =>
  VERSIONS.map((version, index) => ({ version, seed: (round + FROM) * 100 + index })),
).flat();

/** Since 19.x a project may let others push: some of an organisation do. */
export function pushedTo({ version, seed }: TrialCase, { projects }: Organisation): readonly string[] {
  if (Number(version.split('.')[0]) < 19) return [];
  const random = dice(seed + 7);
  return projects.filter(() => random() < 0.3).map(({ path }) => path);
}
