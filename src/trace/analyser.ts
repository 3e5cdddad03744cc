import type { TraceContext } from './context.ts';
import { credentialIn, type Credential } from './naming/credential.ts';
import type { Finding } from './judging/finding.ts';
import type { LineSink } from './reading/lines.ts';
import { FLAG } from './reading/needles.ts';
import { Settler } from './judging/settle.ts';
import { ContextLine, ContextRing } from './reading/context-ring.ts';
import { Addresses } from './naming/addresses.ts';
import { BARE_STATUS, PRINTED_STATUS, STATUS_NAMES, withoutUrls } from './signatures/http.ts';
import type { Signature } from './signatures/row.ts';
import { SIGNATURES } from './signatures/table.ts';
import { isSideSection, observeOutput, startStep, type Step } from './naming/steps.ts';
import { markAfterOutput, readLine, type TraceLine } from './reading/text.ts';
import type { WrappedLine } from './reading/wrapped.ts';

/** Lines after a match that may still belong to it. */
const LOOK_AHEAD = 8;
/** How much of a line is kept for later. */
const KEPT_LENGTH = 4_096;
/** Matches that are judged as they come, in one step and in all; past it only the latest ones of a step are, at its end. */
const MOST_OF_STEP = 400;
const MOST_OF_TRACE = 8_000;
const LATEST = 8;
/** Findings kept; beyond it those in the middle go, because the first and the last ones decide. */
const MOST_FINDINGS = 64;

const TAKEN_BODY = /^\+{1,4} \w{1,64}=["']?(\{.{0,4096})/;

interface Pending {
  readonly signature: Signature;
  readonly line: WrappedLine;
  readonly step: Step;
  readonly side: boolean;
  readonly before: readonly ContextLine[];
  readonly after: WrappedLine[];
}

/** What a whole trace amounts to, before a verdict. */
export interface Analysis {
  readonly findings: readonly Finding[];
  /** The step the job ended in. */
  readonly last: Step;
  readonly succeeded: boolean;
  /** The runner ended it because its time was over. */
  readonly timedOut: boolean;
}

/** Follows a trace line by line: which step it is in, what it mentions, which refusals it shows. State is bounded. */
export class Analyser implements LineSink {
  readonly #addresses: Addresses;
  readonly #settler: Settler;
  readonly #context = new ContextRing();
  readonly #logins = new Map<string, Credential>();
  #pending: Pending[] = [];
  #latest: Pending[] = [];
  #judgedOfStep = 0;
  #judged = 0;
  #findings: Finding[] = [];
  #step: Step = startStep({ index: 0, section: '', command: '' });
  #section = '';
  #echoSeen = false;
  #succeeded = false;
  #timedOut = false;

  constructor(context: TraceContext) {
    this.#addresses = new Addresses(context);
    this.#settler = new Settler(context, this.#addresses);
  }

  get instance(): Addresses['instance'] {
    return this.#addresses.instance;
  }

  wants(flags: number): boolean {
    if (this.#pending.length > 0) return true;
    if ((flags & (FLAG.words | FLAG.address | FLAG.command | FLAG.section | FLAG.end | FLAG.statusLine)) !== 0)
      return true;
    return (flags & FLAG.failure) !== 0 && this.#findings.length > 0;
  }

  line(number: number, raw: string, flags: number): void {
    if (flags === FLAG.address && this.#pending.length === 0) {
      this.#remember(number, raw);
      return;
    }
    const cut = (flags & FLAG.section) === 0 ? -1 : markAfterOutput(raw);
    if (cut > 0) {
      this.line(number, raw.slice(0, cut), flags & ~FLAG.section);
      this.line(number, raw.slice(cut), flags);
      return;
    }
    const line = readLine(number, raw);
    for (const mark of line.sections) this.#mark(mark.kind === 'start' ? mark.name : '');
    if (line.command || this.#isPlainCommand(line)) {
      this.#command(line);
      return;
    }
    this.#feedPending(line, flags);
    if ((flags & FLAG.end) !== 0 && /^Job succeeded\b/.test(line.text)) this.#succeeded = true;
    if ((flags & FLAG.end) !== 0 && /Job failed: execution took longer than/.test(line.text)) this.#timedOut = true;
    if (line.text === '') return;
    this.#match(line, flags);
    if ((flags & FLAG.address) !== 0) this.#remember(number, raw);
    if ((flags & FLAG.failure) !== 0 && (this.#findings.length > 0 || this.#pending.length > 0))
      observeOutput(this.#step, number, line.text);
  }

  end(): Analysis {
    this.#settleAll();
    return { findings: this.#findings, last: this.#step, succeeded: this.#succeeded, timedOut: this.#timedOut };
  }

  /** In a trace without colours (pasted from a page) the echo is known by its `$ ` alone. */
  #isPlainCommand(line: TraceLine): boolean {
    if (line.command) this.#echoSeen = true;
    return !this.#echoSeen && /^\$ \S/.test(line.text);
  }

  #mark(section: string): void {
    if (section === '' || section === this.#section) {
      this.#section = section;
      return;
    }
    this.#settleAll();
    this.#section = section;
    if (!isSideSection(section)) this.#begin('');
  }

  #command(line: TraceLine): void {
    if (line.command) this.#echoSeen = true;
    this.#settleAll();
    const text = this.#addresses.expandCommand(line.text.replace(/^(?:\$|PS>) /, ''));
    if (isSideSection(this.#section)) return;
    this.#begin(text);
    const { targets } = this.#addresses.in(text);
    if (targets.length > 0) this.#context.keep(ContextLine.decoded(line.number, text, this.#step.index));
    this.#noteLogin(text);
  }

  #begin(command: string): void {
    this.#judgedOfStep = 0;
    this.#step = startStep({ index: this.#step.index + 1, section: this.#section, command });
  }

  /** `docker login`, `.npmrc`, `composer config`: later commands of the tool use what was set up here. */
  #noteLogin(command: string): void {
    const credential = credentialIn(command);
    if (credential === 'unknown') return;
    if (/\b(?:login|auth)\b/.test(command)) this.#logins.set('container-registry', credential);
    if (/_authToken|npmrc|npm config|yarnrc|npmAuthToken/.test(command)) this.#logins.set('npm', credential);
    if (/\bcomposer config|auth\.json/.test(command)) this.#logins.set('composer', credential);
    if (/insteadOf|credential\.helper|\.netrc/.test(command)) this.#logins.set('git', credential);
    if (/\bhelm repo add/.test(command)) this.#logins.set('helm', credential);
    if (/\bnuget\b.{0,200}\bsource/i.test(command)) this.#logins.set('nuget', credential);
  }

  #remember(number: number, raw: string): void {
    this.#context.keep(new ContextLine(number, raw, this.#step.index));
  }

  #match(line: TraceLine, flags: number): void {
    // The trace of a shell (`set -x`) and PowerShell's echo of a failed line show commands, not answers; but a body that a
    // variable takes is what the command in it printed.
    if (/^\+{1,4} /.test(line.text)) {
      const taken = TAKEN_BODY.exec(line.text)?.[1];
      if (this.#addresses.in(line.text).targets.length > 0)
        this.#context.keep(ContextLine.decoded(line.number, line.text, this.#step.index));
      if (taken !== undefined) this.#match({ ...line, text: taken }, flags);
      return;
    }
    const signature = signatureOf(line.text, flags);
    if (signature === null || (signature.kind === 'status' && isSideSection(this.#section))) return;
    if (this.#pending.some((pending) => pending.signature === signature && pending.line.text === line.text)) return;
    this.#pending.push({
      signature,
      line: cut(line, placeOf(signature, line.text), flags),
      step: this.#step,
      side: isSideSection(this.#section),
      before: this.#context.lines(),
      after: [],
    });
    if (this.#pending.length > LOOK_AHEAD * 2) this.#settle(this.#pending.splice(0, 1));
  }

  #feedPending(line: TraceLine, flags: number): void {
    if (this.#pending.length === 0) return;
    const kept = cut(line, 0, flags);
    for (const pending of this.#pending) pending.after.push(kept);
    const ready = this.#pending.filter((pending) => pending.after.length >= LOOK_AHEAD);
    if (ready.length === 0) return;
    this.#pending = this.#pending.filter((pending) => pending.after.length < LOOK_AHEAD);
    this.#settle(ready);
  }

  #settleAll(): void {
    const ready = this.#pending;
    this.#pending = [];
    this.#settle(ready);
    for (const pending of this.#latest) this.#judge(pending);
    this.#latest = [];
  }

  /** A log of refusals must not take longer than its length: when they are too many, the end of the step decides. */
  #settle(ready: readonly Pending[]): void {
    for (const pending of ready) {
      if (this.#judgedOfStep < MOST_OF_STEP && this.#judged < MOST_OF_TRACE) {
        this.#judgedOfStep += 1;
        this.#judged += 1;
        this.#judge(pending);
        continue;
      }
      this.#latest.push(pending);
      if (this.#latest.length > LATEST) this.#latest.shift();
    }
  }

  #judge(pending: Pending): void {
    const finding = this.#settler.settle({ ...pending, logins: this.#logins });
    if (finding !== null) this.#add(finding);
  }

  #add(finding: Finding): void {
    const same = this.#findings.find((known) => known.step === finding.step && isRepetition(known, finding));
    if (same) {
      same.lastLine = finding.line;
      return;
    }
    this.#findings.push(finding);
    if (this.#findings.length > MOST_FINDINGS) this.#findings.splice(MOST_FINDINGS / 2, 1);
  }
}

function isRepetition(known: Finding, finding: Finding): boolean {
  return (
    known.signature === finding.signature &&
    known.verdict === finding.verdict &&
    known.callee === finding.callee &&
    known.calleeId === finding.calleeId &&
    known.access === finding.access
  );
}

/** The part of a line around a place in it: what is kept of an endless line must hold what was found. */
function cut({ number, text, width, continues }: TraceLine, place: number, flags: number): WrappedLine {
  const start = Math.max(0, place - KEPT_LENGTH / 4);
  const kept = text.slice(start, start + KEPT_LENGTH);
  return { number, text: kept, width, continues, address: (flags & FLAG.address) !== 0 };
}

function placeOf(signature: Signature, text: string): number {
  const at = text.search(signature.pattern);
  // The start of a sentence that a tool broke over several lines.
  return at === -1 ? Math.max(0, ...signature.words.map((words) => text.indexOf(words))) : at;
}

/** The row of the table that a line matches; GitLab's own words before those of clients. */
function signatureOf(text: string, flags: number): Signature | null {
  if ((flags & FLAG.words) !== 0) {
    const row = SIGNATURES.find((signature) => opens(signature, text));
    if (row) return row;
  }
  if ((flags & FLAG.statusLine) !== 0 && PRINTED_STATUS.pattern.test(text)) return PRINTED_STATUS;
  if ((flags & FLAG.address) === 0 || (flags & (FLAG.status | FLAG.words)) === 0) return null;
  const bare = withoutUrls(text);
  return BARE_STATUS.pattern.test(bare) || STATUS_NAMES.some(([name]) => name.test(bare)) ? BARE_STATUS : null;
}

/** Whether the line holds what the row is about, or the start of what a tool broke over several lines. */
function opens(signature: Signature, text: string): boolean {
  if (!signature.words.some((words) => text.includes(words))) return false;
  return signature.wraps || signature.pattern.test(text);
}
