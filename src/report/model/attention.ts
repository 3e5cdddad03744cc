import type { Finding } from '../../domain/watch/denial.ts';
import type { ReportInput } from './input.ts';
import { count, plain } from '../text.ts';
import type { Attention, Headline, ReportEdge, ReportProject, ReportWave } from './types.ts';

const LEVELS: readonly Attention['level'][] = ['alarm', 'warning', 'note'];

/** What a person should look at beside what the rollout waits for (`next`), worst first, each with what to do. */
export function attentionOf(
  input: ReportInput,
  parts: {
    readonly headline: Headline;
    readonly projects: readonly ReportProject[];
    readonly edges: readonly ReportEdge[];
    readonly waves: readonly ReportWave[];
  },
): readonly Attention[] {
  const all = [
    ...ledgerProblem(input),
    ...parts.waves.flatMap(aboutWave),
    ...aboutEdges(parts.edges, parts.projects, parts.headline),
    ...aboutProjects(parts.projects),
    ...aboutDenials(input.denials),
    ...aboutFindings(input.findings),
  ];
  return LEVELS.flatMap((wanted) => all.filter(({ level }) => level === wanted));
}

function ledgerProblem({ ledger }: ReportInput): readonly Attention[] {
  if (ledger.problem === null) return [];
  return [
    {
      level: 'alarm',
      what: `The ledger does not add up: ${plain(ledger.problem)}`,
      advice: 'Treat every row after that one as unproven; compare with an earlier anchor and with a backup.',
    },
  ];
}

function aboutWave({ number, phase, callees }: ReportWave): readonly Attention[] {
  const failed = callees.filter(({ step }) => step === 'failed').length;
  if (failed === 0 || phase === 'rolledBack') return [];
  return [
    {
      level: 'warning',
      what: `${count(failed, 'project')} of wave ${number} could not be changed.`,
      advice: 'The problem of each is listed with the wave.',
    },
  ];
}

function aboutEdges(
  edges: readonly ReportEdge[],
  projects: readonly ReportProject[],
  { edges: states, expired, unproven }: Headline,
): readonly Attention[] {
  const enforced = new Set(projects.filter(({ setting }) => setting === 'enforced').map(({ path }) => path));
  const shut = edges.filter(
    ({ state, admittedBy, callee, decision }) =>
      state === 'approved' && admittedBy === null && enforced.has(callee) && decision?.expired !== true,
  );
  const items: Attention[] = [];
  if (shut.length > 0) {
    items.push({
      level: 'alarm',
      what: `${count(shut.length, 'approved caller')} of an enforced project with no entry to let them in.`,
      advice: 'Somebody may have removed an entry: `tidegate tick` reads the lists anew and plans what is missing.',
    });
  }
  if (states.undecided > 0) {
    items.push({
      level: 'warning',
      what: `${count(states.undecided, 'edge')} nobody has decided on.`,
      advice: 'Decide with `tidegate edges approve` or `tidegate edges reject`; no entry is added without a decision.',
    });
  }
  if (expired > 0) {
    items.push({
      level: 'warning',
      what: `${count(expired, 'approval')} past the date set for deciding anew, or in question by a risk above the bar of rules.`,
      advice: 'Approve again with a reason, or reject: an approval past its date allows no new entry.',
    });
  }
  if (unproven > 0) {
    items.push({
      level: 'note',
      what: `${count(unproven, 'approved edge')} not used since its callee was changed.`,
      advice: 'Nothing proves yet that this access still works: rare schedules show only when they come round.',
    });
  }
  return items;
}

function aboutProjects(projects: readonly ReportProject[]): readonly Attention[] {
  const unread = projects.filter(({ setting }) => setting === 'unread').length;
  const held = projects.filter(({ heldBecause }) => heldBecause !== null).length;
  const items: Attention[] = [];
  if (unread > 0) {
    items.push({
      level: 'warning',
      what: `${count(unread, 'project')} could not be read.`,
      advice:
        'Give the token the right to read what is listed, or exclude it by name: unread is not open and not empty.',
    });
  }
  if (held > 0) {
    items.push({
      level: 'warning',
      what: `${count(held, 'project')} left out of the current plan.`,
      advice: 'The reason stands beside each under "Projects".',
    });
  }
  return items;
}

function aboutDenials(denials: ReportInput['denials']): readonly Attention[] {
  const open = denials.filter(({ state }) => state === 'open').length;
  if (open === 0) return [];
  return [
    {
      level: 'alarm',
      what: `${count(open, 'access', 'accesses')} refused, or perhaps refused, and nothing done about it.`,
      advice: 'See "Refused accesses", or `tidegate findings`: each has its advice and whom to ask.',
    },
  ];
}

function aboutFindings(findings: readonly Finding[]): readonly Attention[] {
  const of = (kind: Finding['kind']): number => findings.filter((finding) => finding.kind === kind).length;
  const items: Attention[] = [];
  if (of('drift') > 0) {
    items.push({
      level: 'warning',
      what: `${count(of('drift'), 'thing has', 'things have')} drifted from what was decided.`,
      advice:
        'See "Findings": approvals past their date, callers kept out that an entry lets in, entries that nobody decided on or uses, and projects that are open again.',
    });
  }
  return items;
}
