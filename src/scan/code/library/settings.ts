import { LIKELY, withoutLikely } from '../../marks.ts';
import { parsedData } from './data.ts';
import { contentOf } from './files.ts';
import type { Outside, Place } from '../running.ts';
import type { Arguments, NativeValue, Value } from '../values.ts';
import { isObject, isText, list, record } from '../values.ts';

const METHOD = /(?:^|\.)(?:Raw|Safe)?ConfigParser\(\)\.(\w+)$/u;

/** Python's `ConfigParser`: its sections are what the files hold that it was told to read. Undefined for anything else. */
export function settingsCall(
  { name, receiver }: NativeValue,
  given: Arguments,
  library: Outside,
  place: Place,
): Value | undefined {
  const method = METHOD.exec(name)?.[1];
  if (method === undefined || !isObject(receiver, 'native')) return undefined;
  const { fields } = receiver;
  const [first, second, third] = given.positional;
  const section = isText(first) ? fields.get(withoutLikely(first)) : undefined;
  switch (method) {
    case 'read':
    case 'read_file':
    case 'read_string': {
      for (const file of isObject(first, 'list') ? first.items : first === undefined ? [] : [first])
        fill(fields, method === 'read_string' && isText(file) ? file : contentOf(file, library, place));
      return null;
    }
    case 'read_dict':
      if (isObject(first, 'record')) for (const [key, value] of first.fields) fields.set(key, value);
      return null;
    case 'get':
    case 'getint':
    case 'getboolean':
    case 'getfloat': {
      const found =
        isObject(section, 'record') && isText(second) ? section.fields.get(withoutLikely(second)) : undefined;
      return found ?? given.named.get('fallback') ?? third;
    }
    case 'sections':
      return list(sectionsOf(receiver).map(([key]) => key + LIKELY));
    case 'items':
      return section === undefined
        ? list(sectionsOf(receiver).map(([key, value]) => list([key, value])))
        : isObject(section, 'record')
          ? list([...section.fields].map(([key, value]) => list([key, value])))
          : undefined;
    case 'options':
      return isObject(section, 'record') ? list([...section.fields.keys()]) : undefined;
    case 'has_section':
      return isText(first) ? isObject(section, 'record') : undefined;
    case 'has_option':
      return isText(second) ? isObject(section, 'record') && section.fields.has(second) : undefined;
    default:
      return undefined;
  }
}

/** What a loop over a `ConfigParser` goes over; null for anything else. */
export const sectionNames = (value: NativeValue): readonly Value[] | null =>
  /(?:^|\.)(?:Raw|Safe)?ConfigParser\(\)$/u.test(value.name) ? sectionsOf(value).map(([key]) => key + LIKELY) : null;

/** Members of the object that hold what was read; the others are its methods. */
const sectionsOf = ({ fields }: NativeValue): readonly (readonly [string, Value])[] =>
  [...fields].filter(([, value]) => isObject(value, 'record'));

function fill(fields: Map<string, Value>, text: string | null): void {
  const data = text === null ? null : parsedData(text, 'ini');
  if (isObject(data, 'record'))
    for (const [key, value] of data.fields) fields.set(key, isObject(value, 'record') ? record(value.fields) : value);
}
