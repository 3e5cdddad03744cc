import { several, each, isObject, isText, joined, textOf, textsOf } from '../values.ts';
import type { Arguments, Value } from '../values.ts';
import { withPart } from '../address-parts.ts';
import { joined as joinedPath } from '../modules.ts';
import { encoded } from '../texts.ts';
import type { NativeFunction, NativeTable } from './function.ts';
import { under } from './function.ts';

/** `a/b` of parts; a part that is a whole address begins anew. */
function joinPaths(positional: readonly Value[]): Value {
  // A program that lies at the root has an empty folder.
  const parts = (positional[0] === '' ? positional.slice(1) : positional).flatMap((part, index) => {
    const texts = textsOf(part).map((text) =>
      index === 0 ? text.replace(/\/+$/u, '') : text.replace(/^\/+|\/+$/gu, ''),
    );
    return index === 0 ? [texts] : [['/'], texts];
  });
  return joined(parts);
}

/** `url.URL{Scheme: …, User: …, Host: …, Path: …}` of Go. */
function addressOfParts({ named }: Arguments): Value {
  const part = (name: string): readonly string[] => (named.has(name) ? textsOf(named.get(name) ?? '') : ['']);
  const whole = joined([
    part('Scheme'),
    ['://'],
    part('Host'),
    part('Path').map((path) => path.replace(/^(?=[^/])/u, '/')),
  ]);
  const user = named.get('User');
  return user === undefined ? whole : (withPart(whole, 'User', user) ?? whole);
}

/** `urljoin(base, path)`: the last part of the base falls away unless it ends with a slash. */
const joinAddresses: NativeFunction = ({ positional: [base, path] }) => {
  if (base === undefined || path === undefined) return base;
  return several(
    textsOf(base).flatMap((left) =>
      textsOf(path).map((right) => {
        if (right.includes('://')) return right;
        const [, origin = '', below = ''] = /^([a-z]+:\/\/[^/]*)?([^]*)$/u.exec(left) ?? [];
        return right.startsWith('/') ? origin + right : `${origin}${below.replace(/[^/]*$/u, '') || '/'}${right}`;
      }),
    ),
  );
};

const encode: NativeFunction = ({ positional: [value] }, place) =>
  value === undefined ? undefined : (query({ positional: [value], named: new Map() }, place) ?? encoded(value));

/** `a=1&b=2` of a record or a list of pairs. */
const query: NativeFunction = ({ positional: [value] }) => {
  const pairs = isObject(value, 'record')
    ? [...value.fields]
    : isObject(value, 'list')
      ? value.items.flatMap((pair) =>
          isObject(pair, 'list') ? [[textOf(pair.items[0] ?? ''), pair.items[1] ?? ''] as const] : [],
        )
      : null;
  return pairs === null
    ? undefined
    : joined(pairs.flatMap(([key, one], index) => [[`${index === 0 ? '' : '&'}${key}=`], textsOf(one)]));
};

const lastPart: NativeFunction = ({ positional: [value] }) =>
  value === undefined
    ? undefined
    : each(value, (one) => (isText(one) ? (one.replace(/\/+$/u, '').split('/').at(-1) ?? one) : one));

const folder: NativeFunction = ({ positional: [value] }) =>
  value === undefined ? undefined : each(value, (one) => (isText(one) ? joinedPath(one, '..') : one));

/** `new Uri(base, path)`, `new URL(path, base)`: the whole address is the base. */
const address: NativeFunction = ({ positional, named }, place) => {
  const [one, other] = positional;
  if (!isText(one) || !isText(other)) return one;
  const ordered = other.includes('://') && !one.includes('://') ? [other, one] : [one, other];
  return joinAddresses({ positional: ordered, named }, place);
};

const joinedPaths: NativeFunction = ({ positional }) => (positional.length > 1 ? joinPaths(positional) : positional[0]);

/** Paths and addresses: joined, encoded, taken apart. */
export const ADDRESSES: NativeTable = [
  ...under(
    `quote quote_plus encodeURIComponent encodeURI PathEscape QueryEscape url.PathEscape url.QueryEscape rawurlencode
     urlencode uri_escape uri_escape_utf8 URI.encode_www_form_component URI.encode_uri_component CGI.escape
     ERB.Util.url_encode url_encode Uri.EscapeDataString EscapeDataString UrlEncode HttpUtility.UrlEncode
     WebUtility.UrlEncode URLEncoder.encode urlencoding.encode encode_www_form_component URLencode url.escape
     socket.url.escape escapeuri HTTP.escapeuri curl_escape utf8_percent_encode`,
    encode,
  ),
  ...under(
    `os.path.join path.join path.resolve posixpath.join filepath.Join JoinPath url.JoinPath File.join Path.Combine
     joinpath join-path file.path catfile File.Spec.catfile Paths.get Path.of`,
    joinedPaths,
  ),
  ...under('fileURLToPath', ({ positional: [value] }) =>
    value === undefined ? undefined : each(value, (one) => (isText(one) ? one.replace(/^file:\/\/\//u, '') : one)),
  ),
  ...under('URLSearchParams http_build_query URI.encode_www_form', query),
  ...under('urljoin url.resolve URI.join', joinAddresses),
  ...under('url.URL', (given, place) => (given.named.has('Host') ? addressOfParts(given) : address(given, place))),
  ...under('Uri URL java.net.URL', address),
  ...under('basename path.Base filepath.Base File.basename Path.GetFileName fileparts', lastPart),
  ...under('dirname path.Dir filepath.Dir File.dirname Path.GetDirectoryName', folder),
];
