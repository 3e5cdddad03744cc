import type { Cmdlet } from '../files.ts';
import { outside } from './calls.ts';

/** `Invoke-RestMethod`, `Invoke-WebRequest`: the first of the parameters that is given holds the address. */
export const request =
  (name: string, ...addresses: readonly string[]): Cmdlet =>
  (given, _, place) => {
    const address = given.get(...addresses);
    const named = new Map([...given.named].filter(([key]) => !addresses.some((one) => one.startsWith(key))));
    for (const [short, whole] of [
      ['header', 'headers'],
      ['meth', 'method'],
    ] as const)
      for (const [key, value] of [...named])
        if (
          whole.startsWith(key) &&
          key.length > 1 &&
          (key === short || key.startsWith(short) || short.startsWith(key))
        ) {
          named.delete(key);
          named.set(whole, value);
        }
    return outside(name, { positional: address === undefined ? [] : [address], named }, place);
  };
