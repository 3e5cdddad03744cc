import type { Access } from '../naming/access.ts';
import { USES_GIT, type Surroundings } from '../naming/access-of.ts';
import type { ClientStatus, Verdict } from '../signatures/row.ts';
import type { Target } from '../naming/target.ts';

/** A status that a client printed, and what it was about. */
export interface StatusCase {
  readonly status: number;
  readonly signature: ClientStatus;
  readonly access: Access | null;
  readonly self: boolean;
  /** Null where no address was found. */
  readonly scope: Target['scope'] | null;
  readonly around: Surroundings;
}

/** What a status means, with what it rests on; `confidence` is 0 to 1. */
export interface Judgement {
  readonly verdict: Verdict;
  readonly confidence: number;
  readonly reason: string;
  /** Whether the address belongs to the answer: an outage says nothing about the project. */
  readonly keepSubject: boolean;
}

// Reasons of GitLab's that a client passes on beside the status, none of them about access.
const OTHER_REASON =
  /Package protected|already (?:exists|been taken|uploaded)|Duplicate package|Validation failed|is too large|archived|deletion|maintenance|read-only|rate limit|Reference not found|manifest unknown|manifest .{0,200}not found/i;
// `remote: ` and a sentence that no row of the table knows.
const REMOTE_SAYS = /remote:\s{1,4}(?:GitLab: |ERROR: )?(\S.{3,300})/;

/** What a bare status means. Null: nothing that concerns access. */
export function judgeStatus(found: StatusCase): Judgement | null {
  const { status, self, access, around } = found;
  if (status === 429) return other('rate-limited: GitLab asked to slow down; the job token is fine.');
  if (status >= 500) return other('GitLab or a proxy failed; this says nothing about access.');
  if (status !== 401 && status !== 403 && status !== 404)
    return other('A refusal for a reason that is not about access.');
  if ([around.own, ...around.after.slice(0, 2)].some((line) => OTHER_REASON.test(line)))
    return other('The server named a reason that is not about access.');
  const remote = access === null || USES_GIT.has(access) ? remoteReason(around) : null;
  if (remote !== null) return remote;
  // A registry answers so to a token without access to the image; a login alone is about the credential.
  const ofImage = access === 'container-registry' && found.scope === 'project';
  if (status === 401 && !(ofImage && found.signature.id !== 'registry-token-refused')) return unauthorized(found);
  if (self) return { ...other('Its own project refused; allowlists are for other projects.'), keepSubject: true };
  if (isRegistryPush(found)) {
    const reason = 'Job tokens push images to their own project only; no allowlist entry helps.';
    return { verdict: 'other', confidence: 0.8, reason, keepSubject: true };
  }
  if (status === 403 && found.scope === 'group' && access !== 'container-registry') {
    const reason = 'A group endpoint refused: the user behind the job lacks access to the group.';
    return { verdict: 'role_denied', confidence: 0.55, reason, keepSubject: true };
  }
  return {
    verdict: 'not_found_ambiguous',
    confidence: found.signature.strength === 'silent' ? 0.45 : 0.6,
    reason: ambiguousReason(found),
    keepSubject: true,
  };
}

function unauthorized({ signature, scope, access }: StatusCase): Judgement {
  const reason =
    signature.id === 'registry-token-refused'
      ? 'The token service of the registry gave no token: the credential is missing or not accepted. A missing entry does not fail here.'
      : 'The credential itself was not accepted.';
  // Without an address only GitLab's own clients say so much.
  const confidence = scope === null && access === null ? 0.6 : 0.8;
  return { verdict: 'token_invalid', confidence, reason, keepSubject: true };
}

function ambiguousReason({ status, access }: StatusCase): string {
  if (access === 'container-registry')
    return 'The registry refuses without a reason: no entry, no role, or no such image.';
  if (status === 403) return "The client drops GitLab's text: the entry, a permission or the role may be missing.";
  return 'GitLab hides what the job may not see: no entry, no role, or it does not exist.';
}

function other(reason: string): Judgement {
  return { verdict: 'other', confidence: 0.7, reason, keepSubject: false };
}

/** Git prints what the server said in front of the status. */
function remoteReason({ before }: Surroundings): Judgement | null {
  const said = before
    .slice(-3)
    .map((line) => REMOTE_SAYS.exec(line)?.[1])
    .findLast((text) => text !== undefined);
  if (said === undefined || /^(?:Enumerating|Counting|Compressing|Total|Resolving|warning:)/.test(said)) return null;
  if (
    /job token|allowlist|permission|not authorized|access/i.test(said) &&
    !/\bIP\b|blocked|terms|two-factor|archived/i.test(said)
  )
    return null;
  return other('GitLab refused git with a reason of its own that is not about the allowlist.');
}

function isRegistryPush({ access, around }: StatusCase): boolean {
  if (access !== 'container-registry') return false;
  const { own, before, step } = around;
  if (/push permission|blobs\/uploads|failed to push|writing (?:blob|manifest)/i.test(own)) return true;
  if (before.slice(-4).some((line) => line.includes('The push refers to repository'))) return true;
  return PUSHES.test(step.command) && !PULLS.test(step.command);
}

const PUSHES = /\b(?:docker|podman|buildah|crane|oras|helm|nerdctl)\s(?:image\s|manifest\s)?push\b/;
const PULLS = /\b(?:pull|build|run|bud|compose)\b/;
