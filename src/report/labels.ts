import type { Disposition, Finding } from '../domain/watch/denial.ts';
import type { ReportCallee, ReportGate, ReportWave } from './model/types.ts';

/** What each disposition means, for people. */
export const DISPOSITIONS: Readonly<Record<Disposition, { readonly label: string; readonly means: string }>> = {
  denied: { label: 'denied', means: 'the allowlist refused a caller that was approved or not decided on' },
  unclear: { label: 'unclear', means: 'it may be a denial and nothing settles it: keeps the wave from passing' },
  unread: { label: 'not readable', means: 'its log is gone or empty: keeps the wave from passing' },
  settled: { label: 'settled', means: 'a person looked into it and says that no access was refused' },
  expected: { label: 'expected', means: 'the allowlist refused a caller that was rejected' },
  role: { label: 'role', means: 'the token was let in, its user lacks the role' },
  policy: { label: 'permission', means: 'the token was let in, the entry lacks the permission' },
  earlier: { label: 'earlier', means: 'the job failed the same way before the wave' },
  unrelated: { label: 'unrelated', means: 'its own tests, an outage, another host' },
};

/** Kinds of findings in words. */
export const FINDINGS: Readonly<Record<Finding['kind'], string>> = {
  denial: 'denial',
  'late-denial': 'late denial',
  'person-edit': 'edit by a person',
  unread: 'not readable',
  moved: 'moved',
  'callee-failed': 'not changed',
  drift: 'drift',
};

/** How a gate came out, in words. */
export const GATE_RESULTS: Readonly<Record<ReportGate['result'], string>> = {
  held: 'met',
  broken: 'broken',
  short: 'short',
  open: 'still open',
};

/** What a wave has done to a project, in words. */
export function stepLabel({ step, enforces }: Pick<ReportCallee, 'step' | 'enforces'>): string {
  if (step === 'rolled-back') return 'rolled back';
  return step === 'enforced' && !enforces ? 'changed' : step;
}

/** How a wave stands, in one or two words, and how good that is. */
export function waveStanding({ phase, verdict }: Pick<ReportWave, 'phase' | 'verdict'>): {
  readonly label: string;
  readonly tone: 'good' | 'bad' | 'doubt' | 'busy' | 'idle';
} {
  switch (phase) {
    case 'passed':
      // A person may accept a wave that saw too little: that is no verdict of the gates.
      return verdict === 'inconclusive' ? { label: 'accepted', tone: 'doubt' } : { label: 'passed', tone: 'good' };
    case 'rolledBack':
      return { label: verdict === 'failed' ? 'failed, rolled back' : 'rolled back', tone: 'bad' };
    case 'held':
      return { label: 'failed', tone: 'bad' };
    case 'rollingBack':
      return { label: 'rolling back', tone: 'bad' };
    case 'rollbackBlocked':
      return { label: 'rollback blocked', tone: 'bad' };
    case 'inconclusive':
      return { label: 'inconclusive', tone: 'doubt' };
    case 'stale':
      return { label: 'dropped, planned again', tone: 'idle' };
    case 'awaitingApproval':
      return { label: 'awaiting approval', tone: 'busy' };
    default:
      return { label: phase, tone: 'busy' };
  }
}

/** `pilot`, `wave 2`, `organisation (wave 4)`. */
export function waveName({ kind, number }: Pick<ReportWave, 'kind' | 'number'>): string {
  return kind === 'wave'
    ? `Wave ${number}`
    : kind === 'pilot'
      ? `Wave ${number}, pilot`
      : `Wave ${number}, organisation`;
}
