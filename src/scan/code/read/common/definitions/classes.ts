import type { ClassDefinition, Expression, Statement } from '../../../syntax.ts';
import { membersOf } from './members.ts';
import type { Reader } from '../reader.ts';
import { skipStatement } from '../skips.ts';
import { skipGenerics, skipGoType } from '../types.ts';
import { extension, nameOf } from '../values.ts';

/** A class from its name on; `primary` are the parameters behind it, which are its fields. */
export function classFrom(reader: Reader): ClassDefinition {
  const none: ClassDefinition = { name: '', bases: [], methods: [], fields: [], record: false };
  return reader.deeper(() => readClass(reader), none);
}

function readClass(reader: Reader): ClassDefinition {
  const name = reader.peek().kind === 'word' ? reader.next().text : '';
  skipGenerics(reader);
  while (reader.dialect.modifiers.has(reader.peek().text) && reader.peek().kind === 'word') reader.next();
  const primary = reader.is('(') ? reader.parametersIn(')') : [];
  const bases = basesOf(reader);
  const members = membersOf(reader, name);
  const fields = primary.flatMap(({ target, fallback }) =>
    target.kind === 'name' ? [{ name: target.name, value: fallback, each: true }] : [],
  );
  const made = members.methods.some((method) => /^(?:__init__|constructor|initialize)$/u.test(method.name));
  return {
    ...members,
    name,
    bases: bases.length > 0 ? bases : members.bases,
    fields: [...fields, ...members.fields],
    record: members.record || (fields.length > 0 && !made),
  };
}

function basesOf(reader: Reader): readonly Expression[] {
  const found: Expression[] = [];
  if (!reader.take(':', '<', 'extends', 'implements', 'with')) return found;
  for (
    let count = 0;
    count < 30 && !reader.is('{', ';', 'end') && reader.peek().kind !== 'line' && reader.peek().kind !== 'end';
    count += 1
  ) {
    const token = reader.next();
    if (token.kind === 'word' && !/^(?:extends|implements|with|where)$/u.test(token.text)) {
      let base: Expression = nameOf(token.text.replaceAll('\\', '.'));
      while (reader.is('.', '::') && reader.after(reader.peek()).kind === 'word') {
        reader.next();
        base = { kind: 'member', of: base, name: reader.next().text };
      }
      found.push(base);
    } else if (token.text === '(' || token.text === '<') {
      reader.back(token.from);
      const behind = token.text === '(' ? reader.behindBracket(token) : reader.behindGeneric(token);
      reader.back(behind ? behind.from : token.to);
    }
  }
  return found;
}

/** A class, or what a language has in its place. */
export function classStatement(reader: Reader): readonly Statement[] {
  const word = reader.next();
  if (word.text === 'type' && reader.dialect.composite) return typeStatement(reader);
  if (word.text === 'package') return packageStatement(reader);
  // `class << self`.
  if (reader.take('<<')) {
    reader.next();
    return reader.statementsTo('end');
  }
  return [{ kind: 'class', definition: classFrom(reader) }];
}

/** `package Client;` of Perl: the functions up to the next package are its methods. */
function packageStatement(reader: Reader): readonly Statement[] {
  const name = reader.next().text;
  const own = reader.take('{') ? reader.statementsTo('}') : reader.statementsTo('package');
  reader.take('}');
  const methods = own.flatMap((one) =>
    one.kind === 'function' ? [{ ...one.definition, method: 'instance' as const, implicit: false }] : [],
  );
  if (name === 'main' || methods.length === 0) return own;
  const definition: ClassDefinition = { name, bases: [], methods, fields: [], record: false };
  return [{ kind: 'class', definition }, ...own];
}

/** `type Client struct { … }`. */
function typeStatement(reader: Reader): readonly Statement[] {
  if (reader.is('(')) {
    reader.next();
    const found: Statement[] = [];
    while (!reader.is(')') && reader.peek().kind !== 'end') {
      reader.passLines();
      if (reader.is(')')) break;
      const place = reader.place;
      found.push(...typeStatement(reader));
      reader.passLines();
      if (reader.place === place) reader.next();
    }
    reader.take(')');
    return found;
  }
  const name = reader.next().text;
  if (!reader.is('struct')) {
    skipStatement(reader);
    return [];
  }
  reader.next();
  const fields: ClassDefinition['fields'][number][] = [];
  if (reader.take('{'))
    reader.outside(() => {
      reader.passLines();
      while (!reader.is('}') && reader.peek().kind !== 'end') {
        do if (reader.peek().kind === 'word') fields.push({ name: reader.next().text, value: null, each: true });
        while (reader.take(','));
        const ended = (): boolean => /^(?:line|end)$/u.test(reader.peek().kind) || reader.is('}', ';');
        // The type and the tag; all of it may stand on one line.
        if (!ended()) skipGoType(reader);
        if (reader.peek().kind === 'text') reader.next();
        if (!ended()) skipStatement(reader);
        reader.take(';');
        reader.passLines();
      }
    });
  reader.take('}');
  return [{ kind: 'class', definition: { name, bases: [], methods: [], fields, record: true } }];
}

/** `impl Client { … }`, `impl Trait for Client { … }`. */
export function extendStatement(reader: Reader): readonly Statement[] {
  reader.next();
  let name = '';
  while (!reader.is('{') && reader.peek().kind !== 'end') {
    const token = reader.next();
    if (token.kind === 'word' && token.text !== 'for' && reader.lexer.token(token.to).text !== '::') name = token.text;
    const behind = reader.is('<') ? reader.behindGeneric(reader.peek()) : null;
    if (behind) reader.back(behind.from);
  }
  const { methods, fields } = membersOf(reader, name);
  return [
    ...methods.map((method) => extension(name, method)),
    ...fields.flatMap(({ name: field, value }) => (value ? [constantOf(field, value)] : [])),
  ];
}

const constantOf = (name: string, value: Expression): Statement => ({
  kind: 'bind',
  targets: [{ kind: 'name', name, declares: true }],
  value,
  row: 0,
});
