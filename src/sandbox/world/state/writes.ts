import type { FeatureLevel, Features, Visibility } from '../vocabulary.ts';

/** What a write changed, in the words of the request journal. Null in a result: nothing changed. */
export interface Change {
  readonly kind: 'setting' | 'entry_added' | 'entry_removed' | 'policies' | 'instance';
  /** Full path of the callee; null for the instance. */
  readonly project: string | null;
  /** Full path of the entry; null for settings. */
  readonly entry: string | null;
  readonly value: boolean | ChangedPolicies | null;
}

/** What an entry grants after a change of its policies. */
export interface ChangedPolicies {
  readonly defaultPermissions: boolean;
  readonly policies: readonly string[];
}

/** Why GitLab refuses a write; the HTTP face words it. */
export type Refusal =
  | 'project_not_found'
  | 'target_not_found'
  | 'already_listed'
  | 'not_listed'
  | 'project_limit'
  | 'group_limit'
  | 'self_entry'
  | 'not_a_group'
  | 'self_not_removable'
  | 'enforced_by_instance'
  | 'policies_off'
  | 'unknown_policy'
  | 'path_taken'
  | 'no_such_job';

/** How a write ended; a null change: it was allowed and altered nothing. */
export type Outcome =
  { readonly ok: true; readonly change: Change | null } | { readonly ok: false; readonly refusal: Refusal };

/** What an added entry holds beside its target. The world stores default permissions while the callee's policies are off. */
export interface NewEntry {
  readonly kind: 'project' | 'group';
  readonly targetId: number;
  readonly addedBy: number | null;
  /** Default true. */
  readonly defaultPermissions?: boolean;
  /** Default none. */
  readonly policies?: readonly string[];
  /** Default false. */
  readonly autopopulated?: boolean;
}

/** The parts of a project that `PUT /projects/:id` and `projectCiCdSettingsUpdate` change beside the inbound setting. */
export interface ProjectUpdate {
  readonly visibility?: Visibility;
  readonly archived?: boolean;
  readonly policiesEnabled?: boolean;
  readonly pushOwnRepository?: boolean;
  readonly pushFromAllowlisted?: boolean;
  readonly features?: Partial<Readonly<Record<keyof Features, FeatureLevel>>>;
  /** Replaces these files and keeps the rest. */
  readonly files?: Readonly<Record<string, string>>;
}
