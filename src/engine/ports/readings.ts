import type { FeatureAccess, SharedFeature } from '../../domain/access/features.ts';
import type { Project, ProjectRef } from '../../domain/project.ts';
import type { EpochMs, ProjectId } from '../../domain/values.ts';

/** What this GitLab offers, asked once per run. */
export interface Capabilities {
  readonly version: string;
  readonly enterprise: boolean | null;
  /** GraphQL answers at all; without it REST is read project by project. */
  readonly graphql: boolean;
  /** `ciJobTokenAuthLogs` exists (17.6 and later). */
  readonly authLog: boolean;
  /** Entries can be read with their permissions (`ciJobTokenScopeAllowlist`, 17.6). */
  readonly entryPermissions: boolean;
  /** Names of `CiJobTokenScopePolicies`; empty where fine-grained entries do not exist. */
  readonly policies: readonly string[];
  /** `pipelines { warnings }` exists, so that hidden failures show in a sweep. */
  readonly pipelineWarnings: boolean;
}

/** Who the token is, and what it may do. */
export interface Identity {
  readonly userId: number;
  readonly username: string;
  readonly admin: boolean;
  readonly bot: boolean;
  /** Scopes of the token; null where GitLab does not tell. */
  readonly scopes: readonly string[] | null;
  readonly tokenExpiresAt: string | null;
  /** Instance enforcement; null where the token may not read it. */
  readonly instanceEnforced: boolean | null;
}

/** Which projects a page is taken from: below one group, or all that the token sees. */
export type ScopeQuery = { readonly kind: 'group'; readonly path: string } | { readonly kind: 'all' };

/** One row of the authentication log of a callee. */
export interface LogRow {
  readonly caller: ProjectRef;
  readonly lastAuthorizedAt: EpochMs;
}

/** A project as one inventory page brings it, with the log rows read along. */
export interface ProjectReading {
  /** `inScope` is not GitLab's to say and is left to the engine. */
  readonly project: Omit<Project, 'inScope'>;
  readonly log: readonly LogRow[];
}

/** One page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page starts; null at the end. */
  readonly next: string | null;
  /** Size of the whole list where GitLab tells it. */
  readonly total: number | null;
}

/** Paths of a repository, with an id that changes with a file's content. */
export interface RepositoryListing {
  readonly files: readonly { readonly path: string; readonly id: string }[];
  /** False when there are more files than were listed. */
  readonly whole: boolean;
}

/** A file as text, or why it cannot be read as one. */
export type FileText = { readonly text: string; readonly why: null } | { readonly text: null; readonly why: string };

/** A page of the inventory, or several that came together. */
export interface InventoryPage extends Page<ProjectReading> {
  /** Where pages ended, `next` included: the next inventory asks for several of them at once. */
  readonly ends: readonly string[];
  /** How many of the places that were given ahead are behind us. */
  readonly used: number;
}

/** Levels of the features that a project may share with everyone; what is left out was not read. */
export type FeatureLevels = Readonly<Partial<Record<SharedFeature, FeatureAccess>>>;

/** Levels of the features of one project that may be shared with everyone. */
export interface FeatureReading {
  readonly id: ProjectId;
  readonly features: FeatureLevels;
}
