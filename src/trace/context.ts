/** What the reader of a trace knows beforehand. */
export interface TraceContext {
  /** Full path of the project whose job wrote the trace; empty when unknown. */
  readonly callerPath: string;
  /** `CI_SERVER_URL`: may have a port and a relative root. */
  readonly gitlabUrl: string;
  /** `CI_REGISTRY`; null: the usual addresses are tried. */
  readonly registryHost: string | null;
  /** Full path of the project with this id, null when unknown. */
  readonly projectIds: (id: number) => string | null;
  /** Whether a project has this full path (any case); without it an image keeps its whole repository path. */
  readonly isProject?: (path: string) => boolean;
  /** Values that must not appear in a quote. */
  readonly secrets?: readonly string[];
}
