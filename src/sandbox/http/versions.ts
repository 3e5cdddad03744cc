/** `major.minor.patch` of the GitLab the stand-in poses as. */
export interface GitLabVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/** Reads `18.5.0`, `18.5`, `18.5.2-ee`; null for anything else. */
export function parseVersion(text: string): GitLabVersion | null {
  const match = /^(\d{1,3})\.(\d{1,3})(?:\.(\d{1,3}))?(?:-[a-z0-9.]+)?$/i.exec(text.trim());
  if (match === null) return null;
  return { major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3] ?? '0') };
}

/** True when `version` is `major.minor` or later. */
export function atLeast(version: GitLabVersion, minimum: string): boolean {
  const [major = 0, minor = 0] = minimum.split('.').map(Number);
  return version.major > major || (version.major === major && version.minor >= minor);
}

/** Which answers carry the `RateLimit-*` headers; see `Quirks.rateHeaders`. */
export type RateHeaders = 'always' | 'refusals' | 'retry-after' | 'none';

/**
 * Behaviours whose first release is not known for certain. Each has a default by version and can be set either way, so that
 * a client can be tried against both forms.
 */
export interface Quirks {
  /** `pluck.limit(1000)` in the resolver of the authentication log; null: uncapped, as in older servers. */
  readonly authLogRowLimit?: number | null;
  /** What `ciJobTokenScopeRemoveProject` takes when no direction is sent (16.9 to 17.x: outbound). */
  readonly removeProjectDefaultsOutbound?: boolean;
  /** The older wording of duplicates: `Target project is already in the job token scope`. */
  readonly olderDuplicateTexts?: boolean;
  /** Whether a part of a job's log can be asked for (`Range`). */
  readonly traceRange?: boolean;
  /** Who is told of the throttle: every answer, refusals alone, only when a refusal ends, or nobody, as by a proxy in front. */
  readonly rateHeaders?: RateHeaders;
  /** Nodes per page of the two lists of allowlist entries (100, newest servers 200). */
  readonly allowlistPageSize?: number;
}

/** What this version can do and how it words things; read from GitLab's history, see the quirks for the unsure ones. */
export interface Capabilities {
  readonly version: GitLabVersion;
  readonly groupsAllowlist: boolean;
  readonly instanceEnforcement: boolean;
  readonly pushSetting: boolean;
  readonly crossProjectPush: boolean;
  readonly movedProjectRedirect: boolean;
  readonly authLogRowLimit: number | null;
  readonly removeProjectDefaultsOutbound: boolean;
  readonly olderDuplicateTexts: boolean;
  readonly allowlistPageSize: number;
  readonly rateHeaders: RateHeaders;
  readonly traceRange: boolean;
}

/** The behaviour of one version, with the quirks that are set by hand over it. */
export function capabilitiesOf(version: GitLabVersion, quirks: Quirks = {}): Capabilities {
  const since = (minimum: string): boolean => atLeast(version, minimum);
  return {
    version,
    groupsAllowlist: since('17.0'),
    instanceEnforcement: since('17.6'),
    pushSetting: since('17.2'),
    crossProjectPush: since('19.0'),
    movedProjectRedirect: since('16.7'),
    authLogRowLimit: quirks.authLogRowLimit === undefined ? (since('18.0') ? 1_000 : null) : quirks.authLogRowLimit,
    removeProjectDefaultsOutbound: quirks.removeProjectDefaultsOutbound ?? !since('18.0'),
    olderDuplicateTexts: quirks.olderDuplicateTexts ?? !since('17.5'),
    allowlistPageSize: quirks.allowlistPageSize ?? (since('19.0') ? 200 : 100),
    rateHeaders: quirks.rateHeaders ?? 'always',
    traceRange: quirks.traceRange ?? false,
  };
}
