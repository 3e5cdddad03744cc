import type { Features, Visibility } from './vocabulary.ts';

/** Milliseconds since 1970, in the stand-in's simulated time. */
export type EpochMs = number;

/** A group or a person's own namespace. User namespaces never stand on an allowlist and have no parent. */
export interface Namespace {
  readonly kind: 'group' | 'user';
  readonly id: number;
  /** Last path segment. */
  readonly path: string;
  readonly fullPath: string;
  readonly parent: Namespace | null;
  /** A group is as visible as its most visible project. */
  readonly visibility: Visibility;
  readonly createdAt: EpochMs;
}

/** One line of a callee's allowlist; `targetId` is a project or a group id, by `kind`. */
export interface Entry {
  readonly kind: 'project' | 'group';
  readonly targetId: number;
  readonly createdAt: EpochMs;
  /** User id, or null where it is not known (the organisation file's own entries). */
  readonly addedBy: number | null;
  readonly autopopulated: boolean;
  readonly defaultPermissions: boolean;
  /** Upper-case `CiJobTokenScopePolicies` names; empty while `defaultPermissions` is true. */
  readonly policies: readonly string[];
}

/** A project as it stands at the moment it is asked for. */
export interface Project {
  readonly id: number;
  /** Last path segment: what GitLab's denial texts name. */
  readonly path: string;
  readonly fullPath: string;
  readonly namespace: Namespace;
  readonly visibility: Visibility;
  readonly archived: boolean;
  readonly createdAt: EpochMs;
  readonly defaultBranch: string;
  /** The stored inbound setting; {@link World.effectiveInbound} adds the instance's enforcement. */
  readonly inboundEnabled: boolean;
  /** Whether fine-grained permissions are switched on for this callee. */
  readonly policiesEnabled: boolean;
  readonly pushOwnRepository: boolean;
  readonly pushFromAllowlisted: boolean;
  readonly features: Features;
  /** Repository files by path. */
  readonly files: Readonly<Record<string, string>>;
  /** Id of the project it was forked from; null for one of its own. */
  readonly forkedFrom: number | null;
  readonly forks: number;
  /** Names of its environments that are protected. */
  readonly protectedEnvironments: readonly string[];
  /** Names of the Terraform states that it keeps. */
  readonly terraformStates: readonly string[];
  /** Names of the packages that are there from the beginning. */
  readonly packages: readonly string[];
}

/** A person, or a bot; `admin` of the whole instance. */
export interface User {
  readonly id: number;
  readonly username: string;
  readonly admin: boolean;
  readonly createdAt: EpochMs;
}

/** A membership as GitLab's `members/all` shows it: the highest one that reaches the project or group. */
export interface Member {
  readonly user: User;
  readonly accessLevel: number;
}

/** A found project, and whether the path asked for is an old one (GitLab redirects GET, refuses the rest with 405). */
export interface Found {
  readonly project: Project;
  readonly moved: boolean;
}
