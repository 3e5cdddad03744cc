import type { Access } from '../naming/access.ts';

/** What a refusal in a trace means, as far as the trace can tell. */
export type Verdict =
  'allowlist_denied' | 'policy_denied' | 'role_denied' | 'token_invalid' | 'not_found_ambiguous' | 'other';

/** What every row of the table says of itself. */
interface Row {
  /** Public: `diagnose --json` names it. */
  readonly id: string;
  /** The program whose words these are. */
  readonly client: string;
  /** Versions that the wording was seen in or read of. */
  readonly versions: string;
  /** A line as it stands in a trace. */
  readonly example: string;
  /** Where the wording is from: a run of the program, its source, a published log. */
  readonly source: string;
  /** Fixed texts. The pattern is tried only on lines that hold one of them, so every line that can match must. */
  readonly words: readonly string[];
}

/** Words that GitLab itself writes: they say what was refused without any help of the client. */
export interface Sentence extends Row {
  readonly kind: 'sentence';
  /** Blanks are loose, because wrapped text is joined again. Groups: `from`, `name`, `callee`, `permissions`. */
  readonly pattern: RegExp;
  /** Tools break the sentence over several lines: its words alone open it, the pattern is tried on the lines joined. */
  readonly wraps: boolean;
  readonly verdict: Verdict;
  /** Instead of `verdict` where the project refused its own job. */
  readonly ownVerdict: Verdict | null;
  readonly access: Access | null;
  /** Git prints it after `remote:`, so the URL follows; bodies of the API come after their URL. */
  readonly via: 'git' | 'http';
  /** Many an application writes the same: it counts beside an address of the instance only. */
  readonly anybodys: boolean;
  /** Said to job tokens alone, so no other credential can have met it. */
  readonly jobTokenOnly: boolean;
  readonly confidence: number;
  readonly reason: string;
}

/** Words of a client that met a refusal: they need an address of the instance near them to mean anything. */
export interface ClientStatus extends Row {
  readonly kind: 'status';
  /** Group `status` where the status is in the text. */
  readonly pattern: RegExp;
  /** Status that the words stand for when they do not say it. */
  readonly status: number | null;
  readonly access: Access | null;
  /** `silent`: the client hides the refusal, and the same words have harmless causes; anything explicit near it wins. */
  readonly strength: 'explicit' | 'silent';
  /** As in a sentence: its words alone open it, the pattern is tried on the lines joined. */
  readonly wraps: boolean;
  /** The client names the address on the lines after this one, so one of another host there is the one that is meant. */
  readonly addressFollows: boolean;
  /** No server answered at all, whichever it was: what is silent near it is explained. */
  readonly outage: boolean;
}

/** A row of the table: GitLab's own sentence, or how a client prints a status. */
export type Signature = Sentence | ClientStatus;

type SentenceDraft = Partial<Sentence> &
  Pick<Sentence, 'id' | 'versions' | 'example' | 'source' | 'words' | 'pattern' | 'verdict' | 'reason'>;

/** A row of GitLab's own words. */
export function sentence(draft: SentenceDraft): Sentence {
  return {
    kind: 'sentence',
    client: 'GitLab',
    wraps: false,
    ownVerdict: null,
    access: null,
    via: 'http',
    anybodys: false,
    jobTokenOnly: false,
    confidence: 0.85,
    ...draft,
  };
}

type ClientDraft = Partial<ClientStatus> &
  Pick<ClientStatus, 'id' | 'client' | 'versions' | 'example' | 'source' | 'words' | 'pattern'>;

/** A row of a client's words. */
export function client(draft: ClientDraft): ClientStatus {
  return {
    kind: 'status',
    status: null,
    access: null,
    strength: 'explicit',
    wraps: false,
    addressFollows: false,
    outage: false,
    ...draft,
  };
}
