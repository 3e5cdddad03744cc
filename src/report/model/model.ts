import { reportDenials } from './denials.ts';
import { isoTime } from '../../domain/values.ts';
import { attentionOf } from './attention.ts';
import { reportEdges, reportGroupEntries } from './edges.ts';
import { headlineOf } from './headline.ts';
import type { ReportInput } from './input.ts';
import { completeness, reportProjects } from './projects.ts';
import { standingByCallee } from './standing.ts';
import { plain, plainOrNull, timeOrNull } from '../text.ts';
import type { Report } from './types.ts';
import { reportFailure, reportWaves } from './waves.ts';

export type { ReportInput } from './input.ts';
export type { Report } from './types.ts';

const STANDING: Readonly<Record<string, string>> = {
  inventory: 'The organisation is being read.',
  observing: 'The organisation is being watched: nothing has been changed.',
  refreshing: 'The organisation is being read again before the next wave.',
  deciding: 'The rules of the playbook are being applied.',
  awaitingDecisions: 'Waiting for a person to decide the edges that no rule decides.',
  planning: 'The next waves are being planned.',
  awaitingWidening: 'Waiting for a person to sign off group entries that admit more than was observed.',
  awaitingPlan: 'Waiting for a person to approve the plan.',
  starting: 'The next wave is about to start.',
  rolling: 'A wave is under way.',
  stopped: 'Stopped: a wave was taken back, or GitLab kept moving. A person has to look.',
  restoring: 'A wave is being rolled back.',
  holding: 'All that could be changed is changed; some projects are held back.',
  guarding: 'All is enforced. The organisation is watched for drift.',
  restoringAll: 'Every wave is being rolled back.',
  restoreBlocked: 'Not every wave could be rolled back completely. A person has to look.',
  reopening: 'Aborted: everything is being reopened.',
  reopenBlocked: 'Aborted, but not everything could be reopened. A person has to look.',
  aborted: 'Aborted.',
};

/** Works the report out of the rows. Pure: the same rows and `generatedAt` give the same report, byte for byte. */
export function buildReport(input: ReportInput): Report {
  const byId = new Map(input.projects.map((project) => [project.id, project]));
  const standing = standingByCallee(input.waves);
  const projects = reportProjects(input, standing);
  const edges = reportEdges(input, byId, standing);
  const waves = reportWaves(input);
  const headline = headlineOf(input, projects, edges, waves);
  const plan = input.plans.at(-1);
  const known = new Set(input.waves.map(({ id }) => id));
  return {
    schemaVersion: 1,
    generatedAt: isoTime(input.generatedAt),
    tool: { name: 'tidegate', version: input.toolVersion },
    rollout: rolloutOf(input),
    next: input.next && {
      what: plain(input.next.what),
      how: plain(input.next.how),
      notBefore: timeOrNull(input.next.notBefore),
      person: input.next.person,
    },
    headline,
    attention: attentionOf(input, { headline, projects, edges, waves }),
    waves,
    otherFailures: input.failures.filter(({ waveId }) => waveId === null || !known.has(waveId)).map(reportFailure),
    edges,
    groupEntries: reportGroupEntries(input, byId),
    projects,
    completeness: completeness(input),
    denials: reportDenials(input.denials),
    findings: input.findings.map(({ at, kind, subject, text }) => ({
      at: isoTime(at),
      kind,
      subject: plain(subject),
      text: plain(text),
    })),
    plan: plan
      ? { hash: plan.hash, createdAt: isoTime(plan.createdAt), noSwitchBecause: plainOrNull(plan.noSwitchBecause) }
      : null,
    ledger: { rows: input.ledger.rows, anchor: input.ledger.last, problem: plainOrNull(input.ledger.problem) },
  };
}

function rolloutOf({ rollout }: ReportInput): Report['rollout'] {
  return {
    id: plain(rollout.id),
    gitlabUrl: plain(rollout.gitlabUrl),
    gitlabVersion: plainOrNull(rollout.gitlabVersion),
    instanceEnforced: rollout.instanceEnforced,
    playbook: plain(rollout.playbookName),
    createdAt: isoTime(rollout.createdAt),
    phase: rollout.phase,
    paused: rollout.paused,
    standing: STANDING[rollout.phase] ?? `In the state "${plain(rollout.phase)}".`,
  };
}

/** The report as one JSON document. */
export const renderJson = (report: Report): string => `${JSON.stringify(report, null, 2)}\n`;
