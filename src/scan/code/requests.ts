import { splitUrl } from '../instance.ts';
import { LIKELY, hasToken, hasUnknown, withoutLikely } from '../marks.ts';
import { reachRepository } from '../tools/git.ts';
import { gitDependency } from '../tools/packages/shared.ts';
import type { Outside, Place } from './running.ts';
import { libraryAddresses } from './gitlab-libraries.ts';
import type { Arguments, NativeValue, Value } from './values.ts';
import { isObject, isText, optionsOf, textsOf } from './values.ts';

const METHODS = /^(?:GET|POST|PUT|PATCH|DELETE|HEAD)$/iu;
const VERB = /(?:^|\.)(get|post|put|patch|delete|head)(?:_?file|async|JSON)?$/iu;
const ADDRESSES = /^(?:url|uri|endpoint|path|href|address|input)$/iu;
const BASES = /^(?:base_?url|prefix_?url|base_uri|root_?url|host|hostname)$/iu;
const CREDENTIALS = /^(?:job-token|private-token|deploy-token|authorization|job_token|private_token)$/iu;

/** Reports the addresses that a function of a library is given, where the token goes with them. */
export function reportRequest(callee: NativeValue, given: Arguments, library: Outside, place: Place): void {
  const settings = [...given.positional.filter((one) => isObject(one, 'record')), ...given.named.values()];
  const method = methodOf(callee.name, given);
  const known = credentials(callee, given);
  if (known === 'other') return;
  // Without a header that says so, the token may or may not go with the request.
  const token = known === 'token' ? 'yes' : library.mentionsToken ? 'perhaps' : 'no';
  for (const { texts, method: fixed } of libraryAddresses(callee, given, library.shellCall.findings.instance.url))
    for (const text of texts)
      library.shellCall.findings.api(withoutLikely(text), {
        at: place.module.at(place.row),
        method: fixed,
        likely: true,
      });
  const bases = basesOf(callee);
  for (const text of addressesOf(given, settings)) {
    const whole =
      /^\/?[\w$%{}.-]+\/\S+$/u.test(text) && !text.includes('://')
        ? bases.map((base) => `${base.replace(/\/+$/u, '')}/${text.replace(/^\//u, '')}`)
        : [text];
    for (const one of whole) address(one, text, method, token, library, place);
  }
}

/** Texts that may be addresses: operands, and fields that are named after one. */
function addressesOf(given: Arguments, settings: readonly Value[]): readonly string[] {
  const named = [...given.named].flatMap(([name, value]) => (ADDRESSES.test(name) ? [value] : []));
  const fields = settings.flatMap((one) =>
    isObject(one, 'record') ? [...one.fields].flatMap(([name, value]) => (ADDRESSES.test(name) ? [value] : [])) : [],
  );
  const composed = settings.flatMap((one) => (isObject(one, 'record') ? hostAndPath(one.fields) : []));
  const values = [...given.positional, ...named, ...fields].flatMap(optionsOf).filter(isText);
  return [...new Set([...values.filter((text) => text.includes('/')), ...composed])];
}

/** `{ host, path }` of Node's `request`. */
function hostAndPath(fields: ReadonlyMap<string, Value>): readonly string[] {
  const host = fields.get('hostname') ?? fields.get('host');
  const path = fields.get('path');
  if (host === undefined || path === undefined) return [];
  return textsOf(host).flatMap((left) =>
    textsOf(path).map((right) => `https://${left.replace(/^https?:\/\//u, '')}${right}`),
  );
}

/** Addresses that the client puts before the paths it is given. */
function basesOf(callee: NativeValue): readonly string[] {
  const found: string[] = [];
  for (const one of chain(callee)) {
    const all = [
      ...(one.given?.named ?? []),
      ...(one.given?.positional.flatMap((value) => (isObject(value, 'record') ? [...value.fields] : [])) ?? []),
      ...one.fields,
    ];
    for (const [name, value] of all)
      if (BASES.test(name))
        found.push(
          ...optionsOf(value)
            .filter(isText)
            .filter((text) => text.includes('://')),
        );
  }
  return [...new Set(found)].slice(0, 10);
}

/** The function, what it is a member of, what that was made by, and so on. */
function chain(callee: NativeValue): readonly NativeValue[] {
  const found: NativeValue[] = [];
  for (let one: Value | undefined = callee; isObject(one, 'native') && found.length < 12; one = one.receiver)
    found.push(one);
  return found;
}

/** What the headers say: the job token, another credential, or nothing. */
function credentials(callee: NativeValue, given: Arguments): 'token' | 'other' | 'unknown' {
  const headers = [
    ...chain(callee).flatMap((one) => [one.given?.named, one.fields, ...recordsOf(one.given)]),
    given.named,
    ...recordsOf(given),
  ];
  let other = false;
  for (const fields of headers) {
    for (const [name, value] of fields ? flattened(fields, 0) : []) {
      if (!CREDENTIALS.test(name)) continue;
      const texts = textsOf(value);
      if (/^private/iu.test(name)) other = true;
      else if (texts.some(hasToken)) return 'token';
      else if (texts.every((text) => !hasUnknown(text) || /\uE004/u.test(text))) other = true;
    }
  }
  return other ? 'other' : 'unknown';
}

const recordsOf = (given: Arguments | null): readonly ReadonlyMap<string, Value>[] =>
  given?.positional.flatMap((one) => (isObject(one, 'record') ? [one.fields] : [])) ?? [];

/** Fields and those of records among them. */
function flattened(fields: ReadonlyMap<string, Value>, depth: number): readonly (readonly [string, Value])[] {
  return [...fields].flatMap(([name, value]): readonly (readonly [string, Value])[] =>
    (isObject(value, 'record') || (isObject(value, 'native') && name === 'headers')) && depth < 3
      ? flattened(value.fields, depth + 1)
      : [[name, value] as const],
  );
}

/** `session.post(…)`, `request("POST", …)`, `{ method: "POST" }`, `data=` of urllib. */
function methodOf(name: string, given: Arguments): string {
  const [first] = given.positional;
  if (isText(first) && METHODS.test(first)) return first.toUpperCase();
  const settings = [given.named, ...recordsOf(given)];
  for (const fields of settings) {
    const value = fields.get('method') ?? fields.get('type');
    if (isText(value) && METHODS.test(value)) return value.toUpperCase();
  }
  const verb = VERB.exec(name)?.[1];
  if (verb !== undefined) return verb.toUpperCase();
  return given.named.has('data') && /Request$|urlopen$/u.test(name) ? 'POST' : 'GET';
}

function address(
  text: string,
  source: string,
  method: string,
  token: 'yes' | 'perhaps' | 'no',
  library: Outside,
  place: Place,
): void {
  const { findings } = library.shellCall;
  const at = library.origin(source, place);
  const url = withoutLikely(text);
  const likely = text.includes(LIKELY);
  if (/^git\+(?:https?|ssh):/u.test(url)) {
    gitDependency(url, at, library.shellCall, likely);
    return;
  }
  const parts = splitUrl(url);
  if (!parts) return;
  const { instance } = findings;
  const api = instance.owns(parts) && instance.below(parts).startsWith('api/v4/');
  if (api || (hasUnknown(parts.host) && /\/api\/v4\/projects\//u.test(parts.path))) {
    const complete = /\/projects\/[^/]+\/.+|\/groups?\/[^/]+\/-\/|\/api\/v4\/packages\//u.test(parts.path);
    if (token !== 'no' && complete) findings.api(url, { at, method, likely: likely || token === 'perhaps' });
  } else if (hasToken(parts.user) || hasToken(parts.password)) findings.repository(url, { at, likely });
  else if (/git|clone|repo/iu.test(place.module.path) || /\.git$/u.test(url))
    reachRepository(url, 'git', at, { ...library.shellCall, likely });
}
