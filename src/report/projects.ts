import type { Project } from '../domain/project.ts';
import { LOG_BLIND_SPOTS, unseenBy } from '../domain/shadow.ts';
import { isoTime, type ProjectId } from '../domain/values.ts';
import type { ReportInput } from './input.ts';
import type { Standing } from './standing.ts';
import { byText, count, plain, shortTime, timeOrNull } from './text.ts';
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
        unseen: unseenBy(project).map(plain),
      };
    })
    .sort((a, b) => byText(a.path, b.path));
}

/** Promise 7 for the whole rollout: each blind spot with the projects it concerns. */
export function completeness(input: ReportInput): Completeness {
  const { count: inventories, firstAt, lastAt } = input.inventories;
  const scope = input.projects.filter(({ inScope }) => inScope);
  const limits = [
    {
      text: 'Not read. They count neither as open nor as without callers, and block what depends on them.',
      of: unread,
    },
    { text: 'Their authentication log could not be read: callers are known from other sources only.', of: withoutLog },
    { text: 'GitLab cut their log: it hands out at most 1,000 callers, and does not say which are missing.', of: cut },
    { text: 'Public or internal: reads that need no entry may leave no row in the log.', of: shared },
  ].map(({ text, of }) => ({ text, projects: scope.flatMap(of).sort(byText) }));
  const unreadSweeps = [...new Set(input.waves.flatMap(({ sweeps }) => sweeps.flatMap(({ unread: lines }) => lines)))];
  return {
    inventories,
    firstInventoryAt: timeOrNull(firstAt),
    lastInventoryAt: timeOrNull(lastAt),
    limits: [
      ...limits,
      {
        text: 'Not readable during a soak: failed jobs there would not have been seen.',
        projects: unreadSweeps.map(plain),
      },
      ...timeLimits(input).map((text) => ({ text, projects: [] })),
    ].filter(({ projects }, index) => projects.length > 0 || index > limits.length),
  };
}

const unread = (project: Project): string[] =>
  project.unread !== null || project.allowlist === null
    ? [`${plain(project.path)}: ${plain(project.unread ?? 'its settings were not read')}`]
    : [];
const withoutLog = (project: Project): string[] =>
  project.unread === null && project.log === null ? [plain(project.path)] : [];
const cut = (project: Project): string[] =>
  project.log?.cut === true ? [`${plain(project.path)}: ${count(project.log.rows, 'row')} seen`] : [];
const shared = (project: Project): string[] =>
  project.visibility === 'private' ? [] : [`${plain(project.path)}: ${project.visibility}`];

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
