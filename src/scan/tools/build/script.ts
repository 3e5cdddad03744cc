import { splitUrl } from '../../reach/instance.ts';
import { LIKELY, hasToken, hasUnknown, withoutLikely } from '../../marks.ts';
import type { Call } from '../../shell/call.ts';
import type { Line } from '../../shell/state.ts';
import type { Origin } from '../../types.ts';
import { ScriptNames } from './names.ts';
import { givesLoginToAll, isAnonymous } from './repository.ts';
import { withoutComments } from './syntax.ts';
import { reachRepository } from '../../reach/repository.ts';

const MAX_TEXT = 100_000;
/** Nobody writes a longer line, and the patterns of the reader are tried on each. */
const MAX_LINE = 2_000;
const PRINTS = /^\s*(?:println?|throw|log(?:ger)?\.\w+)\b/u;

/** What the tool that runs a build script knows about it. */
export interface ScriptFacts {
  /** Properties of the project by name, which the script reads as variables. */
  readonly properties?: ReadonlyMap<string, string>;
  /** HTTP method of every request; GET unless given. */
  readonly method?: string;
  /** The token is known to be sent. */
  readonly trusted?: boolean;
  /** Some script of the build gives a login to every repository. */
  readonly loginForAll?: boolean;
  /** Only accesses of these lines are reported; the others are still read for values. */
  readonly reports?: (row: number) => boolean;
}

/**
 * Reads a build script (Gradle in Groovy or Kotlin, sbt, mill) as text. Such a script declares more than it computes: its
 * strings are followed through assignments, interpolation, concatenation, loops over literals and its own functions. An
 * address of the instance counts when the script mentions the token.
 */
export function readBuildScript(lines: readonly Line[], call: Call, facts: ScriptFacts = {}): void {
  const whole = lines.map(({ text }) => text).join('\n');
  const code = withPlainTemplates(withoutComments(whole.slice(0, MAX_TEXT)))
    .split('\n')
    .map((text) => (text.length > MAX_LINE ? '' : text));
  const loginForAll = facts.loginForAll === true || givesLoginToAll(code.join('\n'));
  const token =
    facts.trusted === true || facts.loginForAll === true || mentionsToken(code.join('\n'), facts.properties, call);
  if (token && whole.length > MAX_TEXT)
    call.findings.unresolved('unknown', 'program', 'the program is too large to follow', lines[0]?.at ?? call.at);
  const names = namesOf(code, facts, call);
  code.forEach((text, index) => {
    // Once more, as a later loop may have given a name of an earlier one other values.
    names.readLine(text, index);
    if (facts.reports?.(index) === false || PRINTS.test(text)) return;
    const at = lines[index]?.at ?? call.at;
    const place = { code, index, at, call, token, loginForAll, method: facts.method ?? 'GET' };
    for (const value of names.stringsOf(text)) report(value.trim(), place);
  });
}

/** `"${getenv("X")}"`: quotes inside of a template would end the literal around it, so they become the other kind. */
const withPlainTemplates = (text: string): string =>
  text.replace(/(\$\{[^{}"'\n]*[[(])"([\w./-]*)"([)\]][^{}"'\n]*\})/gu, "$1'$2'$3");

function namesOf(code: readonly string[], { properties }: ScriptFacts, call: Call): ScriptNames {
  const names = new ScriptNames(code, (name) => call.state.value(name));
  for (const [name, value] of properties ?? []) names.bind(name, value);
  // Twice, as functions stand before the loops that call them.
  for (const _ of [1, 2])
    code.forEach((text, index) => {
      names.readLine(text, index);
    });
  return names;
}

/** The script names a variable of the job or a property of the project that holds the token, or spells it out. */
function mentionsToken(text: string, properties: ScriptFacts['properties'], call: Call): boolean {
  if (hasToken(text)) return true;
  const words = new Set(text.match(/\w+/gu));
  const named = [...call.state.vars].some(
    ([name, { value }]) =>
      name !== 'CI_REPOSITORY_URL' && words.has(name) && call.state.exported.has(name) && hasToken(value),
  );
  return named || [...(properties ?? [])].some(([name, value]) => hasToken(value) && text.includes(name));
}

interface Place {
  readonly code: readonly string[];
  readonly index: number;
  readonly at: Origin;
  readonly call: Call;
  readonly token: boolean;
  readonly loginForAll: boolean;
  readonly method: string;
}

/** Reports the addresses of one text: it may be one, or hold some in a command line. */
function report(text: string, place: Place): void {
  if (/^\S+$/u.test(text)) address(text, place);
  else for (const [url] of text.matchAll(/https?:\/\/[^\s"'<>]+/gu)) address(url, place);
}

function address(text: string, place: Place): void {
  const { code, index, at, call, token, loginForAll, method } = place;
  const url = withoutLikely(text);
  const likely = text.includes(LIKELY);
  const parts = splitUrl(url);
  if (!parts) return;
  const { instance } = call.findings;
  const api = instance.owns(parts) && instance.below(parts).startsWith('api/v4/');
  if (api || (hasUnknown(parts.host) && /\/api\/v4\/projects\//u.test(parts.path))) {
    // A bare `…/projects` that other lines go on from is no request yet.
    const complete = /\/projects\/[^/]+\/.+|\/groups?\/[^/]+\/-\/|\/api\/v4\/packages\//u.test(parts.path);
    const login = loginForAll || hasToken(parts.user) || hasToken(parts.password) || !isAnonymous(code, index);
    if (token && complete && login && !sendsOther(place)) call.findings.api(url, { at, method, likely });
  } else if (hasToken(parts.user) || hasToken(parts.password)) call.findings.repository(url, { at, likely });
  // `https://host/group` is what other lines go on from.
  else if (/\bgit\b/u.test(code[index] ?? '') && /[^/]\/[^/]/u.test(instance.below(parts)))
    reachRepository(url, 'git', at, { ...call, likely });
}

/** The line of the address, or else those behind it, name another token's header and not the job token's. */
function sendsOther({ code, index }: Place): boolean {
  const [own, near] = [code[index] ?? '', code.slice(index, index + 3).join('\n')].map(tokenOf);
  return (own ?? near) === 'other';
}

function tokenOf(text: string): 'job' | 'other' | undefined {
  if (/JOB.TOKEN/iu.test(text)) return 'job';
  return /PRIVATE-TOKEN/iu.test(text) ? 'other' : undefined;
}
