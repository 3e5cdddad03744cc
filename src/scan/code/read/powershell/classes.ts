import type { ClassDefinition, Expression, FunctionDefinition, Statement } from '../../syntax.ts';
import { body } from './bodies.ts';
import { canonicalMethod, canonicalType } from './names.ts';
import { attributesHere, parameters } from './parameters.ts';
import type { Reader } from './reader.ts';
import { given, name, text } from './reader.ts';

interface Members {
  readonly methods: FunctionDefinition[];
  readonly fields: { readonly name: string; readonly value: Expression | null; readonly each: boolean }[];
}

/** `class Name : Base { [type] $Field = x; Name($a) : base($a) { … } [type] Method() { … } }`, from behind `class`. */
export function classHere(reader: Reader): readonly Statement[] {
  reader.blanks();
  const written = reader.take(/\w+/uy)?.[0] ?? '';
  const bases = reader.take(/\s*:\s*([\w.\s,[\]]+?)(?=\s*\{)/uy)?.[1] ?? '';
  reader.space();
  if (!reader.takeMark('{')) return [];
  const members: Members = { methods: [], fields: [] };
  for (;;) {
    reader.between();
    if (reader.ended || reader.takeMark('}')) break;
    const before = reader.at;
    reader.deeper(() => memberHere(reader, written, members), undefined);
    if (reader.at === before) reader.at += 1;
  }
  const definition: ClassDefinition = {
    name: canonicalType(written),
    bases: bases.split(',').flatMap((base) => (base.trim() === '' ? [] : [name(canonicalType(base.trim()))])),
    ...members,
    record: false,
  };
  return [{ kind: 'class', definition }];
}

function memberHere(reader: Reader, className: string, { methods, fields }: Members): void {
  let isStatic = false;
  for (;;) {
    attributesHere(reader);
    const word = reader.take(/(?:hidden|static)(?=\s)/iuy)?.[0];
    if (word === undefined) break;
    isStatic ||= /static/iu.test(word);
  }
  const row = reader.row();
  const field = reader.take(/\$(\w+)/uy)?.[1];
  if (field !== undefined) {
    reader.space();
    const value = reader.takeMark('=') ? valueHere(reader) : null;
    fields.push({ name: field, value, each: !isStatic });
    return;
  }
  const method = reader.take(/(\w+)\s*(?=\()/uy)?.[1];
  if (method === undefined) return;
  const taken = parameters(reader);
  const base = baseCall(reader, row);
  const before = reader.inFunction;
  reader.inFunction = true;
  const statements = body(reader);
  reader.inFunction = before;
  const itself: Statement = {
    kind: 'bind',
    targets: [{ kind: 'name', name: '$this', declares: true }],
    value: name('this'),
    row,
  };
  methods.push({
    name: method.toLowerCase() === className.toLowerCase() ? 'constructor' : canonicalMethod(method),
    parameters: taken,
    body: [...(isStatic ? [] : [itself]), ...base, ...statements],
    decorators: [],
    method: isStatic ? 'static' : 'instance',
    implicit: true,
    row,
  });
}

function valueHere(reader: Reader): Expression {
  reader.space();
  return reader.grammar.assigned(reader);
}

/** `: base($a, 'x')` of a constructor. */
function baseCall(reader: Reader, row: number): readonly Statement[] {
  if (!reader.take(/\s*:\s*base\s*\(/iuy)) return [];
  const values: Expression[] = [];
  for (;;) {
    reader.space();
    if (reader.ended || reader.takeMark(')')) break;
    if (reader.takeMark(',')) continue;
    const before = reader.at;
    values.push(reader.grammar.operation(reader));
    if (reader.at === before) reader.at += 1;
  }
  const call: Expression = { kind: 'call', callee: name('super'), given: values.map((one) => given(one)), row };
  return [{ kind: 'expression', value: call, row }];
}

/** `enum Kind { Core; Extra = 2 }`: a member stands for its name. */
export function enumHere(reader: Reader): readonly Statement[] {
  reader.blanks();
  const row = reader.row();
  const [, written = '', inside = ''] = reader.take(/(\w+)\s*(?::\s*\w+\s*)?\{([^}]*)\}?/uy) ?? [];
  const names = [...inside.matchAll(/^\s*([A-Za-z_]\w*)|[;]\s*([A-Za-z_]\w*)/gmu)].map(
    ([, one, other]) => one ?? other ?? '',
  );
  const fields = names.map((one) => ({ key: text(one, row), value: text(one, row) }));
  const target = { kind: 'name', name: canonicalType(written), declares: true } as const;
  return [{ kind: 'bind', targets: [target], value: { kind: 'record', fields }, row }];
}
