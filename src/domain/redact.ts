/** What stands in the place of a secret. */
const MASK = '[REDACTED]';

interface Rule {
  readonly pattern: RegExp;
  readonly replacement: string;
}

// Every pattern is one bounded class after a fixed start, so each runs in linear time on hostile text.
const RULES: readonly Rule[] = [
  // GitLab's own token prefixes (glpat-, glcbt-, gldt-, glrt-, glptt-, glft-, glsoat-, glagent-, glimt-, gloas- and later ones).
  // Behind the prefix of newer job tokens stands a whole web token, of some thousand characters.
  { pattern: /(?<![A-Za-z0-9])gl[a-z]{1,10}-[\w.-]{6,16384}/g, replacement: MASK },
  { pattern: /(?<![A-Za-z0-9])GR1348941[\w-]{10,64}/g, replacement: MASK },
  // `-----BEGIN … KEY-----` up to the end of the line: a log line that holds one holds it whole.
  { pattern: /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----.*/g, replacement: MASK },
  // JSON web tokens: newer job tokens and id_tokens.
  { pattern: /\beyJ[\w-]{6,4096}\.[\w-]{2,8192}(?:\.[\w-]{0,4096})?/g, replacement: MASK },
  // Header values, also inside quotes: `PRIVATE-TOKEN: x`, `Authorization: Bearer x`.
  {
    pattern:
      /\b((?:proxy-)?authorization|(?:private|job|deploy|ci-job|x-gitlab|x-vault|gitlab-event)-token|x-api-key)(["']?\s{0,8}[:=]\s{0,8}["']?)(?:(basic|bearer|token)\s{1,8})?(?!\[REDACTED\])[^\s"',;\\]{1,4096}/gi,
    replacement: `$1$2${MASK}`,
  },
  // `user:secret@` and `secret@` before a host; the user alone names no secret when a password follows.
  { pattern: /(\/\/[^\s/:@"'<>]{0,255}:)[^\s/@"'<>]{1,2048}@/g, replacement: `$1${MASK}@` },
  { pattern: /(\/\/)[^\s/:@"'<>]{1,2048}@/g, replacement: `$1${MASK}@` },
  { pattern: /\b(gitlab-ci-token:)[^\s@"']{1,2048}/g, replacement: `$1${MASK}` },
  // `token=…`, `password=…`, `_authToken=…`, `--password …` and the like.
  {
    pattern:
      /((?:_auth(?:token)?|token|passw(?:or)?d|secret|api[_-]?key|access[_-]?key(?:[_-]?id)?|private[_-]token|job[_-]token)["']?\s{0,4}[=:]\s{0,4}["']?)(?!\[REDACTED\]|\[MASKED\])[^\s"'&;,\\)]{3,4096}/gi,
    replacement: `$1${MASK}`,
  },
  {
    pattern: /(\s--?(?:password|passwd|token|secret)[ =])(?!\[REDACTED\])[^\s"'-][^\s"']{1,4096}/gi,
    replacement: `$1${MASK}`,
  },
  // A line of a .netrc file.
  { pattern: /(\blogin\s{1,8}[^\s]{1,255}\s{1,8}password\s{1,8})[^\s]{1,4096}/gi, replacement: `$1${MASK}` },
  // Key shapes of other services that logs often hold.
  { pattern: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, replacement: MASK },
  {
    pattern: /\b(?:gh[pousr]_|github_pat_|npm_|xox[abprs]-|sk_live_|AIza|hvs\.|dop_v1_|pypi-)[\w-]{10,512}/g,
    replacement: MASK,
  },
];

/** Shorter values would blot out ordinary words, and hide nothing that could be guessed less easily. */
const SHORTEST_SECRET = 4;

/**
 * Takes secrets out of text that will be shown or kept: values the caller knows (as they are, URL-encoded and in base64),
 * GitLab's token shapes, credentials in URLs, headers and assignments. Variable names (`$CI_JOB_TOKEN`) may be masked too:
 * too much is masked rather than too little.
 *
 * @param knownSecrets - exact values; those under 4 characters are ignored
 */
export function redact(text: string, knownSecrets: readonly string[] = []): string {
  let result = text;
  for (const form of knownForms(knownSecrets)) result = result.replaceAll(form, MASK);
  for (const { pattern, replacement } of RULES) result = result.replace(pattern, replacement);
  return result;
}

/** The longest first, so that a secret that contains another one leaves no remainder. */
function knownForms(secrets: readonly string[]): readonly string[] {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (secret.length < SHORTEST_SECRET) continue;
    forms.add(secret);
    forms.add(encoded(secret));
    forms.add(Buffer.from(secret, 'utf8').toString('base64'));
  }
  return [...forms].sort((a, b) => b.length - a.length);
}

function encoded(secret: string): string {
  // A lone surrogate has no encoding.
  return encodeURIComponent(secret.toWellFormed());
}

// Escape sequences: CSI (colours, cursor), OSC (titles, links; ended by BEL or ST), and the two-character ones.
const ESCAPES =
  // eslint-disable-next-line no-control-regex
  /\u001b\[[0-?]{0,64}[ -/]{0,8}[@-~]|\u009b[0-?]{0,64}[@-~]|\u001b\][^\u0007\u001b]{0,2048}(?:\u0007|\u001b\\)|\u001b[ -/]?[0-~]/g;
// What is left: C0 and C1 controls, lone surrogates, and what is not seen but reorders, hides or joins text on a terminal or a page:
// marks of direction, letters of no width, fillers, tags, selectors of a form.
const CONTROLS =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029\ufff9-\ufffb\p{Default_Ignorable_Code_Point}\p{Surrogate}]/gu;

/**
 * Makes one line of foreign text safe to print: escape sequences and control characters go, also newlines, carriage returns,
 * letters that are not seen, and marks of direction; a tab becomes a space.
 */
export function printable(text: string): string {
  return text.replace(ESCAPES, '').replace(CONTROLS, '').replaceAll('\t', ' ');
}
