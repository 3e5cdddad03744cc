/** A moment as milliseconds since 1970-01-01T00:00:00Z, by the clock of the GitLab server. */
export type EpochMs = number & { readonly __brand: 'EpochMs' };
/** GitLab's numeric id of a project: identity, whatever its path is today. */
export type ProjectId = number & { readonly __brand: 'ProjectId' };
/** GitLab's numeric id of a group. */
export type GroupId = number & { readonly __brand: 'GroupId' };

/** Brands milliseconds since 1970; checks nothing, as `new Date(value)` does not. */
export const epochMs = (value: number): EpochMs => value as EpochMs;

/** Brands the id of a GitLab project; checks nothing. */
export const projectId = (value: number): ProjectId => value as ProjectId;

/** Brands the id of a GitLab group; checks nothing. */
export const groupId = (value: number): GroupId => value as GroupId;

/** Milliseconds since 1970 as ISO 8601 in UTC, without fractions: the one form moments take in output. */
export function isoTime(moment: EpochMs): string {
  return `${new Date(moment).toISOString().slice(0, -'.000Z'.length)}Z`;
}

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** `N[smhdw]` to milliseconds, or null when the text is no such duration. */
export function parseDuration(text: string): number | null {
  const match = /^(\d{1,6})([smhdw])$/.exec(text);
  if (!match) return null;
  return Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
}

/** Milliseconds in the largest unit that divides them: 1209600000 → `14d`. */
export function formatDuration(ms: number): string {
  const rounded = Math.max(0, Math.round(ms / 1_000)) * 1_000;
  for (const unit of ['d', 'h', 'm'] as const) {
    if (rounded >= UNIT_MS[unit] && rounded % UNIT_MS[unit] === 0) return `${rounded / UNIT_MS[unit]}${unit}`;
  }
  // Long durations to the hour, middling ones to the minute, so that a day and a second reads `1d`.
  for (const [above, unit] of [
    [2 * UNIT_MS.d, UNIT_MS.h],
    [2 * UNIT_MS.h, UNIT_MS.m],
  ] as const) {
    if (rounded >= above) return formatDuration(Math.round(rounded / unit) * unit);
  }
  return `${rounded / 1_000}s`;
}

/** For people: two units at most, `5h 42m`, `3d 4h`; files take the form of {@link formatDuration}. */
export function spokenDuration(ms: number): string {
  const rounded = Math.max(0, Math.round(ms / 1_000)) * 1_000;
  const units = (['d', 'h', 'm', 's'] as const).map((unit) => [UNIT_MS[unit], unit] as const);
  const first = units.findIndex(([size]) => rounded >= size);
  const [large, small] = units.slice(first, first + 2);
  if (first === -1 || !large || !small) return formatDuration(rounded);
  // Rounded in the smaller unit: an hour and sixty minutes is two hours.
  const whole = Math.round(rounded / small[0]) * small[0];
  const rest = Math.round((whole % large[0]) / small[0]);
  const head = `${Math.floor(whole / large[0])}${large[1]}`;
  return rest === 0 ? head : `${head} ${rest}${small[1]}`;
}

/** A name of the charts or of the code as words: `awaitingApproval` is `awaiting approval`. */
export const spoken = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** GitLab compares paths without case. */
export const samePath = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** `a/b/c` → [`a`, `a/b`]: the groups above a project, outermost first. */
export function ancestorPaths(path: string): readonly string[] {
  const parts = path.split('/');
  return parts.slice(0, -1).map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** `1 denial`, `2 denials`: a count with its noun. */
export const counted = (count: number, noun: string, plural = `${noun}s`): string =>
  `${count} ${count === 1 ? noun : plural}`;
