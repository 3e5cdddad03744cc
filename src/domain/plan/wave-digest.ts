import type { FreezePolicy } from '../playbook.ts';
import { freezeOf } from './freeze.ts';
import { requestsFor, type PlanHead, type PlannedCallee, type PlannedEntry } from './plan.ts';

/** What a wave comes to, without its callees. */
export interface WaveDigest extends Pick<PlanHead['waves'][number], 'number' | 'kind' | 'instanceSwitch'> {
  readonly callees: number;
  /** Entries to add, remove and narrow. */
  readonly added: number;
  readonly removed: number;
  readonly narrowed: number;
  /** Approved callers, each as often as it has callees here. */
  readonly callers: number;
  readonly requests: number;
  /** Is anybody kept out on purpose? */
  readonly refuses: boolean;
  /** Its riskiest callees, at most three. */
  readonly riskiest: readonly Pick<PlannedCallee, 'path' | 'risk' | 'why'>[];
  /** The first of its group entries. */
  readonly groups: readonly { readonly callee: string; readonly entry: PlannedEntry }[];
  /** The first callees whose group entries admit more than was observed. */
  readonly widened: readonly Pick<PlannedCallee, 'path' | 'approvedCallers' | 'add'>[];
  /** The freeze windows that concern it. */
  readonly freeze: FreezePolicy;
}

const RISKIEST = 3;
/** Group entries and widened callees that are named. */
export const NAMED = 8;

/** Adds up one wave callee by callee, as a plan for 100,000 projects is not to be in memory for it. */
export class WaveCount {
  readonly #head: Pick<WaveDigest, 'number' | 'kind' | 'instanceSwitch'>;
  readonly #sums = { callees: 0, added: 0, removed: 0, narrowed: 0, callers: 0, requests: 0 };
  readonly #groups: WaveDigest['groups'][number][] = [];
  readonly #widened: WaveDigest['widened'][number][] = [];
  readonly #freeze: ReturnType<typeof freezeOf>;
  #riskiest: WaveDigest['riskiest'] = [];
  #refuses = false;

  constructor(
    { number, kind, instanceSwitch }: Pick<WaveDigest, 'number' | 'kind' | 'instanceSwitch'>,
    freeze: FreezePolicy,
  ) {
    this.#head = { number, kind, instanceSwitch };
    this.#freeze = freezeOf(freeze);
  }

  add(callee: PlannedCallee): void {
    const { path, add, remove, narrow, approvedCallers, rejectedCallers, risk, why } = callee;
    const sums = this.#sums;
    sums.callees += 1;
    sums.added += add.length;
    sums.removed += remove.length;
    sums.narrowed += narrow.length;
    sums.callers += approvedCallers;
    sums.requests += requestsFor(callee);
    this.#refuses ||= rejectedCallers > 0;
    this.#freeze.add(path);
    const groups = add.filter(({ kind }) => kind === 'group').map((entry) => ({ callee: path, entry }));
    this.#groups.push(...groups.slice(0, NAMED - this.#groups.length));
    if (add.some(({ widening }) => widening > 0) && this.#widened.length < NAMED) {
      this.#widened.push({ path, approvedCallers, add });
    }
    this.#riskiest = [...this.#riskiest, { path, risk, why }]
      .sort((a, b) => b.risk - a.risk || (a.path < b.path ? -1 : 1))
      .slice(0, RISKIEST);
  }

  digest(): WaveDigest {
    return {
      ...this.#head,
      ...this.#sums,
      ...{ refuses: this.#refuses, riskiest: this.#riskiest, groups: this.#groups, widened: this.#widened },
      freeze: this.#freeze.policy(),
    };
  }
}
