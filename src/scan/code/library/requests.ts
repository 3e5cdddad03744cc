import { splitUrl } from '../../reach/instance.ts';
import { LIKELY, hasToken, hasUnknown, withoutLikely } from '../../marks.ts';
import { netrcLogin } from '../../reach/credentials.ts';
import { gitDependency } from '../../reach/packages.ts';
import { libraryAddresses } from './gitlab-libraries.ts';
import type { Outside, Place } from '../running.ts';
import type { RequestFacts } from './said.ts';
import { factsOf } from './said.ts';
import type { Arguments, NativeValue, Value } from '../values.ts';
import { isObject, isText, optionsOf, textsOf } from '../values.ts';
import { reachRepository } from '../../reach/repository.ts';

const METHODS = /^(?:GET|POST|PUT|PATCH|DELETE|HEAD)$/u;
const ADDRESSES = /^(?:CURLOPT_URL|url|uri|endpoint|path|href|address|input|baseurl)$/iu;
const BASES = /^(?:base_?url|prefix_?url|base_?uri|base_?address|root_?url|host|hostname|url|endpoint)$/iu;
const HOSTS = /(?:^|\.)(?:HTTPS?Connection|Net\.HTTP\.(?:start|new)|HTTP\.(?:start|new))\(\)$/u;
/** Clients that send nothing of themselves. */
const PLAIN =
  /^(?:requests|httpx|urllib\w*|aiohttp|axios|got|fetch|ky|superagent|needle|undici|node-fetch|https?|open|URI|Net|HTTParty|Faraday|RestClient|HTTP|Excon|reqwest|ureq|HttpClient|OkHttpClient|curl|GuzzleHttp|file_get_contents|WebClient|invoke|httr2?|download|socket|ssl|java|LWP|Downloads|request|global|window|wget|urlopen|Request|copy)\b/u;

const SETS_BASE = /(?:^|\.)(?:set|with)?_?base_?(?:ur[li]|address|path)$/iu;

/** A request that the program makes, held until all that is said to it was heard. */
export interface HeldRequest {
  readonly callee: NativeValue;
  readonly given: Arguments;
  readonly result: NativeValue;
  readonly place: Place;
  readonly addresses: readonly { readonly whole: string; readonly written: string }[];
}

/** Takes note of the addresses that a function of a library is given; null for none. */
export function heldRequest(
  callee: NativeValue,
  given: Arguments,
  result: NativeValue,
  place: Place,
): HeldRequest | null {
  const written = addressesOf(given);
  // `SetBaseURL(…)` says where all requests of a client go; it sends none itself.
  if (written.length === 0 || SETS_BASE.test(callee.name)) return null;
  const bases = basesOf(callee);
  const addresses = written.flatMap((text) => {
    const path = /^\/?[\w$%{}.\uE000-\uE1FF-]+\/\S+$/u.test(text) && !text.includes('://');
    return path
      ? bases.map((base) => ({ whole: `${base.replace(/\/+$/u, '')}/${text.replace(/^\//u, '')}`, written: text }))
      : [{ whole: text, written: text }];
  });
  return addresses.length === 0 ? null : { callee, given, result, place, addresses };
}

/** Reports what client libraries of GitLab reach. */
export function reportLibrary(callee: NativeValue, given: Arguments, library: Outside, place: Place): void {
  const { findings } = library.shellCall;
  for (const { texts, method } of libraryAddresses(callee, given, findings.instance.url))
    for (const text of texts)
      findings.api(withoutLikely(text), { at: place.module.at(place.row), method, likely: true });
}

/** `setup(install_requires=[…])`: requirements that pip fetches with git. */
export function reportRequirements({ name }: NativeValue, { named }: Arguments, library: Outside, place: Place): void {
  if (!/(?:^|\.)setup$/u.test(name)) return;
  const texts = ['install_requires', 'setup_requires', 'tests_require', 'extras_require', 'dependency_links']
    .flatMap((key) => named.get(key) ?? [])
    .flatMap((value) => (isObject(value, 'record') ? [...value.fields.values()] : [value]))
    .flatMap((value) => (isObject(value, 'list') ? value.items : [value]))
    .flatMap(optionsOf)
    .filter(isText);
  for (const text of texts)
    if (text.includes('git+')) gitDependency(text, library.origin(text, place), library.shellCall, true);
}

/** Reports the addresses of a request with which the token goes. */
export function reportRequest({ callee, given, result, place, addresses }: HeldRequest, library: Outside): void {
  const facts = factsOf(callee, given, result);
  if (facts.other && !facts.token) return;
  const method = facts.method ?? (given.named.has('data') && /Request$|urlopen$/u.test(callee.name) ? 'POST' : 'GET');
  for (const { whole, written } of addresses)
    address(whole, written, { method, facts, sent: sentWith(facts, whole, callee, library) }, library, place);
}

interface Sending {
  readonly method: string;
  readonly facts: RequestFacts;
  /** Whether the token goes with the request. */
  readonly sent: 'yes' | 'perhaps' | 'no';
}

function sentWith(facts: RequestFacts, text: string, callee: NativeValue, library: Outside): Sending['sent'] {
  if (facts.token) return 'yes';
  const { state, workspace } = library.shellCall;
  const host = splitUrl(text)?.host ?? '';
  if (/^requests\b/u.test(callee.name) && netrcLogin(host, state, workspace) === 'token') return 'yes';
  // A plain client that is given everything openly sends nothing else.
  if (!library.mentionsToken || (PLAIN.test(callee.name) && !facts.opaque)) return 'no';
  return 'perhaps';
}

/** Texts that may be addresses: operands, and fields that are named after one. */
function addressesOf(given: Arguments): readonly string[] {
  const settings = [...given.positional.filter((one) => isObject(one, 'record')), ...given.named.values()];
  const named = [...given.named].flatMap(([name, value]) =>
    ADDRESSES.test(name) || METHODS.test(name) ? [value] : [],
  );
  const fields = settings.flatMap((one) =>
    isObject(one, 'record') ? [...one.fields].flatMap(([name, value]) => (ADDRESSES.test(name) ? [value] : [])) : [],
  );
  const composed = [given.named, ...settings.flatMap((one) => (isObject(one, 'record') ? [one.fields] : []))].flatMap(
    hostAndPath,
  );
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
  const take = (value: Value): void => {
    found.push(
      ...optionsOf(value)
        .filter(isText)
        .filter((text) => text.includes('://')),
    );
  };
  for (const one of chain(callee)) {
    const all = [
      ...(one.given?.named ?? []),
      ...(one.given?.positional.flatMap((value) => (isObject(value, 'record') ? [...value.fields] : [])) ?? []),
      ...one.fields,
    ];
    for (const [name, value] of all) if (BASES.test(name)) take(value);
    const [host] = one.given?.positional ?? [];
    if (host === undefined) continue;
    if (HOSTS.test(one.name))
      for (const text of textsOf(host)) found.push(/:\/\//u.test(text) ? text : `https://${text}`);
    // `Client.new(base)`, `.baseUrl(base)`.
    else if (/(?:[Bb]ase_?(?:[Uu]r[li]|U[RI][LI]|Address)|(?:^|\.)(?:Faraday\.new|new))\(\)$/u.test(one.name))
      take(host);
    for (const { name, given } of one.said)
      if (/base_?ur[li]/iu.test(name) && given.positional[0] !== undefined) take(given.positional[0]);
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

function address(text: string, source: string, { method, facts, sent }: Sending, library: Outside, place: Place): void {
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
    if (sent !== 'no' && complete) findings.api(url, { at, method, likely: likely || sent === 'perhaps' });
  } else if (hasToken(parts.user) || hasToken(parts.password)) findings.repository(url, { at, likely });
  else if (
    facts.token &&
    /\.git$/u.test(url) &&
    facts.names.some((name) => /clone|fetch|pull|git|remote|repo/iu.test(name))
  )
    findings.repository(url, { at, likely: true });
  else if (/git|clone|repo/iu.test(place.module.path) || /\.git$/u.test(url))
    reachRepository(url, 'git', at, { ...library.shellCall, likely });
}
