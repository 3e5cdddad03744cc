import type { AllowlistState, EntryPermissions, EntryTarget, ProjectRef } from '../project.ts';
import type { EpochMs } from '../values.ts';

/** An entry to add, with the callers it is added for. Its decisions are looked up again at the moment of writing. */
export interface PlannedEntry extends EntryTarget, EntryPermissions {
  /** Callers observed and approved that this entry lets in. */
  readonly callers: readonly ProjectRef[];
  /** Projects that it admits today beyond those callers; 0 for a project entry. */
  readonly widening: number;
}

/** An entry that stands and is to go, or to have the permissions named here from then on. */
export interface TightenedEntry extends EntryTarget, EntryPermissions {
  readonly why: string;
}

/** What is to happen to one callee. */
export interface PlannedCallee extends ProjectRef {
  /** The live state the plan rests on; applying refuses when it has moved. */
  readonly before: AllowlistState;
  readonly add: readonly PlannedEntry[];
  /** Entries that stand already and that the approved callers rely on. */
  readonly relyOn: readonly EntryTarget[];
  /** Entries to take away, with the permissions they have; only where the list is enforced already. */
  readonly remove: readonly TightenedEntry[];
  /** Entries to narrow, with the permissions they are to have. */
  readonly narrow: readonly TightenedEntry[];
  readonly enforce: boolean;
  /** Approved callers, for the soak: who is expected to get in. */
  readonly approvedCallers: number;
  /** Callers that will be refused on purpose. */
  readonly rejectedCallers: number;
  readonly risk: number;
  readonly why: string;
  /** Why it changes in this wave. */
  readonly placed: string;
}

/** `pilot`: the first callees; `organisation`: the switch of the instance alone. */
export type WaveKind = 'pilot' | 'wave' | 'organisation';

/** The callees that change together. */
export interface PlannedWave {
  /** From 1. */
  readonly number: number;
  readonly kind: WaveKind;
  readonly callees: readonly PlannedCallee[];
  /** True for the wave that sets the switch of the whole instance. */
  readonly instanceSwitch: boolean;
}

/** A callee that cannot be enforced now, and what would change that. */
export interface HeldCallee extends ProjectRef {
  readonly reason:
    | 'undecided'
    | 'unread'
    | 'limit'
    | 'widening-refused'
    | 'narrow-entry'
    | 'no-rights'
    | 'not-ready'
    | 'too-many-callers';
  readonly detail: string;
}

/** Everything that is to change, in waves. The hash covers its canonical form without `createdAt`. */
export interface Plan {
  readonly hash: string;
  readonly createdAt: EpochMs;
  readonly waves: readonly PlannedWave[];
  readonly held: readonly HeldCallee[];
  /** Sum over all group entries to add. */
  readonly widening: number;
  /** Why the instance switch is not part of the plan; null when it is. */
  readonly noSwitchBecause: string | null;
  readonly requests: number;
}

/** A plan without its callees; `size` says how many each wave has. */
export interface PlanHead extends Omit<Plan, 'waves' | 'held'> {
  readonly waves: readonly (Omit<PlannedWave, 'callees'> & { readonly size: number })[];
}

/** The part of a plan that its hash covers. */
export type PlanBody = Omit<Plan, 'hash' | 'createdAt'>;

/** Requests for one callee: read, compare and read back, one for each entry, one to enforce. */
export const requestsFor = (callee: Pick<PlannedCallee, 'add' | 'remove' | 'narrow' | 'enforce'>): number =>
  3 + callee.add.length + callee.remove.length + callee.narrow.length + (callee.enforce ? 1 : 0);

/** Does it take anything away? A callee that only gets what its callers lack is a repair. */
export const isRepair = ({ enforce, remove, narrow }: Pick<PlannedCallee, 'remove' | 'narrow' | 'enforce'>): boolean =>
  !enforce && remove.length === 0 && narrow.length === 0;
