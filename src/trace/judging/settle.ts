import { parsePolicy } from '../../domain/access/permissions.ts';
import { printable, redact } from '../../domain/redact.ts';
import { gitAccess, httpAccess, type Surroundings } from '../naming/access-of.ts';
import type { Access } from '../naming/access.ts';
import type { TraceContext } from '../context.ts';
import type { Credential } from '../naming/credential.ts';
import type { Finding } from './finding.ts';
import { isMarkedOutput, isShown, namesCaller } from '../reading/quoted.ts';
import type { ClientStatus, Sentence, Verdict } from '../signatures/row.ts';
import { BARE_STATUS, PRINTED_STATUS, STATUS_NAMES, withoutUrls } from '../signatures/http.ts';
import { judgeStatus } from './judge.ts';
import type { Target } from '../naming/target.ts';
import type { Addresses } from '../naming/addresses.ts';
import { foreignIsNearer, isElsewhere, isMetByGit } from '../naming/around.ts';
import type { Match } from '../naming/match.ts';
import { NO_SUBJECT, SubjectFinder, type Subject } from '../naming/subject.ts';
import { joinWrapped } from '../reading/wrapped.ts';

const QUOTE_LENGTH = 300;
/** Ansible, of a failed task that its play goes on after. */
const IGNORED = '...ignoring';

/** Turns matches into findings for one caller on one instance. */
export class Settler {
  readonly #context: TraceContext;
  readonly #addresses: Addresses;
  readonly #subjects: SubjectFinder;

  constructor(context: TraceContext, addresses: Addresses) {
    this.#context = context;
    this.#addresses = addresses;
    this.#subjects = new SubjectFinder(context, addresses);
  }

  settle(match: Match): Finding | null {
    return match.signature.kind === 'sentence'
      ? this.#settleSentence(match, match.signature)
      : this.#settleStatus(match, match.signature);
  }

  #settleSentence(match: Match, signature: Sentence): Finding | null {
    const joined = joinWrapped([match.line, ...match.after]);
    const found = signature.pattern.exec(joined);
    if (!found) return null;
    const groups: Readonly<Record<string, string | undefined>> = found.groups ?? {};
    const before = joined.slice(0, found.index);
    if (this.#isPrinted(match, before) || this.#isOfAnother(groups['from'], match, before)) return this.#shown(match);
    const name = groups['name']?.replace(/[.:]+$/, '') ?? null;
    const id = groups['callee'] === undefined ? null : Number(groups['callee']);
    const subject = this.#subjects.ofSentence(match, signature, name, id);
    if (signature.jobTokenOnly && subject.target === null && namesNobody(groups) && before.trim() === '')
      return this.#shown(match);
    if (subject.target === null && signature.anybodys && !/gitlab|API Error/i.test(joined.slice(0, 600))) return null;
    if (!signature.jobTokenOnly && subject.target === null && this.#isOfAnotherHost(match)) return null;
    if (this.#isOtherCredential(match, signature, subject)) return this.#otherCredential(match, signature);
    const verdict = this.#sentenceVerdict(signature, subject);
    const around = surroundings(match, joined);
    const access =
      signature.access ??
      (signature.via === 'git' || (found.index > 0 && /remote:\s{0,4}$/.test(before))
        ? this.#viaGit(signature, subject, around)
        : (httpAccess(subject.target, null, around) ?? 'api'));
    const permissions = policiesIn(groups['permissions']);
    const base = {
      verdict,
      confidence: signature.confidence,
      reason: signature.reason,
      permissions,
      weight: 2 as const,
    };
    // A refusal that is not about access is about no project either; only the registry's names its callee.
    if (verdict === 'other' && signature.access === null) {
      return this.#finding(match, { ...base, subject: NO_SUBJECT, access: subject.self ? access : null });
    }
    return this.#finding(match, { ...base, subject, access });
  }

  /** Documentation, a fixture, a search result: unless a tool marks the lines of git, which met it at an address of the instance. */
  #isPrinted(match: Match, before: string): boolean {
    if (!isShown(before)) return false;
    return !(isMarkedOutput(before, match.step.command) && isMetByGit(match, this.#addresses));
  }

  /**
   * The sentence names another caller: an example, unless git met it at an address of the instance. The caller may have been
   * renamed since, or be given wrongly.
   */
  #isOfAnother(from: string | undefined, match: Match, before: string): boolean {
    const { callerPath } = this.#context;
    if (from === undefined || callerPath === '' || namesCaller(from, callerPath)) return false;
    return !(/^remote: {1,4}$/.test(before) && isMetByGit(match, this.#addresses));
  }

  /** Words that any GitLab writes, next to an address of another host than the instance. */
  #isOfAnotherHost(match: Match): boolean {
    return isElsewhere(match, this.#addresses) || foreignIsNearer(match, this.#addresses);
  }

  /** `HTTP Basic: Access denied` comes from the registry, from git and from the API alike. */
  #viaGit(signature: Sentence, subject: Subject, around: Surroundings): Access | null {
    if (subject.target?.registry === true) return 'container-registry';
    if (signature.id === 'http-basic-denied' && !/remote:/.test(around.own)) {
      return httpAccess(subject.target, null, around) ?? gitAccess(subject.target, around);
    }
    return gitAccess(subject.target, around);
  }

  #sentenceVerdict(signature: Sentence, subject: Subject): Verdict {
    if (subject.self && signature.ownVerdict !== null) return signature.ownVerdict;
    if (signature.id === 'body-not-found' && subject.target?.access === 'trigger') return 'not_found_ambiguous';
    // The download of a dependency's artifacts is the one endpoint that refuses an unlisted caller without a word.
    const target = subject.target;
    if (signature.id === 'body-forbidden' && target?.access === 'artifacts' && target.scope === 'instance') {
      return 'not_found_ambiguous';
    }
    return signature.verdict;
  }

  #settleStatus(match: Match, signature: ClientStatus): Finding | null {
    const { text } = match.line;
    const status = statusOf(signature, signature.wraps ? joinWrapped([match.line, ...match.after.slice(0, 3)]) : text);
    if (status === null || status < 400) return null;
    if (signature === PRINTED_STATUS && !/%\{(?:http|response)_code\}/.test(match.step.command)) return null;
    if (looksLikeShownStatus(text) || REPORTS.test(text.slice(0, 200))) return null;
    if (signature.outage) return this.#outage(match);
    const subject = this.#subjects.ofStatus(match, signature);
    if (subject === null) return null;
    if (subject.target?.dependencyProxy === true) return null;
    // A checker of links, a printed address: no job token opens a page. Clients that are known ask for no pages.
    if (signature.client === 'any' && subject.target?.page === true) return null;
    if (this.#isOtherCredential(match, null, subject)) return this.#otherCredential(match, null);
    const around = surroundings(match, text);
    const access =
      signature.access === 'lfs' || signature.id === 'registry-denied'
        ? signature.access
        : httpAccess(subject.target, signature.access, around);
    const judged = judgeStatus({
      status,
      signature,
      access,
      self: subject.self,
      scope: subject.target?.scope ?? null,
      around,
    });
    if (judged === null) return null;
    const weight = signature.strength === 'silent' ? 0 : 1;
    const { keepSubject, ...verdict } = judged;
    return this.#finding(match, {
      ...verdict,
      subject: keepSubject ? subject : NO_SUBJECT,
      access: keepSubject ? access : null,
      weight,
    });
  }

  #isOtherCredential(match: Match, signature: Sentence | null, { target }: Subject): boolean {
    if (signature?.jobTokenOnly === true) return false;
    const near = match.before.filter((line) => line.step === match.step.index).toReversed();
    const signs: readonly Credential[] = [
      target?.credential ?? 'unknown',
      match.step.credential,
      near.flatMap((line) => this.#addresses.inLine(line).targets).find((known) => known.credential !== 'unknown')
        ?.credential ?? 'unknown',
      match.logins.get(loginKind(target, match.signature.access)) ?? 'unknown',
    ];
    return signs.find((sign) => sign !== 'unknown') === 'other';
  }

  /** Documentation, fixtures, search results: kept, so that the lines around it are not taken for a refusal either. */
  #shown(match: Match): Finding {
    return this.#finding(match, {
      verdict: 'other',
      subject: NO_SUBJECT,
      access: null,
      confidence: 0.8,
      reason: 'The sentence is only shown here (documentation, a fixture, a search result): nothing was refused.',
      weight: 2,
    });
  }

  #outage(match: Match): Finding {
    return this.#finding(match, {
      verdict: 'other',
      subject: NO_SUBJECT,
      access: null,
      confidence: 0.6,
      reason: 'A server could not be reached; that says nothing about access.',
      weight: 1,
    });
  }

  #otherCredential(match: Match, signature: Sentence | null): Finding {
    return this.#finding(match, {
      verdict: 'other',
      subject: NO_SUBJECT,
      access: null,
      confidence: 0.8,
      reason: 'The request was made with another credential than the job token; the allowlist plays no part.',
      weight: signature === null ? 1 : 2,
    });
  }

  #finding(
    match: Match,
    result: Pick<Finding, 'verdict' | 'access' | 'confidence' | 'reason' | 'weight'> & {
      readonly subject: Subject;
      readonly permissions?: readonly string[];
    },
  ): Finding {
    const { subject, ...rest } = result;
    const named = subject.path !== null;
    return {
      verdict: rest.verdict,
      access: rest.access,
      reason: named || subject.id === null ? rest.reason : `${rest.reason} The trace names project id ${subject.id}.`,
      weight: rest.weight,
      permissions: rest.permissions ?? [],
      callee: this.#reportedCallee(rest.verdict, subject),
      calleeId: subject.id,
      signature: match.signature.id,
      line: match.line.number,
      lastLine: match.line.number,
      quote: this.quote(match.line.text),
      confidence: named ? rest.confidence : Math.round(rest.confidence * 90) / 100,
      step: match.step,
      side: match.side || match.after[0]?.text === IGNORED,
    };
  }

  /** Its own project is no callee, save where a setting of it is what refused. */
  #reportedCallee(verdict: Verdict, subject: Subject): string | null {
    return subject.self && verdict !== 'policy_denied' ? null : subject.path;
  }

  /** A line as it may be shown and kept. */
  quote(text: string): string {
    return redact(
      printable(text)
        .trim()
        .slice(0, 4 * QUOTE_LENGTH),
      this.#context.secrets,
    ).slice(0, QUOTE_LENGTH);
  }
}

/** A sentence that stands alone, without a client in front of it or an address near it, is quoted from somewhere. */
function namesNobody(groups: Readonly<Record<string, string | undefined>>): boolean {
  return Object.values(groups).every((value) => value === undefined);
}

/** `read_packages, read_jobs and admin_releases` as GraphQL spells them. */
function policiesIn(text: string | undefined): readonly string[] {
  const words = text?.split(/,|\band\b/) ?? [];
  return words.map(parsePolicy).filter((policy) => policy !== null);
}

function loginKind(target: Target | null, access: Access | null): string {
  return target?.registry === true ? 'container-registry' : (access ?? target?.access ?? 'git');
}

function surroundings(match: Match, own: string): Surroundings {
  const before = match.before.filter((line) => line.step === match.step.index).map((line) => line.text);
  return { step: match.step, own, before, after: match.after.map((line) => line.text) };
}

function statusOf(signature: ClientStatus, text: string): number | null {
  if (signature.status !== null) return signature.status;
  const bare = signature === BARE_STATUS ? withoutUrls(text) : text;
  const status = signature.pattern.exec(bare)?.groups?.['status'];
  if (status !== undefined) return Number(status);
  return signature === BARE_STATUS ? (STATUS_NAMES.find(([name]) => name.test(bare))?.[1] ?? null) : null;
}

// A step on the way, such as the 401 that starts each talk with a registry; the outcome comes later.
const REPORTS = /\blevel=(?:debug|trace|info)\b|\[(?:DEBUG|TRACE)\]|^(?:DEBUG|TRACE)\b|^npm (?:http|verbose|silly) /;

/** Names of tests and log lines of the application under test, not what a client says. */
function looksLikeShownStatus(text: string): boolean {
  return /^\s{0,12}(?:✓|✔|✕|×|●|PASS|FAIL|ok|not ok|---|===)\s|^\s{0,12}E\s{2}|::test_|\bassert(?:ion)?\b/i.test(
    text.slice(0, 300),
  );
}
