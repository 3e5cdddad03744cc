import { splitUrl } from '../instance.ts';
import { LIKELY, hasToken, hasUnknown, withoutLikely } from '../marks.ts';
import type { Arg, Call } from '../shell/call.ts';
import type { Line } from '../shell/state.ts';
import type { Origin } from '../types.ts';
import { reachRepository } from './git.ts';
import type { Language } from './language.ts';
import { withoutComments } from './program-comments.ts';
import { libraryRequests } from './python-gitlab.ts';
import { Values } from './program-values.ts';

const MAX_TEXT = 400_000;

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
  const code = withoutComments(
    language,
    lines
      .map(({ text }) => text)
      .join('\n')
      .slice(0, MAX_TEXT),
  ).split('\n');
  const names = tokenNames(call);
  const body = code.join('\n');
  const uses =
    [...names].some((name) => name !== 'CI_REPOSITORY_URL' && new RegExp(`\\b${name}\\b`, 'u').test(body)) ||
    hasToken(body);
  const handed = args.some(({ value }) => hasToken(value)) && /argv|args|param|ARGV/iu.test(body);
  const values = new Values(language, (name) => call.state.value(name));
  values.bindArguments(code, args);
  // Twice, as functions stand before the loops that call them; CMake's variables gather every value at once.
  for (const _ of language === 'cmake' ? [1] : [1, 2])
    code.forEach((text, index) => {
      values.readLine(text, code, index);
    });
  if (language === 'python') library(code, lines, values, call);
  code.forEach((text, index) => {
    const at = lines[index]?.at ?? call.at;
    if (known.reports?.(index) === false) return;
    if (/^\s*(?:print|puts|Write-Host|Write-Output|console\.log|println|echo|message)\b/u.test(text)) return;
    for (const value of values.stringsOf(text))
      report(value, {
        code,
        index,
        at,
        call,
        token: uses || handed || known.trusted === true,
        method: known.method ?? null,
      });
  });
}

/** Requests of python-gitlab, which names no address. A program is evaluated, so they are likely at most. */
function library(code: readonly string[], lines: readonly Line[], values: Values, call: Call): void {
  const { findings } = call;
  for (const { row, urls, method } of libraryRequests(code, (text) => values.evaluate(text))) {
    for (const written of urls) {
      const url = hasUnknown(splitUrl(written)?.host ?? '')
        ? written.replace(/^.*(?=\/api\/v4\/)/u, findings.instance.url)
        : written;
      findings.api(url, { at: lines[row]?.at ?? call.at, method, likely: true });
    }
  }
}

interface Place {
  readonly code: readonly string[];
  readonly index: number;
  readonly at: Origin;
  readonly call: Call;
  readonly token: boolean;
  readonly method: string | null;
}

function report(text: string, { code, index, at, call, token, method }: Place): void {
  const url = withoutLikely(text).trim();
  const likely = text.includes(LIKELY);
  const parts = splitUrl(url);
  if (!parts) return;
  const { instance } = call.findings;
  const api = instance.owns(parts) && instance.below(parts).startsWith('api/v4/');
  if (api || (hasUnknown(parts.host) && /\/api\/v4\/projects\//u.test(parts.path))) {
    // A bare `…/projects` that other lines go on from is no request yet.
    const complete = /\/projects\/[^/]+\/.+|\/groups?\/[^/]+\/-\/|\/api\/v4\/packages\//u.test(parts.path);
    if (token && complete && !other(code, index))
      call.findings.api(url, { at, method: method ?? methodNear(code, index), likely });
    return;
  }
  if (hasToken(parts.user) || hasToken(parts.password)) call.findings.repository(url, { at, likely });
  else if (/\bgit\b/u.test(code[index] ?? '')) reachRepository(url, 'git', at, { ...call, likely });
}

/** The request names another token in its own lines. */
function other(code: readonly string[], index: number): boolean {
  const near = code.slice(index, index + 3).join('\n');
  return /PRIVATE-TOKEN/iu.test(near) && !/JOB.TOKEN/iu.test(near);
}

function methodNear(code: readonly string[], index: number): string {
  const near = code.slice(Math.max(0, index - 2), index + 6).join('\n');
  const named =
    /\b(?:method\s*[:=]\s*|-Method\s+|\.request\(\s*|CustomRequest\s*=?\s*)["']?(PUT|POST|DELETE|PATCH)\b/iu.exec(
      near,
    )?.[1];
  if (named !== undefined) return named.toUpperCase();
  const verb = /\b(?:requests|session|client|http|axios|httpx|s|Net::HTTP)(?:\.|::)(put|post|delete|patch)\b/iu.exec(
    near,
  )?.[1];
  return verb === undefined ? 'GET' : verb.toUpperCase();
}

/** Names of variables of the job that hold the token. */
function tokenNames(call: Call): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [name, { value }] of call.state.vars)
    if (hasToken(value) && call.state.exported.has(name)) names.add(name);
  return names;
}
