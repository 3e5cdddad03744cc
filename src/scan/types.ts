import type { AccessKind as KnownAccess } from '../domain/access/permissions.ts';
import type { Texts, Wanted } from './checkout.ts';

/** How a job reaches another project: a kind of access, or what stands beside unresolved entries alone. */
export type AccessKind = KnownAccess | 'child-pipeline' | 'include' | 'unknown';

/**
 * `certain` follows from the files by substitution. `likely` rests on a default that can be replaced, on a data file or a
 * program, on an inferred credential, or on a test that the files do not decide (decision 0084).
 */
export type Certainty = 'certain' | 'likely';

/** A place in a file of the checkout, or of an included configuration (`project:/file`). Lines count from 1. */
export interface Origin {
  readonly file: string;
  readonly line: number;
}

/** One other project that some job of the caller reaches with its job token, by one kind of access. */
export interface ScanEdge extends Origin {
  /** Full path, in the inventory's spelling where it is listed there. */
  readonly callee: string;
  readonly access: AccessKind;
  /** Smallest set of fine-grained permissions, sorted; empty where the endpoint has none. */
  readonly policies: readonly string[];
  readonly certainty: Certainty;
}

/** A job-token access, or a file that may hold one, whose callee cannot be named from the files. */
export interface UnresolvedAccess extends Origin {
  readonly access: AccessKind;
  readonly expression: string;
  readonly why: string;
}

/** What the scan found, in the order of files and lines. */
export interface ScanResult {
  readonly edges: readonly ScanEdge[];
  readonly unresolved: readonly UnresolvedAccess[];
  /** Texts that were looked for and not given; with them the scan may see more. */
  readonly wanted: readonly Wanted[];
}

/** What is known beside the files. */
export interface ScanContext {
  /** Numeric project id to full path, as the inventory knows them. */
  readonly projectIds: Readonly<Record<string, string>>;
  /** Numeric group id to full path. */
  readonly groups: Readonly<Record<string, string>>;
  /** CI/CD variables of project, groups and instance; `[masked]` is a stored secret. They win over the YAML. */
  readonly variables: Readonly<Record<string, string>>;
  /** Configuration of other projects: `project/path:/file` (or `project/path:/file@ref`) to text; of addresses: URL to text. */
  readonly included: Readonly<Record<string, string>>;
}

/** One checkout to scan. */
export interface ScanInput {
  /** Full path of the project whose jobs hold the token. */
  readonly caller: string;
  /** URL of the instance, with port or relative root where it has one. */
  readonly gitlabUrl: string;
  readonly files: Texts;
  readonly context?: Partial<ScanContext>;
  /** Paths of further files that exist and are not in `files`; leave it out when the repository was not listed. */
  readonly others?: ReadonlySet<string>;
  /** Files that exist but were not read (too large, binary), with the reason. */
  readonly unread?: ReadonlyMap<string, string>;
}
