import { hasToken, hasUnknown, unknown } from '../../marks.ts';
import type { Arguments, NativeValue, Value } from '../values.ts';
import { isObject, isText, optionsOf } from '../values.ts';

/** What is known of a request from all that was said to it, to its client and to what it was given. */
export interface RequestFacts {
  /** The job token goes with it. */
  readonly token: boolean;
  /** Another credential does. */
  readonly other: boolean;
  /** Something was given whose content is not known. */
  readonly opaque: boolean;
  /** Method of HTTP that something names. */
  readonly method: string | null;
  /** Names of the functions that it went through. */
  readonly names: readonly string[];
}

const MAX_VALUES = 400;
const CREDENTIALS = /^(?:job[-_]?token|private[-_]?token|deploy[-_]?token|authorization)$/iu;
const HEADER = /^\s*((?:job|private|deploy)-token|authorization)\s*:\s*([^]*)$/iu;
const PARAMETER = /[?&](job_token|private_token)=([^&]*)/iu;
const METHODS = /^(?:GET|POST|PUT|PATCH|DELETE|HEAD)$/iu;
const METHOD_NAME = /(?:^|\.)(?:Http)?Method\.?(Get|Post|Put|Patch|Delete|Head)$/iu;
const SETS_METHOD = /method|CUSTOMREQUEST/iu;
const VERB =
  /(?:^|\.)(get|post|put|patch|delete|head)(?:_?(?:file|json|form|string|stream|bytes|bytearray|for[a-z]+)*)?(?:async)?(?:\(\))?(?:\.new)?(?:\(\))?$/iu;
const OPTIONS = /^(?:headers?|auth|options?|params?|cookies|credentials)$/iu;

/** What a request gives: others do not say anything of theirs through it. */
const REQUEST = '#request';

/** Tells natives among arguments, and what a function is a member of, that they were part of a call. */
export function hear(callee: NativeValue, given: Arguments, result: NativeValue, request: boolean): void {
  if (request) result.fields.set(REQUEST, true);
  const entry = { name: callee.name, given };
  // What one request is given is not for the next one; a module keeps nothing.
  for (
    let one: Value | undefined = request ? undefined : callee.receiver, depth = 0;
    isObject(one, 'native') && depth < 12;
    depth += 1
  ) {
    if (one.name.includes('()') && one.said.length < 60) one.said.push(entry);
    one = one.receiver;
  }
  const around = {
    positional: [...given.positional, ...(callee.receiver === undefined ? [] : [callee.receiver])],
    named: given.named,
  };
  for (const value of [...given.positional, ...given.named.values()])
    if (isObject(value, 'native') && value !== result && value.said.length < 60)
      value.said.push({ name: callee.name, given: around });
}

/** Everything that is known of a request. */
export function factsOf(callee: NativeValue, given: Arguments, result: NativeValue): RequestFacts {
  const walk = new Walk();
  walk.own(result);
  walk.own(callee);
  walk.given(given, callee.name);
  const { token, other, opaque, names } = walk;
  return { token, other, opaque, names, method: verbIn(callee.name) ?? walk.method };
}

const verbIn = (name: string): string | null => VERB.exec(name)?.[1]?.toUpperCase() ?? null;

class Walk implements RequestFacts {
  token = false;
  other = false;
  opaque = false;
  method: string | null = null;
  readonly names: string[] = [];
  readonly #seen = new Set<Value>();
  readonly #own = new Set<Value>();

  /** The request itself, and what it was made by. */
  own(value: NativeValue): void {
    for (
      let one: Value | undefined = value, depth = 0;
      isObject(one, 'native') && depth < 12;
      one = one.receiver, depth += 1
    )
      this.#own.add(one);
    this.native(value);
  }

  native(value: NativeValue): void {
    if (this.#seen.has(value) || this.#seen.size > MAX_VALUES) return;
    if (value.fields.has(REQUEST) && !this.#own.has(value)) return;
    this.#seen.add(value);
    if (this.names.length < 40) this.names.push(value.name);
    const constant = METHOD_NAME.exec(value.name)?.[1];
    if (constant !== undefined) this.method ??= constant.toUpperCase();
    if (value.given) this.given(value.given, value.name);
    this.#fields(value.fields);
    for (const { name, given } of value.said) {
      // `request.PUT(body)`, but not what the client fetches beside.
      if (/\.(?:GET|POST|PUT|PATCH|DELETE)$/u.test(name)) this.method ??= verbIn(name);
      this.given(given, name);
    }
    if (isObject(value.receiver, 'native')) this.native(value.receiver);
    else if (value.receiver !== undefined) this.value(value.receiver);
  }

  given({ positional, named }: Arguments, name: string): void {
    if (SETS_METHOD.test(name) || /request|fetch|open/iu.test(name)) this.#methodIn(positional);
    positional.forEach((one, index) => {
      const word = nameIn(one);
      const value = positional[index + 1];
      if (word !== null && CREDENTIALS.test(word) && value !== undefined) this.#credential(word, value);
      else if (word !== null && SETS_METHOD.test(word) && value !== undefined) this.#methodIn([value]);
      else this.value(one);
    });
    this.#fields(named);
  }

  #methodIn(values: readonly Value[]): void {
    for (const value of values.flatMap(optionsOf)) {
      if (isText(value) && METHODS.test(value)) this.method ??= value.toUpperCase();
      const constant = isObject(value, 'native') ? METHOD_NAME.exec(value.name)?.[1] : undefined;
      if (constant !== undefined) this.method ??= constant.toUpperCase();
    }
  }

  #fields(fields: ReadonlyMap<string, Value>): void {
    for (const [name, value] of fields) {
      if (name.startsWith('#')) continue;
      if (CREDENTIALS.test(name)) this.#credential(name, value);
      else if (/^(?:method|type|CustomMethod)$/iu.test(name)) this.#methodIn([value]);
      else {
        if (METHODS.test(name) && /^[A-Z]+$/u.test(name)) this.method ??= name;
        if (OPTIONS.test(name) && unclear(value)) this.opaque = true;
        this.value(value);
      }
    }
  }

  value(value: Value): void {
    if (isText(value)) this.#text(value);
    else if (isObject(value, 'native')) this.native(value);
    else if (typeof value === 'object' && value !== null) this.#inside(value);
  }

  #inside(value: Exclude<Value, string | number | boolean | null>): void {
    if (this.#seen.has(value) || this.#seen.size > MAX_VALUES) return;
    this.#seen.add(value);
    if (value.kind === 'several') for (const one of value.options) this.value(one);
    else if (value.kind === 'list') this.given({ positional: value.items, named: new Map() }, '');
    else if (value.kind === 'record' || value.kind === 'object') this.#fields(value.fields);
  }

  #text(text: string): void {
    const [, name, rest = ''] = HEADER.exec(text) ?? PARAMETER.exec(text) ?? [];
    if (name !== undefined) this.#credential(name, rest);
    else if (hasToken(text)) this.token = true;
    else if (hasUnknown(text) && !text.includes('/')) this.opaque = true;
  }

  /** A credential that a library makes of what it is given. */
  #made(value: NativeValue): void {
    const before = this.token;
    this.native(value);
    if (this.token === before) this.opaque = true;
  }

  #credential(name: string, value: Value): void {
    for (const one of optionsOf(value)) {
      const text = isText(one)
        ? one
        : isObject(one, 'list') && isText(one.items[0])
          ? one.items[0]
          : unknown('credential');
      if (/^private|^deploy/iu.test(name)) this.other = true;
      else if (isObject(one, 'native')) this.#made(one);
      else if (hasToken(text)) this.token = true;
      else if (!hasUnknown(text) || /\uE004/u.test(text)) this.other = true;
      else this.opaque = true;
    }
  }
}

/** The name that a text or a constant of a library stands for. */
const nameIn = (value: Value): string | null =>
  isText(value) ? value : isObject(value, 'native') ? (value.name.split('.').at(-1) ?? '') : null;

const unclear = (value: Value): boolean =>
  (isText(value) && hasUnknown(value)) ||
  (isObject(value, 'native') && value.said.length === 0 && value.given === null);
