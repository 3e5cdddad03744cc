import { badRequest, invalidParameter } from './answers/errors.ts';
import type { Call } from './env.ts';

/** Parameters of one REST call as Grape merges them: query and body, JSON or form. Values are unchecked. */
export type Params = Readonly<Record<string, unknown>>;

/** Query string alone; `name[]=a&name[]=b` becomes a list. Unknown parameters are ignored, as GitLab does. */
export function queryParams(call: Call): Params {
  const params: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of new URL(call.req.url).searchParams) append(params, name, value);
  return params;
}

/** Query and body together; the body wins. */
export async function bodyParams(call: Call): Promise<Params> {
  const params = { ...queryParams(call) };
  const type = call.req.header('content-type') ?? '';
  const text = await call.req.text();
  if (text.trim() === '') return params;
  if (type.includes('application/x-www-form-urlencoded')) {
    for (const [name, value] of new URLSearchParams(text)) append(params, name, value);
    return params;
  }
  if (type.includes('multipart/form-data')) {
    const form = await call.req.parseBody({ all: true }).catch(() => {
      throw invalidParameter('message body does not match declared format');
    });
    return { ...params, ...form };
  }
  return { ...params, ...parseObject(text) };
}

function parseObject(text: string): Params {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalidParameter('message body does not match declared format');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badRequest('The request could not be handled.');
  }
  return value as Params;
}

function append(params: Record<string, unknown>, name: string, value: string): void {
  if (!name.endsWith('[]')) {
    params[name] = value;
    return;
  }
  const key = name.slice(0, -2);
  const known = params[key];
  params[key] = Array.isArray(known) ? [...(known as unknown[]), value] : [value];
}

/** A whole number or null; Grape says `<name> is invalid` for anything else. */
export function optionalInteger(params: Params, name: string): number | null {
  const value = params[name];
  if (value === undefined || value === null || value === '') return null;
  const number = typeof value === 'string' && /^-?\d{1,18}$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) throw invalidParameter(`${name} is invalid`);
  return number;
}

/**
 * A whole number that has to be given.
 *
 * @throws {ApiError} 400 in Grape's words
 */
export function requiredInteger(params: Params, name: string): number {
  if (params[name] === undefined) throw invalidParameter(`${name} is missing`);
  const value = optionalInteger(params, name);
  if (value === null) throw invalidParameter(`${name} is invalid`);
  return value;
}

/** Grape's boolean: true/false, also as text and 1/0. */
export function optionalBoolean(params: Params, name: string): boolean | null {
  const value = params[name];
  if (value === undefined || value === null || value === '') return null;
  if (typeof value === 'boolean') return value;
  if (value === 1 || value === 0) return value === 1;
  if (typeof value === 'string' && /^(?:true|t|yes|y|on|1)$/i.test(value)) return true;
  if (typeof value === 'string' && /^(?:false|f|no|n|off|0)$/i.test(value)) return false;
  throw invalidParameter(`${name} is invalid`);
}

/**
 * A text, or a number or truth value as text; null where it is left out or empty.
 *
 * @throws {ApiError} 400 for a list or an object
 */
export function optionalText(params: Params, name: string): string | null {
  const value = params[name];
  if (value === undefined || value === null || value === '') return null;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') throw invalidParameter(`${name} is invalid`);
  return value;
}

/** One of a closed set; else `<name> does not have a valid value`. */
export function optionalChoice<T extends string>(params: Params, name: string, choices: readonly T[]): T | null {
  const text = optionalText(params, name);
  if (text === null) return null;
  const choice = choices.find((candidate) => candidate === text);
  if (choice === undefined) throw invalidParameter(`${name} does not have a valid value`);
  return choice;
}

/** `name[]=a&name[]=b`, `name=a`, or a JSON list. */
export function textList(params: Params, name: string): readonly string[] {
  const value = params[name];
  if (value === undefined || value === null) return [];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.map((item) => {
    if (typeof item !== 'string') throw invalidParameter(`${name} is invalid`);
    return item;
  });
}

/** An ISO 8601 moment in milliseconds. */
export function optionalMoment(params: Params, name: string): number | null {
  const text = optionalText(params, name);
  if (text === null) return null;
  const moment = Date.parse(text);
  if (Number.isNaN(moment)) throw invalidParameter(`${name} is invalid`);
  return moment;
}
