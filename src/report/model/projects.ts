import { GAP_KINDS, GAP_TITLES, readingGaps, type Gap, type GapKind } from '../../domain/edges/gap.ts';
import type { Project } from '../../domain/project.ts';
import { LOG_BLIND_SPOTS } from '../../domain/access/shadow.ts';
import { isoTime, type ProjectId } from '../../domain/values.ts';
import type { ReportInput } from './input.ts';
import type { Standing } from './standing.ts';
import { byText, count, plain, shortTime, timeOrNull } from '../text.ts';
import type { Completeness, ReportProject } from './types.ts';

/** Every project in scope, in order of path. */
export function reportProjects(
  input: ReportInput,
  standing: ReadonlyMap<ProjectId, Standing>,
): readonly ReportProject[] {
  const callers = new Map<ProjectId, number>();
  for (const { callee } of input.edges) callers.set(callee, (callers.get(callee) ?? 0) + 1);
  const held = new Map((input.plans.at(-1)?.held ?? []).map((project) => [project.id, project.detail]));
  return input.projects
    .filter(({ inScope }) => inScope)
    .map((project): ReportProject => {
      const because = held.get(project.id);
      return {
        path: plain(project.path),
        visibility: project.visibility,
        archived: project.archived,
        setting: project.allowlist === null ? 'unread' : project.allowlist.effective ? 'enforced' : 'open',
        entries: project.allowlist?.entries.length ?? 0,
        callers: callers.get(project.id) ?? 0,
        wave: standing.get(project.id)?.wave ?? null,
        heldBecause: because === undefined ? null : plain(because),
        unseen: gapsOf(input, project).map(({ text }) => plain(text)),
      };
    })
    .sort((a, b) => byText(a.path, b.path));
}

/** Promise 7 for the whole rollout: each blind spot with the projects it concerns. */
export function completeness(input: ReportInput): Completeness {
  const { count: inventories, firstAt, lastAt } = input.inventories;
  const unreadSweeps = [...new Set(input.waves.flatMap(({ sweeps }) => sweeps.flatMap(({ unread: lines }) => lines)))];
  return {
    inventories,
    firstInventoryAt: timeOrNull(firstAt),
    lastInventoryAt: timeOrNull(lastAt),
    limits: [
      ...gapLimits(input),
      {
        text: 'Not read during a soak: failed jobs there would not have been seen.',
        projects: unreadSweeps.map(plain),
      },
    ]
      .filter(({ projects }) => projects.length > 0)
      .concat([...input.gaps.overall.map(sentence), ...timeLimits(input)].map((text) => ({ text, projects: [] }))),
  };
}

const gapsOf = ({ gaps }: ReportInput, project: Project): readonly Gap[] => [
  ...readingGaps(project),
  ...(gaps.callees.get(project.id) ?? []),
];

/** One limit for each kind of gap, with the projects in scope that have it. */
function gapLimits(input: ReportInput): Completeness['limits'] {
  const projects = new Map<GapKind, string[]>(GAP_KINDS.map((kind) => [kind, []]));
  for (const project of input.projects) {
    if (!project.inScope) continue;
    for (const { kind, figure } of gapsOf(input, project)) {
      projects.get(kind)?.push(plain(figure === null ? project.path : `${project.path}: ${figure}`));
    }
  }
  return GAP_KINDS.map((kind) => ({
    text: sentence(GAP_TITLES[kind]),
    projects: (projects.get(kind) ?? []).sort(byText),
  }));
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${plain(text.slice(1))}.`;

function timeLimits(input: ReportInput): readonly string[] {
  const oldest = input.edges.reduce<number | null>(
    (first, { firstSeen }) => (first === null || firstSeen < first ? firstSeen : first),
    null,
  );
  const nameless = input.edges.filter(({ access }) => access.length === 0).length;
  const words: string[] = [`${LOG_BLIND_SPOTS}.`];
  if (oldest !== null) {
    const since = shortTime(isoTime(oldest as ReportInput['generatedAt']));
    words.push(`The oldest observation is of ${since}. A job that has not run since then is in no log.`);
  }
  if (nameless > 0) {
    words.push(
      `${count(nameless, 'edge')} known without the kind of access: GitLab's log names the caller and the time of its last access, nothing else.`,
    );
  }
  return words;
}
