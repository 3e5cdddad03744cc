import { InvalidArgumentError } from 'commander';

/** A parser for the hash of a ledger row. */
export function anchorHash(text: string): string {
  if (/^[0-9a-f]{64}$/i.test(text.trim())) return text.trim().toLowerCase();
  throw new InvalidArgumentError('Write all 64 digits of the hash, as `tidegate ledger anchor` prints it.');
}
