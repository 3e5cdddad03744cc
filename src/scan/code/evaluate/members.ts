import { withoutLikely } from '../../marks.ts';
import type { Evaluator, Running } from '../running.ts';
import { methodOf } from '../classes.ts';
import type { ClassValue, Value } from '../values.ts';
import { isObject, isText, native, optionsOf, several, textOf } from '../values.ts';

/** `of[key]` or `of.key`. */
export function memberOf(of: Value, key: Value, here: Running, evaluator: Evaluator): Value {
  if (isObject(of, 'several')) return several(of.options.map((one) => memberOf(one, key, here, evaluator)));
  if (isObject(key, 'several')) return several(optionsOf(key).map((one) => memberOf(of, one, here, evaluator)));
  const name = typeof key === 'number' ? String(key) : withoutLikely(textOf(key));
  if (isObject(of, 'list')) {
    if (typeof key === 'number') return of.items.at(key) ?? null;
    if (/^(?:length|size|count|Count|Length)$/u.test(name)) return of.items.length;
    // A key and its value, as loops over records give them.
    if (of.items.length === 2 && /^(?:key|Key|first|Item1|_1)$/u.test(name)) return of.items[0] ?? null;
    if (of.items.length === 2 && /^(?:value|Value|second|Item2|_2)$/u.test(name)) return of.items[1] ?? null;
    return method(of, name);
  }
  if (isObject(of, 'record'))
    return boundToRecord(of, of.fields.get(name) ?? fieldOfData(of, name)) ?? method(of, name);
  if (isObject(of, 'object')) return fieldOf(of, name, here, evaluator);
  if (isObject(of, 'class')) return classMember(of, name) ?? inherited(of, name, here, evaluator);
  if (isObject(of, 'module')) return of.exports.get(name) ?? native(`${of.path}.${name}`);
  if (isObject(of, 'native')) {
    // `git["clone", url]` of plumbum: words that are given before the command runs.
    if (isObject(key, 'list')) return native(`${of.name}[]`, { positional: key.items, named: new Map() }, of);
    const outside = `${of.name}.${name}`;
    const known = of.fields.get(name) ?? evaluator.around.read(outside, of);
    if (known !== undefined) return known;
    // The same object each time: what is set on `session.headers` stays there.
    const made = native(outside, of.given, of);
    of.fields.set(name, made);
    return made;
  }
  const extension = isText(of) ? here.scope.get(name) : undefined;
  // A function of the program that extends texts, as Kotlin has them.
  if (isObject(extension, 'function') && extension.definition.method === 'instance') return { ...extension, self: of };
  if (isText(of)) {
    const part = Object.hasOwn(PARTS, name) ? name : (OTHER_NAMES[name] ?? '');
    return (part === '' ? undefined : PARTS[part]?.(of)) ?? method(of, name);
  }
  return method(of, name);
}

/** A field or method of a class itself; `new` is the class, which makes an object when it is called. */
function classMember(of: Extract<Value, { kind: 'class' }>, name: string): Value | undefined {
  const field = of.fields.get(name);
  // A structure that a library fills from the command line (`clap`, `structopt`).
  if (
    /^(?:parse|from_args|try_parse|parse_args)$/u.test(name) &&
    !methodOf(of, name, of) &&
    of.definition.fields.length > 0
  )
    return native('#parsed', { positional: of.definition.fields.map((one) => one.name), named: of.fields });
  if (field !== undefined && !isObject(field, 'function')) return field;
  return methodOf(of, name, of) ?? field ?? (name === 'new' ? of : undefined);
}

/** A field of a structure that was filled from data: `ProjectPath` stands under `project_path` there. */
const fieldOfData = (of: Extract<Value, { kind: 'record' }>, name: string): Value | undefined =>
  /^[A-Z]/u.test(name)
    ? (of.fields.get(name.toLowerCase()) ??
      of.fields.get(name.charAt(0).toLowerCase() + name.slice(1)) ??
      of.fields.get(name.replace(/(?<=[a-z\d])[A-Z]|(?<=[A-Z])[A-Z](?=[a-z])/gu, '_$&').toLowerCase()))
    : undefined;

/** A method in a table of functions, as in Lua, is called on the table. */
const boundToRecord = (of: Value, value: Value | undefined): Value | undefined =>
  isObject(value, 'function') && value.definition.method === 'instance' && value.self === undefined
    ? { ...value, self: of }
    : value;

/** Properties of texts, of paths and of addresses. */
const PARTS: Readonly<Record<string, ((text: string) => Value | undefined) | undefined>> = {
  length: (text) => text.length,
  parent: (text) => (text.includes('/') ? text.replace(/\/[^/]*$/u, '') : '.'),
  name: (text) => text.split('/').at(-1) ?? text,
  stem: (text) => (text.split('/').at(-1) ?? text).replace(/\.\w+$/u, ''),
  href: (text) => text,
  // A member of an enumeration of Python stands for its value.
  value: (text) => text,
  pathname: (text) => text.replace(/^[a-z]+:\/\/[^/]*/u, ''),
  host: (text) => /^[a-z]+:\/\/(?:[^/@]*@)?([^/:]*)/u.exec(text)?.[1],
  hostname: (text) => /^[a-z]+:\/\/(?:[^/@]*@)?([^/:]*)/u.exec(text)?.[1],
  request_uri: (text) => text.replace(/^[a-z]+:\/\/[^/]*/u, ''),
  path: (text) => text.replace(/^[a-z]+:\/\/[^/?]*/u, '').replace(/\?.*$/u, ''),
  AbsolutePath: (text) => text.replace(/^[a-z]+:\/\/[^/?]*/u, ''),
  PathAndQuery: (text) => text.replace(/^[a-z]+:\/\/[^/?]*/u, ''),
  scheme: (text) => /^([a-z]+):\/\//u.exec(text)?.[1],
  authority: (text) => /^[a-z]+:\/\/([^/]*)/u.exec(text)?.[1],
  netloc: (text) => /^[a-z]+:\/\/([^/]*)/u.exec(text)?.[1],
  protocol: (text) => /^[a-z]+:/u.exec(text)?.[0],
  origin: (text) => /^[a-z]+:\/\/[^/]*/u.exec(text)?.[0] ?? text,
};

/** The same properties in .NET. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  Host: 'host',
  Scheme: 'scheme',
  Authority: 'authority',
  DnsSafeHost: 'host',
};

function fieldOf(of: Extract<Value, { kind: 'object' }>, name: string, here: Running, evaluator: Evaluator): Value {
  const own = of.fields.get(name);
  if (own !== undefined) return own;
  const found = methodOf(of.of, name, of);
  if (!found && name === 'class') return of.of;
  if (!found) return inherited(of.of, name, here, evaluator);
  if (isObject(found, 'function') && found.definition.method === 'property')
    return evaluator.call(found, { positional: [], named: new Map() }, found.definition.row, here);
  return found;
}

/** A member of a class of a library: the object then stands for one of it. */
function inherited({ bases, fields }: ClassValue, name: string, here: Running, evaluator: Evaluator): Value {
  const base = bases.find((one) => isObject(one, 'native'));
  if (!base) return native(name);
  // What the class says of its requests goes with each of them.
  const client = fields.has('base_uri') && isObject(base, 'native');
  return memberOf(client ? native(base.name, { positional: [], named: fields }) : base, name, here, evaluator);
}

/** A function of a text, list or record: outside of the program, called on it. */
const method = (of: Value, name: string): Value => native(`.${name}`, null, of);

/** Sets `of[key]` or `of.key`. */
export function setMember(of: Value, key: Value, value: Value): void {
  const name = typeof key === 'number' ? String(key) : withoutLikely(textOf(key));
  if (isObject(of, 'list') && typeof key === 'number') of.items[key] = value;
  else if (isObject(of, 'record') || isObject(of, 'object') || isObject(of, 'native') || isObject(of, 'class'))
    of.fields.set(name, value);
  else if (isObject(of, 'module')) of.exports.set(name, value);
}
