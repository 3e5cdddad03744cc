import type { Value } from './values.ts';
import { isObject, isText, optionsOf, several, textsOf } from './values.ts';

const ADDRESS = /^([a-z][a-z\d+.-]*:\/\/)(?:([^:@/]*)(?::([^@/]*))?@)?([^/?#]*)([^?#]*)([^]*)$/iu;

/** What a part of an address is set to: `url.password = token`, `url.href = …`. */
const PARTS: Readonly<Record<string, (parts: readonly string[], value: string) => string>> = {
  href: (_, value) => value,
  username: ([scheme, , password, host, path, rest], value) => address(scheme, value, password, host, path, rest),
  password: ([scheme, user, , host, path, rest], value) => address(scheme, user, value, host, path, rest),
  host: ([scheme, user, password, , path, rest], value) => address(scheme, user, password, value, path, rest),
  hostname: ([scheme, user, password, , path, rest], value) => address(scheme, user, password, value, path, rest),
  pathname: ([scheme, user, password, host, , rest], value) =>
    address(scheme, user, password, host, value.startsWith('/') ? value : `/${value}`, rest),
};

function address(scheme = '', user = '', password = '', host = '', path = '', rest = ''): string {
  const login = password === '' ? user : `${user}:${password}`;
  return `${scheme}${login === '' ? '' : `${login}@`}${host}${path}${rest}`;
}

/** An address with one part of it replaced; undefined where this is no part of an address. */
export function withPart(of: Value, key: string, value: Value): Value | undefined {
  if (key === 'User') {
    // `url.UserPassword(name, password)` of Go.
    const [user, password] = isObject(value, 'native') ? (value.given?.positional ?? []) : [];
    const named = user === undefined ? undefined : withPart(of, 'username', user);
    return named === undefined || password === undefined ? named : withPart(named, 'password', password);
  }
  const change = Object.hasOwn(PARTS, key) ? PARTS[key] : undefined;
  const texts = optionsOf(of);
  if (!change || !texts.every(isText) || !texts.some((text) => text.includes('://'))) return undefined;
  return several(
    texts.flatMap((text) => {
      const parts = ADDRESS.exec(text)?.slice(1);
      return parts ? textsOf(value).map((one) => change(parts, one)) : [text];
    }),
  );
}
