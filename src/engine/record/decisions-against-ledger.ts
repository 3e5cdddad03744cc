import type { Decision } from '../../domain/decisions/decision.ts';
import type { LedgerRow, RolloutStore } from '../ports.ts';
import { bearsOut } from './bears-out.ts';

type Body = LedgerRow['body'];

/** What is wrong with one decision. */
interface Fault {
  readonly id: number;
  readonly text: string;
}

/**
 * Decisions held against the ledger row by row: a person may have made a million of them one by one, so of a row that is right
 * nothing is kept but which decisions have one.
 */
export class DecisionsAgainst {
  readonly #store: Pick<RolloutStore, 'decision'>;
  readonly #faults: Fault[] = [];
  /** Ids that rows speak for, from (inclusive) and to (exclusive). */
  readonly #told: { from: number; to: number }[] = [];
  /** Sign-offs of group entries, which their row lists without ids, by what they are about. */
  readonly #signedOff = new Map<string, unknown[]>();

  constructor(store: Pick<RolloutStore, 'decision'>) {
    this.#store = store;
  }

  /** A row that holds one decision. */
  async one(body: Body): Promise<void> {
    const id = Number(body['id']);
    this.#tell(id, 1);
    const stored = await this.#store.decision(id);
    if (stored === null) this.#faults.push({ id, text: 'is in the ledger and not stored' });
    else if (!bearsOut(stored, body)) this.#faults.push({ id, text: 'is not what the ledger recorded' });
  }

  /** A row whose digest speaks for a batch; the ledger's own check compares it. */
  batch(first: number, count: number): void {
    this.#tell(first, count);
  }

  /** A decision as a row lists it that does not tell its id. */
  signOff(one: unknown): void {
    const key = aboutWhat((one as Partial<Decision> | null)?.subject);
    const known = this.#signedOff.get(key);
    if (known) known.push(one);
    else this.#signedOff.set(key, [one]);
  }

  /** One line for each decision that the ledger does not bear out; to be asked for behind the last row. */
  async faults(): Promise<readonly string[]> {
    let id = 1;
    for (const { from, to } of this.#told.sort((a, b) => a.from - b.from)) {
      for (; id < from; id += 1) await this.#inNoRow(id);
      id = Math.max(id, to);
    }
    // Ids of decisions grow without gaps, as rows are never taken out.
    while (await this.#inNoRow(id)) id += 1;
    return this.#faults.sort((a, b) => a.id - b.id).map((fault) => `decision ${fault.id} ${fault.text}`);
  }

  /** @returns whether there is such a decision */
  async #inNoRow(id: number): Promise<boolean> {
    const stored = await this.#store.decision(id);
    if (stored === null) return false;
    const signed = this.#signedOff.get(aboutWhat(stored.subject)) ?? [];
    if (!signed.some((one) => bearsOut(stored, one))) this.#faults.push({ id, text: 'is in no row of the ledger' });
    return true;
  }

  #tell(from: number, count: number): void {
    // A row without an id or a count speaks for none: everything behind it would pass unseen.
    if (!Number.isSafeInteger(from) || !Number.isSafeInteger(count)) return;
    const last = this.#told.at(-1);
    if (last?.to === from) last.to += count;
    else this.#told.push({ from, to: from + count });
  }
}

/** The ends of what a decision is about: the paths beside them may have changed. */
const aboutWhat = (subject: Partial<Record<'callee' | 'caller' | 'groupId', unknown>> | undefined): string =>
  JSON.stringify([subject?.callee, subject?.caller, subject?.groupId]);
