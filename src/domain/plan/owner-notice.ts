import type { Edge } from '../edges/edge.ts';
import { counted, isoTime, type EpochMs } from '../values.ts';
import type { PlannedCallee } from './plan.ts';

/** Names that one issue lists of each kind; the rest is counted. */
const MOST_NAMED = 50;

/** What the owners of one callee are told before its wave. */
export interface OwnerNotice {
  readonly title: string;
  /** Markdown. */
  readonly text: string;
  /** Callers that were seen and will not get in. */
  readonly losing: number;
}

/**
 * Says who will still reach a callee once it is enforced, and who will not.
 *
 * @param edges - all that are known into the callee
 * @param from - the change comes no earlier
 * @param owners - user names without `@`, who are asked
 */
export function ownerNotice(
  callee: Pick<PlannedCallee, 'path' | 'enforce' | 'remove' | 'narrow'>,
  edges: readonly Edge[],
  wave: number,
  from: EpochMs,
  owners: readonly string[],
): OwnerNotice {
  const losing = edges.filter(({ state }) => state !== 'approved');
  const keeping = edges.filter(({ state }) => state === 'approved');
  const named = losing.map(
    ({ callerPath, state, lastSeen }) => `${code(callerPath)}: ${state}, last seen ${isoTime(lastSeen)}`,
  );
  return {
    title: `CI/CD job tokens: who may reach this project changes (wave ${wave})`,
    losing: losing.length,
    text: [
      callee.enforce
        ? `No earlier than ${isoTime(from)} the job token allowlist of ${code(callee.path)} is enforced: from then on, jobs of other projects get in with their CI/CD job token only where they are listed.`
        : `No earlier than ${isoTime(from)} entries of the job token allowlist of ${code(callee.path)} are taken away or narrowed: ${counted(callee.remove.length + callee.narrow.length, 'entry', 'entries')}.`,
      ...section(`Lose access (${losing.length})`, named),
      ...section(
        `Keep access (${keeping.length})`,
        keeping.map(({ callerPath }) => code(callerPath)),
      ),
      'Is one of them in the wrong list, or is somebody missing? Say so here before then; whoever runs the rollout decides anew with `tidegate edges approve` or `tidegate edges reject`.',
      ...(owners.length === 0 ? [] : [`To be looked at by ${owners.map((name) => `@${name}`).join(', ')}.`]),
    ].join('\n\n'),
  };
}

function section(heading: string, lines: readonly string[]): readonly string[] {
  if (lines.length === 0) return [`### ${heading}`];
  const rest = lines.length - MOST_NAMED;
  const shown = lines.slice(0, MOST_NAMED).map((line) => `- ${line}`);
  return [`### ${heading}`, [...shown, ...(rest > 0 ? [`- and ${rest} more`] : [])].join('\n')];
}

/** Nothing in a name is read as Markdown, as a mention or as a command. */
const code = (text: string): string => `\`${text.replaceAll(/[`\r\n]/g, '')}\``;

/** What became of the wave, added to its issues when it ends. */
export const WAVE_ENDINGS = {
  passed:
    'The change was made and watched: the wave has passed. Whoever is refused from now on is missing from the list.',
  rolledBack: 'The change was taken back: the list is as it was before, apart from what people changed meanwhile.',
} as const;
