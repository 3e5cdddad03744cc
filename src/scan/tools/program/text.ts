import { splitUrl } from '../../instance.ts';
import { LIKELY, hasToken, hasUnknown, withoutLikely } from '../../marks.ts';
import type { Arg, Call } from '../../shell/call.ts';
import type { Line } from '../../shell/state.ts';
import type { Origin } from '../../types.ts';
import { reachRepository } from '../git.ts';
import type { Language } from './language.ts';
import { gitDependency } from '../packages/shared.ts';
import { balanced } from './collections.ts';
import { dataFiles } from './data.ts';
import { withoutComments } from './comments.ts';
import { Values } from './values.ts';

const MAX_TEXT = 100_000;
/** Nobody writes a longer line; bundled and minified programs are no helper scripts of a job. */
const MAX_LINE = 10_000;
const PRINTS =
  /^\s*(?:print|puts|warn|raise|throw|Write-(?:Host|Output|Error|Warning|Verbose)|console\.\w+|println|echo|message|log(?:ger|ging)?\.\w+|fmt\.Print\w*)\b/u;

/** What the caller of a program knows about it. */
export interface ProgramFacts {
  /** Method of every request. */
  readonly method?: string;
  /** The token is known to be sent. */
  readonly trusted?: boolean;
  /** Only accesses of these lines are reported; the others are still read for values. */
  readonly reports?: (row: number) => boolean;
}

/**
 * Reads a program as text: string values are followed through simple assignments, interpolation and concatenation, loops
 * over lists and calls with literal arguments. An address of the instance counts when the program mentions the token.
 */
export function scanProgram(
  language: Language,
  lines: readonly Line[],
  args: readonly Arg[],
  call: Call,
  known: ProgramFacts = {},
): void {
  const whole = lines.map(({ text }) => text).join('\n');
  const code = withPlainTemplates(withPlainLists(language, withoutComments(language, whole.slice(0, MAX_TEXT))))
    .split('\n')
    .map((text) => (text.length > MAX_LINE ? '' : text));
  const names = tokenNames(call);
  const body = code.join('\n');
  const uses =
    [...names].some((name) => name !== 'CI_REPOSITORY_URL' && new RegExp(`\\b${name}\\b`, 'u').test(body)) ||
    hasToken(body);
  const handed = args.some(({ value }) => {
    const name = /^--?(?:P|D)?([\w.-]+)=/u.exec(value)?.[1];
    const named = name !== undefined && body.includes(name);
    return hasToken(value) && (named || /argv|args|param|ARGV/iu.test(body));
  });
  if ((uses || handed) && whole.length > MAX_TEXT)
    call.findings.unresolved('unknown', 'program', 'the program is too large to follow', lines[0]?.at ?? call.at);
  const values = new Values(language, (name) => call.state.value(name));
  values.bindArguments(args);
  if (uses || handed) for (const file of dataFiles(lines[0]?.at.file ?? '', code, call)) values.bindData(file);
  // Twice, as functions stand before the loops that call them.
  for (const _ of [1, 2])
    code.forEach((text, index) => {
      values.readLine(text, code, index);
    });
  const bases = clientBases(code, values);
  const headers = headerNames(code);
  code.forEach((text, index) => {
    const at = lines[index]?.at ?? call.at;
    if (known.reports?.(index) === false) return;
    if (PRINTS.test(text)) return;
    for (const value of values.stringsOf(text))
      report(value, {
        code,
        index,
        at,
        call,
        token: uses || handed || known.trusted === true,
        method: known.method ?? null,
        bases,
        headers,
      });
  });
}

/** `"${getenv("X")}"`: quotes inside of a template would end the literal around it, so they become the other kind. */
const withPlainTemplates = (text: string): string =>
  text.replace(/([$#]?\{[^{}"'\n]*[[(])"([\w./-]*)"([)\]][^{}"'\n]*\})/gu, "$1'$2'$3");

/** Perl's `qw(a b)` as the list that it stands for. */
function withPlainLists(language: Language, text: string): string {
  if (language !== 'perl') return text;
  return text.replace(
    /\bqw\s*(?:\(([^()\n]*)\)|\/([^/\n]*)\/|\[([^\]\n]*)\]|\{([^}\n]*)\})/gu,
    (...groups: string[]) => {
      const words = (groups.slice(1, 5).find((group) => (group as string | undefined) !== undefined) ?? '').split(
        /\s+/u,
      );
      return `(${words
        .filter((word) => word !== '')
        .map((word) => `'${word}'`)
        .join(', ')})`;
    },
  );
}

interface Place {
  readonly code: readonly string[];
  readonly index: number;
  readonly at: Origin;
  readonly call: Call;
  readonly token: boolean;
  readonly method: string | null;
  /** Addresses that a client of the program puts before the paths it is given. */
  readonly bases: readonly string[];
  readonly headers: ReadonlyMap<string, 'job' | 'other'>;
}

/** `baseURL: …` and its relatives. */
function clientBases(code: readonly string[], values: Values): readonly string[] {
  const found = code.flatMap((text) => {
    const expression = /\b(?:baseURL|baseUrl|base_url|prefixUrl|base_uri|BaseAddress)["']?\s*[:=]\s*(\S.*)$/u.exec(
      text,
    )?.[1];
    return expression === undefined ? [] : values.evaluate(expression);
  });
  return [...new Set(found)].filter((value) => value.includes('://')).slice(0, 5);
}

/** Reports the addresses of one text: it may be one, hold some in a command line, or be a path below a client's base. */
function report(text: string, place: Place): void {
  const { at, call } = place;
  const written = text.trim();
  if (/^git\+(?:https?|ssh):/u.test(written)) {
    gitDependency(withoutLikely(written), at, call, text.includes(LIKELY));
    return;
  }
  const path = /^\/?(?:projects|groups?)\/\S+$/u.test(written);
  if (path)
    for (const base of place.bases) address(`${base.replace(/\/+$/u, '')}/${written.replace(/^\//u, '')}`, place);
  if (/^\S+$/u.test(written)) address(written, place);
  else for (const [url] of written.matchAll(/https?:\/\/[^\s"'<>]+/gu)) address(url, place);
}

function address(text: string, place: Place): void {
  const { code, index, at, call, token, method } = place;
  const url = withoutLikely(text);
  const likely = text.includes(LIKELY);
  const parts = splitUrl(url);
  if (!parts) return;
  const { instance } = call.findings;
  const api = instance.owns(parts) && instance.below(parts).startsWith('api/v4/');
  if (api || (hasUnknown(parts.host) && /\/api\/v4\/projects\//u.test(parts.path))) {
    // A bare `…/projects` that other lines go on from is no request yet.
    const complete = /\/projects\/[^/]+\/.+|\/groups?\/[^/]+\/-\/|\/api\/v4\/packages\//u.test(parts.path);
    if (token && complete && !sendsOther(place))
      call.findings.api(url, { at, method: method ?? methodNear(code, index), likely });
    return;
  }
  if (hasToken(parts.user) || hasToken(parts.password)) call.findings.repository(url, { at, likely });
  // `https://host/group` is what other lines go on from.
  else if (/\bgit\b/u.test(code[index] ?? '') && /[^/]\/[^/]/u.test(instance.below(parts)))
    reachRepository(url, 'git', at, { ...call, likely });
}

/** Whose token a text sends, where it says so. */
function tokenOf(text: string): 'job' | 'other' | undefined {
  if (/JOB.TOKEN/iu.test(text)) return 'job';
  return /PRIVATE-TOKEN/iu.test(text) ? 'other' : undefined;
}

const ASSIGNED = /^\s*(?:(?:const|let|var|val|def|my)\s+)?([$@%]?\w+)\s*:?=(?!=)/u;

/** Names that hold the headers of requests, and whose token is among them. */
function headerNames(code: readonly string[]): ReadonlyMap<string, 'job' | 'other'> {
  const found = new Map<string, 'job' | 'other'>();
  for (const [index, text] of code.entries()) {
    const name = ASSIGNED.exec(text)?.[1];
    const token = name === undefined ? undefined : tokenOf(statementAt(code, index));
    if (name !== undefined && token !== undefined) found.set(name, token);
  }
  return found;
}

const statementAt = (code: readonly string[], index: number): string =>
  balanced(code[index] ?? '', code.slice(index + 1, index + 12));

/** The request sends another token: its statement says so, or the headers it names, or else the lines behind it. */
function sendsOther({ code, index, headers }: Place): boolean {
  const statement = statementAt(code, index);
  const named = (statement.match(/[$@%]?\w+/gu) ?? []).filter((word) => headers.has(word));
  // Of `-Headers $pat` the variable counts, not the option, which a mapping elsewhere may have as its key.
  const variables = named.filter((word) => /^\W/u.test(word));
  const sent = new Set((variables.length > 0 ? variables : named).map((word) => headers.get(word)));
  const token = tokenOf(statement) ?? (['job', 'other'] as const).find((one) => sent.has(one));
  return (token ?? tokenOf(code.slice(index, index + 3).join('\n'))) === 'other';
}

const NAMED_METHOD =
  /\b(?:method\s*[:=]\s*|-Method\s+|\.request\(\s*|CustomRequest\s*=?\s*|http\.NewRequest\(\s*)["']?(PUT|POST|DELETE|PATCH)\b/iu;
const VERB = /(?:\.|::)(put|post|delete|patch)(?:\(|\.new\b|\s*\()/iu;

const READS =
  /\b(?:requests|session|client|http|httpx|axios|got|api)(?:\.|::)(?:get|head|stream)\(|\burl(?:open|retrieve)\(/iu;

/** The method of the statement that an address stands in; of the lines behind it where it is only given a name there. */
function methodNear(code: readonly string[], index: number): string {
  let first = index;
  while (first > 0 && index - first < 3 && /[([{,]\s*$/u.test(code[first - 1] ?? '')) first -= 1;
  const statement = balanced(code[first] ?? '', code.slice(first + 1, first + 12));
  const assigned = /^\s*(?:const|let|var|val|def)?\s*[$@]?(\w+)\s*:?=(?!=)/u.exec(code[index] ?? '')?.[1];
  const later = assigned === undefined ? [] : usesOf(assigned, code.slice(index + 1, index + 12));
  for (const text of [statement, ...later]) {
    const verb = NAMED_METHOD.exec(text)?.[1] ?? VERB.exec(text)?.[1];
    if (verb !== undefined) return verb.toUpperCase();
    if (READS.test(text)) return 'GET';
  }
  return 'GET';
}

/** Statements that use a name. */
function usesOf(name: string, lines: readonly string[]): readonly string[] {
  const uses = new RegExp(`\\b${name}\\b`, 'u');
  return lines.flatMap((text, index) => (uses.test(text) ? [balanced(text, lines.slice(index + 1))] : []));
}

/** Variables that a program knows without their prefix. */
const GIVEN_AS = /^ORG_GRADLE_PROJECT_/u;

/** Names of variables of the job that hold the token. */
function tokenNames(call: Call): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [name, { value }] of call.state.vars)
    if (hasToken(value) && call.state.exported.has(name)) names.add(name.replace(GIVEN_AS, ''));
  return names;
}
