import type { Access } from './access.ts';

/** What a refusal in a trace means, as far as the trace can tell. */
export type Verdict =
  'allowlist_denied' | 'policy_denied' | 'role_denied' | 'token_invalid' | 'not_found_ambiguous' | 'other';

/** Words that GitLab itself writes: they say what was refused without any help of the client. */
export interface Sentence {
  readonly kind: 'sentence';
  readonly id: string;
  /** A short start that is on one line even where a tool wraps its output. */
  readonly lead: string;
  /** Blanks are loose, because wrapped text is joined again. Groups: `from`, `name`, `callee`, `permissions`. */
  readonly pattern: RegExp;
  readonly verdict: Verdict;
  /** Instead of `verdict` where the project refused its own job. */
  readonly ownVerdict: Verdict | null;
  readonly access: Access | null;
  /** Git prints it after `remote:`, so the URL follows; bodies of the API come after their URL. */
  readonly via: 'git' | 'http';
  readonly confidence: number;
  readonly reason: string;
}

/** Words of a client that met a refusal: they need an address of the instance near them to mean anything. */
export interface ClientStatus {
  readonly kind: 'status';
  readonly id: string;
  /** Group `status` where the status is in the text. */
  readonly pattern: RegExp;
  /** Status that the words stand for when they do not say it. */
  readonly status: number | null;
  readonly access: Access | null;
  /** `silent`: the client hides the refusal, and the same words have harmless causes; anything explicit near it wins. */
  readonly strength: 'explicit' | 'silent';
}

export type Signature = Sentence | ClientStatus;

type SentenceDraft = Partial<Sentence> & Pick<Sentence, 'id' | 'lead' | 'pattern' | 'verdict' | 'reason'>;

function sentence(draft: SentenceDraft): Sentence {
  return { kind: 'sentence', ownVerdict: null, access: null, via: 'http', confidence: 0.85, ...draft };
}

// `project #123` or a last path segment; the full stop at its end belongs to the sentence.
const NAME = String.raw`(?:project\s{1,3})?(?:#(?<callee>\d{1,15})|(?<name>[^\s"'\\<>,}\]]{1,255}))`;

/** In order of weight: the first that matches a line names it. Texts: GitLab's source, see the facts on denial signatures. */
export const SENTENCES: readonly Sentence[] = [
  sentence({
    id: 'job-token-not-allowed',
    lead: 'Authentication by CI/CD',
    pattern: new RegExp(
      String.raw`Authentication\s{0,3}by\s{0,3}CI/CD\s{0,3}job\s{0,3}token\s{0,3}not\s{0,3}allowed(?:\s{0,3}from\s{0,3}(?<from>[^\s"'\\<>]{1,255})\s{1,3}to\s{0,3}${NAME})?`,
    ),
    verdict: 'allowlist_denied',
    ownVerdict: 'other',
    confidence: 0.97,
    reason:
      'GitLab refused the job token because the called project does not admit the calling one. On the REST API the same sentence also appears when the caller is listed but the user behind the job is no member.',
  }),
  sentence({
    id: 'token-permission-missing',
    lead: 'nsufficient permissions to access',
    pattern: new RegExp(
      String.raw`nsufficient\s{0,3}permissions\s{0,3}to\s{0,3}access\s{0,3}this\s{0,3}resource(?:\s{0,3}in\s{0,3}${NAME})?(?:\s{0,3}The\s{0,3}following\s{0,3}token\s{0,3}permissions?\s{0,3}(?:is|are)\s{0,3}required:\s{0,3}(?<permissions>[a-z_, ]{1,300}))?`,
    ),
    verdict: 'policy_denied',
    confidence: 0.93,
    reason:
      'The allowlist entry lacks a fine-grained permission; where the called project uses fine-grained permissions, a missing entry reads the same.',
  }),
  sentence({
    id: 'endpoint-closed-to-policies',
    lead: 'unauthorized for CI/CD job tokens',
    pattern: /This\s{0,3}action\s{0,3}is\s{0,3}unauthorized\s{0,3}for\s{0,3}CI\/CD\s{0,3}job\s{0,3}tokens/,
    verdict: 'policy_denied',
    confidence: 0.9,
    reason: 'No fine-grained permission opens this endpoint; only an entry with default permissions does.',
  }),
  sentence({
    id: 'registry-of-another-project',
    lead: 'cannot be used to authenticate with the',
    pattern:
      /job\s{0,3}token\s{0,3}cannot\s{0,3}be\s{0,3}used\s{0,3}to\s{0,3}authenticate\s{0,3}with\s{0,3}the\s{0,3}container/,
    verdict: 'other',
    access: 'api',
    confidence: 0.9,
    reason: 'The registry API takes job tokens of its own project only: no allowlist entry helps.',
  }),
  sentence({
    id: 'pull-needs-role',
    lead: 'nsufficient permissions to pu',
    pattern: new RegExp(
      String.raw`nsufficient\s{0,3}permissions\s{0,3}to\s{0,3}(?:pull\s{0,3}from|push\s{0,3}to)\s{0,3}the\s{0,3}repository\s{0,3}of\s{0,3}${NAME}`,
    ),
    verdict: 'role_denied',
    via: 'git',
    confidence: 0.92,
    reason: 'The caller is admitted, but the user behind the job may not read the repository.',
  }),
  sentence({
    id: 'download-code-not-allowed',
    lead: 'You are not allowed to download',
    pattern: /You are not allowed to download (?:code|files)/,
    verdict: 'role_denied',
    via: 'git',
    reason: 'The user behind the job sees the project but may not read its code (a role, or code for members only).',
  }),
  sentence({
    id: 'protected-ref',
    lead: 'You are not allowed to',
    pattern: /You are not allowed to (?:force )?(?:push|create|change|delete|merge)[\w ]{0,40}(?:protected|tags?\b)/,
    verdict: 'role_denied',
    access: 'git-push',
    via: 'git',
    confidence: 0.8,
    reason: 'A protected branch or tag refuses the user behind the job.',
  }),
  sentence({
    id: 'push-not-allowed',
    lead: 'You are not allowed to',
    pattern: /You are not allowed to (?:push code|upload code)/,
    verdict: 'role_denied',
    ownVerdict: 'policy_denied',
    access: 'git-push',
    via: 'git',
    reason:
      'The push was refused: the user lacks the role, or pushing with job tokens is switched off for the project; a missing entry may read the same.',
  }),
  sentence({
    id: 'project-not-visible',
    lead: 'The project you were looking for',
    pattern: /The project you were looking for could not be found/,
    verdict: 'not_found_ambiguous',
    ownVerdict: 'other',
    via: 'git',
    confidence: 0.7,
    reason: 'GitLab hides the project: no entry (older servers), no membership, or no such project.',
  }),
  sentence({
    id: 'http-basic-denied',
    lead: 'HTTP Basic: Access denied',
    pattern: /HTTP Basic: Access denied/,
    verdict: 'token_invalid',
    via: 'git',
    confidence: 0.9,
    reason: 'GitLab did not accept the credential itself: expired, of a finished job, or for another instance.',
  }),
  sentence({
    id: 'job-over',
    lead: '40',
    pattern:
      /\b40[13] \w{1,20} - (?:Job (?:is not running|has been erased|token has expired)|Project has been deleted)|JOB_TOKEN_EXPIRED/,
    verdict: 'token_invalid',
    confidence: 0.95,
    reason: 'The job behind the token is over.',
  }),
  sentence({
    id: 'body-project-not-found',
    lead: '404 Project Not Found',
    pattern: /404 Project Not Found/,
    verdict: 'not_found_ambiguous',
    ownVerdict: 'other',
    confidence: 0.65,
    reason: 'The API hides the project: no entry, no membership, an endpoint closed to job tokens, or no such project.',
  }),
  sentence({
    id: 'token-scope',
    lead: 'nsufficient_',
    pattern: /error\\?["']?\s{0,3}[:=]\s{0,3}\\?["']?insufficient_(?:granular_)?scope|40[13]: insufficient_scope/,
    verdict: 'other',
    confidence: 0.9,
    reason: 'A personal, project or deploy token lacks a scope: not a job token.',
  }),
  sentence({
    id: 'body-not-found',
    lead: '404 Not Found',
    pattern: /message\\?["']?\s{0,3}[:=]\s{0,3}[\\"']{0,2}404 Not Found[\\"'}]/,
    verdict: 'other',
    confidence: 0.6,
    reason: 'Something below the project was not found; a hidden project would read "404 Project Not Found".',
  }),
  sentence({
    id: 'body-forbidden',
    lead: '403 Forbidden',
    pattern: /message\\?["']?\s{0,3}[:=]\s{0,3}[\\"']{0,2}403 Forbidden\s{0,3}[\\"'}]/,
    verdict: 'role_denied',
    confidence: 0.75,
    reason: 'The user behind the job lacks the role: a list refusal would have been named here.',
  }),
  sentence({
    id: 'body-forbidden-otherwise',
    lead: '403 Forbidden -',
    pattern: /message\\?["']?\s{0,3}[:=]\s{0,3}[\\"']{0,2}403 Forbidden - \S/,
    verdict: 'other',
    confidence: 0.7,
    reason: 'GitLab gave a reason of its own that has nothing to do with the allowlist.',
  }),
  sentence({
    id: 'body-unauthorized',
    lead: '401 Unauthorized',
    pattern: /message\\?["']?\s{0,3}[:=]\s{0,3}[\\"']{0,2}401 Unauthorized|Gitlab\w{0,30}Error: 401: 401 Unauthorized/,
    verdict: 'token_invalid',
    confidence: 0.9,
    reason: 'The API did not accept the credential, or the endpoint is not open to job tokens.',
  }),
  sentence({
    id: 'artifacts-download-forbidden',
    lead: 'Downloading artifacts from coordinator... ',
    pattern:
      /Downloading artifacts from coordinator\.\.\. (?:forbidden|not allowed)|Downloading artifacts from coordinator.{0,300}(?:status|responseStatus)=403/,
    verdict: 'not_found_ambiguous',
    access: 'artifacts',
    confidence: 0.6,
    reason: 'The runner may not fetch artifacts of another project (needs:project); GitLab does not say why.',
  }),
  sentence({
    id: 'artifacts-download-unauthorized',
    lead: 'Downloading artifacts from coordinator... ',
    pattern: /Downloading artifacts from coordinator\.\.\. unauthorized/,
    verdict: 'token_invalid',
    access: 'artifacts',
    reason: 'The runner fetched artifacts with a token that GitLab did not accept.',
  }),
];
