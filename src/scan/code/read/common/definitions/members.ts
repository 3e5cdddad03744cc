import type { ClassDefinition, Expression, FunctionDefinition, Statement } from '../../../syntax.ts';
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
        memberOf(reader, name, methods, fields);
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

function memberOf(
  reader: Reader,
  name: string,
  methods: FunctionDefinition[],
  fields: ClassDefinition['fields'][number][],
): void {
  skipAnnotations(reader);
  let isStatic = false;
  while (
    reader.dialect.modifiers.has(reader.peek().text) &&
    !/^[(=]$/u.test(reader.lexer.token(reader.peek().to).text)
  ) {
    const { text } = reader.next();
    if (text === 'static') isStatic = true;
    reader.passLineEnds();
    skipAnnotations(reader);
  }
  const token = reader.peek();
  const form = reader.form(token);
  if (form === 'function') {
    reader.promoted.clear();
    const made = reader.functionFrom(isStatic ? 'static' : 'instance');
    const definition = isConstructor(made.name)
      ? { ...made, body: [...promotedFields(reader, made.row), ...made.body] }
      : made;
    const ofSelf =
      definition.method === 'static' &&
      definition.of === null &&
      reader.dialect.self === 'self' &&
      reader.dialect.commands;
    const first = definition.parameters[0]?.target;
    const takesSelf = first?.kind === 'name' && first.name === 'self' && !reader.dialect.commands;
    const associated = reader.dialect.constants['None'] !== undefined && !takesSelf;
    methods.push({
      ...definition,
      name: isConstructor(definition.name) && definition.name !== name ? 'constructor' : definition.name,
      parameters: takesSelf ? definition.parameters.slice(1) : definition.parameters,
      method: isStatic || ofSelf || associated ? 'static' : 'instance',
    });
    return;
  }
  if (form === 'class' || form === 'extend') {
    const [made] = reader.classStatement();
    if (made?.kind === 'class') {
      fields.push({ name: made.definition.name, value: { kind: 'class', definition: made.definition }, each: false });
      // `companion object { … }`, `class << self`.
      if (made.definition.name === '' || made.definition.name === 'Companion') {
        methods.push(...made.definition.methods.map((method) => ({ ...method, method: 'static' as const })));
        fields.push(...made.definition.fields);
      }
    }
    return;
  }
  if (reader.dialect.typed) {
    const declared = typed(reader, name);
    if (declared) {
      for (const one of declared) {
        if (one.kind === 'function') {
          const own = one.definition.name === name ? 'constructor' : one.definition.name;
          methods.push({
            ...one.definition,
            name: own,
            method: isStatic ? 'static' : one.definition.method === 'property' ? 'property' : 'instance',
            implicit: true,
          });
        } else if (one.kind === 'bind') {
          const [target] = one.targets;
          if (target?.kind === 'name') fields.push({ name: target.name, value: one.value, each: !isStatic });
        }
      }
      return;
    }
  }
  for (const one of reader.statement()) {
    if (one.kind === 'function') methods.push({ ...one.definition, method: 'instance', implicit: true });
    const value = one.kind === 'expression' && one.value.kind === 'assignment' ? one.value : null;
    const said = setting(one);
    if (one.kind === 'bind' && one.targets[0]?.kind === 'name')
      fields.push({
        name: one.targets[0].name,
        value: one.value,
        each: !isStatic && !/^[A-Z]/u.test(one.targets[0].name),
      });
    else if (value?.target.kind === 'name')
      fields.push({
        name: value.target.name,
        value: value.value,
        each: !/^[A-Z]/u.test(value.target.name) && !isStatic && !reader.dialect.commands,
      });
    else if (said) fields.push({ ...said, each: false });
    else if (one.kind === 'expression' && one.value.kind === 'member' && one.value.of.kind === 'name')
      fields.push({ name: one.value.of.name, value: null, each: true });
    else if (one.kind === 'expression' && one.value.kind === 'name')
      fields.push({ name: one.value.name, value: null, each: true });
  }
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
