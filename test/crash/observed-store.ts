import { AsyncLocalStorage } from 'node:async_hooks';
import type { RolloutStore } from '../../src/engine/ports.ts';

/** Names of the methods of a store that commit. */
export const WRITES =
  /^(transaction|create|save|put|settle|update|forget|set|finish|approve|append|takeLease|renewLease)/;

/** A store that says after each commit that it happened; calls within a transaction are part of its one commit. */
export function observed(store: RolloutStore, committed: (what: string) => Promise<void>): RolloutStore {
  const inside = new AsyncLocalStorage<true>();
  return new Proxy(store, {
    get: (target, name, receiver) => {
      const member: unknown = Reflect.get(target, name, receiver);
      if (typeof member !== 'function' || typeof name !== 'string' || !WRITES.test(name)) return member;
      return async (...values: readonly unknown[]): Promise<unknown> => {
        const nested = inside.getStore() === true;
        const result: unknown = await inside.run(true, () => Reflect.apply(member, target, values) as Promise<unknown>);
        if (!nested) await committed(name);
        return result;
      };
    },
  });
}
