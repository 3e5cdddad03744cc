import type { ClassDefinition, Expression, FunctionDefinition, Statement } from '../../../syntax.ts';
import type { Token } from '../../lexer.ts';
import type { Reader } from '../reader.ts';
import { skipAnnotations } from '../skips.ts';
import { typed } from './typed.ts';
import { nameOf, textLiteral } from '../values.ts';

/** Methods and fields between the braces of a class, or up to its `end`. */
export function membersOf(reader: Reader, name: string): ClassDefinition {
  const methods: FunctionDefinition[] = [];
  const fields: ClassDefinition['fields'][number][] = [];
  const made: ClassDefinition = { name, bases: [], methods, fields, record: false };
  reader.passLineEnds();
  const end = reader.dialect.bodies === 'end' ? 'end' : '}';
  if (end === '}' && !reader.take('{')) return made;
  reader.outside(() => {
    for (;;) {
      reader.passLines();
      if (reader.is(end, '}') || reader.peek().kind === 'end') break;
      const place = reader.place;
      reader.deeper(() => {
        memberOf(reader, name, { methods, fields });
      }, undefined);
      if (reader.place === place) reader.next();
    }
  });
  reader.take(end);
  // `include HTTParty` is passed over; a class that says where its requests go is a client.
  const bases = fields.some((field) => field.name === 'base_uri') ? [nameOf('HTTParty')] : [];
  const record = methods.length === 0 || !methods.some((method) => isConstructor(method.name));
  return { ...made, bases, record: record && fields.some(({ each }) => each) };
}

/** What the body of a class defines, as it is read. */
interface Members {
  readonly methods: FunctionDefinition[];
  readonly fields: ClassDefinition['fields'][number][];
}

function memberOf(reader: Reader, name: string, members: Members): void {
  skipAnnotations(reader);
  const isStatic = skipModifiers(reader);
  const form = reader.form(reader.peek());
  if (form === 'function') members.methods.push(methodOf(reader, name, isStatic));
  else if (form === 'class' || form === 'extend') nestedClass(reader, members);
  else {
    const declared = reader.dialect.typed ? typed(reader, name) : null;
    if (declared) for (const one of declared) typedMember(one, name, isStatic, members);
    else for (const one of reader.statement()) looseMember(one, isStatic, reader.dialect.commands, members);
  }
}

/** Passes what stands in front of a member; true where `static` is among it. */
function skipModifiers(reader: Reader): boolean {
  const isModifier = (token: Token): boolean =>
    // A member may have the name of a modifier: `get()`, `open = 1`.
    reader.dialect.modifiers.has(token.text) && !/^[(=]$/u.test(reader.lexer.token(token.to).text);
  let isStatic = false;
  while (isModifier(reader.peek())) {
    if (reader.next().text === 'static') isStatic = true;
    reader.passLineEnds();
    skipAnnotations(reader);
  }
  return isStatic;
}

/** A method that the language's own word begins: `def`, `fn`, `fun`, `function`. */
function methodOf(reader: Reader, name: string, isStatic: boolean): FunctionDefinition {
  const { dialect } = reader;
  reader.promoted.clear();
  const made = reader.functionFrom(isStatic ? 'static' : 'instance');
  const definition = isConstructor(made.name)
    ? { ...made, body: [...promotedFields(reader, made.row), ...made.body] }
    : made;
  // `def self.name` of Ruby.
  const ofSelf =
    definition.method === 'static' && definition.of === null && dialect.self === 'self' && dialect.commands;
  const first = definition.parameters[0]?.target;
  const takesSelf = first?.kind === 'name' && first.name === 'self' && !dialect.commands;
  // A function of Rust that takes no `self` is called on the type.
  const associated = dialect.constants['None'] !== undefined && !takesSelf;
  return {
    ...definition,
    name: isConstructor(definition.name) && definition.name !== name ? 'constructor' : definition.name,
    parameters: takesSelf ? definition.parameters.slice(1) : definition.parameters,
    method: isStatic || ofSelf || associated ? 'static' : 'instance',
  };
}

/** A class within the class; the members of `companion object { … }` and `class << self` are the outer one's own. */
function nestedClass(reader: Reader, { methods, fields }: Members): void {
  const [made] = reader.classStatement();
  if (made?.kind !== 'class') return;
  const { definition } = made;
  fields.push({ name: definition.name, value: { kind: 'class', definition }, each: false });
  if (definition.name !== '' && definition.name !== 'Companion') return;
  methods.push(...definition.methods.map((one) => ({ ...one, method: 'static' as const })));
  fields.push(...definition.fields);
}

/** A member behind its type, as Java, C# and Groovy have it. */
function typedMember(one: Statement, name: string, isStatic: boolean, { methods, fields }: Members): void {
  if (one.kind === 'function') {
    const { definition } = one;
    const own = definition.method === 'property' ? 'property' : 'instance';
    methods.push({
      ...definition,
      name: definition.name === name ? 'constructor' : definition.name,
      method: isStatic ? 'static' : own,
      implicit: true,
    });
  } else if (one.kind === 'bind') {
    const [target] = one.targets;
    if (target?.kind === 'name') fields.push({ name: target.name, value: one.value, each: !isStatic });
  }
}

/** A member that reads like any other statement; a name in capitals is a constant of the class. */
function looseMember(one: Statement, isStatic: boolean, commands: boolean, { methods, fields }: Members): void {
  const perObject = (name: string): boolean => !isStatic && !/^[A-Z]/u.test(name);
  if (one.kind === 'function') methods.push({ ...one.definition, method: 'instance', implicit: true });
  if (one.kind === 'bind') {
    const [target] = one.targets;
    if (target?.kind === 'name') fields.push({ name: target.name, value: one.value, each: perObject(target.name) });
    return;
  }
  const said = setting(one);
  const value = one.kind === 'expression' ? one.value : null;
  if (value?.kind === 'assignment' && value.target.kind === 'name')
    fields.push({ name: value.target.name, value: value.value, each: perObject(value.target.name) && !commands });
  else if (said) fields.push({ ...said, each: false });
  else if (value?.kind === 'member' && value.of.kind === 'name')
    fields.push({ name: value.of.name, value: null, each: true });
  else if (value?.kind === 'name') fields.push({ name: value.name, value: null, each: true });
}

/** `base_uri 'https://…'`, `headers 'Name' => value`: what a class of a client says of all its requests. */
function setting(statement: Statement): { readonly name: string; readonly value: Expression } | null {
  if (statement.kind !== 'expression' || statement.value.kind !== 'call') return null;
  const { callee, given } = statement.value;
  const name = callee.kind === 'name' ? callee.name : '';
  if (!/^(?:base_uri|headers|default_params|basic_auth)$/u.test(name)) return null;
  const [first] = given;
  if (first && first.name === null) return { name, value: first.value };
  const fields = given.flatMap((one) =>
    one.name === null ? [] : [{ key: textLiteral(one.name, statement.row), value: one.value }],
  );
  return { name, value: { kind: 'record', fields } };
}

/** Parameters of a constructor that are fields as well. */
function promotedFields(reader: Reader, row: number): readonly Statement[] {
  return [...reader.promoted].map((name): Statement => ({
    kind: 'bind',
    targets: [{ kind: 'place', of: nameOf('this'), key: textLiteral(name, row) }],
    value: nameOf(name),
    row,
  }));
}

const isConstructor = (name: string): boolean => /^(?:__init__|__construct|constructor|initialize)$/u.test(name);
