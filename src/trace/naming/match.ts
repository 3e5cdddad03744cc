import type { ContextLine } from '../reading/context-ring.ts';
import type { WrappedLine } from '../reading/wrapped.ts';
import type { Signature } from '../signatures/row.ts';
import type { Credential } from './credential.ts';
import type { Step } from './steps.ts';

/** A line that matched, with what came before and after it. */
export interface Match {
  readonly signature: Signature;
  readonly line: WrappedLine;
  readonly step: Step;
  readonly side: boolean;
  /** Lines in front of it that name hosts or come from `remote:`, oldest first. */
  readonly before: readonly ContextLine[];
  /** The lines that followed. */
  readonly after: readonly WrappedLine[];
  /** Credentials that earlier commands set up, by the access they serve. */
  readonly logins: ReadonlyMap<string, Credential>;
}
