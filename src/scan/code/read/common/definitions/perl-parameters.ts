import type { Expression, Parameter, Statement } from '../../../syntax.ts';
import type { Reader } from '../reader.ts';

/** Perl takes its parameters apart in the body: `my ($self, %args) = @_;`, `my $x = shift;`. */
export function parametersInBody(
  reader: Reader,
  parameters: readonly Parameter[],
  body: readonly Statement[],
): { readonly parameters: readonly Parameter[]; readonly body: readonly Statement[] } {
  if (reader.dialect.self !== '$self' || parameters.length > 0) return { parameters, body };
  const found: Parameter[] = [];
  let index = 0;
  for (; index < body.length; index += 1) {
    const more = taken(reader, body[index]);
    if (!more) break;
    found.push(...more);
  }
  return { parameters: found, body: body.slice(index) };
}

function taken(reader: Reader, statement: Statement | undefined): readonly Parameter[] | null {
  const value = statement?.kind === 'expression' && statement.value.kind === 'assignment' ? statement.value : null;
  if (!value) return null;
  const { target, value: from } = value;
  const shifted = from.kind === 'operation' && /^(?:\|\||\?\?|or)$/u.test(from.operator) ? from.left : from;
  const shifts = (shifted.kind === 'call' ? shifted.callee : shifted).kind === 'name' && nameIn(shifted) === 'shift';
  if (target.kind === 'name' && shifts)
    return [
      { target: { ...target, declares: true }, fallback: from.kind === 'operation' ? from.right : null, rest: null },
    ];
  if (nameIn(from) !== '_') return null;
  const targets = target.kind === 'items' ? target.items : [target];
  return targets.map((one): Parameter => {
    const inner = one.kind === 'rest' ? one.target : one;
    const name = inner.kind === 'name' ? inner.name : '';
    const rest = reader.records.has(name) ? 'record' : one.kind === 'rest' ? 'list' : null;
    return { target: { kind: 'name', name, declares: true }, fallback: null, rest };
  });
}

const nameIn = (value: Expression): string => {
  const name = value.kind === 'call' ? value.callee : value;
  return name.kind === 'name' ? name.name : '';
};
