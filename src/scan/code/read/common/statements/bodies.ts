import type { Expression, Statement } from '../../../syntax.ts';
import { argumentsTo } from '../expressions/arguments.ts';
import type { Reader } from '../reader.ts';
import { skipBracket } from '../skips.ts';
import { giving } from '../values.ts';

/** Words that end a body, or go on with another one. */
export const ENDS = ['end', 'else', 'elsif', 'elseif', 'when', 'rescue', 'ensure', 'catch', 'finally', 'until', '}'];

/** The statements between braces. */
export function block(reader: Reader): readonly Statement[] {
  reader.next();
  const found = reader.statementsTo('}');
  reader.take('}');
  return found;
}

/** The body of a statement: in braces, one statement, or up to `end`. */
export function body(reader: Reader): readonly Statement[] {
  if (reader.dialect.bodies === 'end') {
    const found = openBody(reader);
    return [...found, ...handlers(reader)];
  }
  reader.passLineEnds();
  if (reader.is('{')) return reader.unbodied(() => reader.block());
  if (reader.take(';')) return [];
  return reader.deeper(() => reader.statement(), []);
}

/** Statements up to a word that ends or goes on. */
export function openBody(reader: Reader): readonly Statement[] {
  reader.take('then', 'do', ':');
  return reader.unbodied(() => reader.statementsTo(...ENDS));
}

/** A statement that stands for a value: `x = if a then b else c end`. */
export function statementValue(reader: Reader): Expression {
  const { row } = reader.peek();
  const block = reader.is('{') ? reader.unbodied(() => reader.block()) : reader.deeper(() => reader.statement(), []);
  const [only] = block;
  if (block.length === 1 && only?.kind === 'expression') return only.value;
  // Ways that leave the function are no values.
  if (only && /^(?:return|throw|break|continue)$/u.test(only.kind)) return { kind: 'constant', value: null };
  return {
    kind: 'call',
    callee: {
      kind: 'function',
      definition: {
        name: '',
        parameters: [],
        body: giving(block),
        decorators: [],
        method: null,
        implicit: false,
        row,
      },
    },
    given: [],
    row,
  };
}

/** `begin … end`, `do { … } while (…)`. */
export function blockStatement(reader: Reader): readonly Statement[] {
  reader.next();
  if (reader.is('|')) reader.parametersIn('|');
  if (reader.dialect.bodies === 'end') {
    const body = openBody(reader);
    const rest = handlers(reader);
    return [{ kind: 'block', body: [...body, ...rest] }];
  }
  if (!reader.is('{')) return [];
  const body = reader.block();
  const loops = reader.take('while', 'until');
  if (loops) reader.condition();
  return [{ kind: 'block', body }];
}

/** `try { … } catch (e) { … }`, with the resources it opens. */
export function tryStatement(reader: Reader): readonly Statement[] {
  reader.next();
  if (reader.is('(')) {
    const resources = reader.free(() => argumentsTo(reader, ')'));
    const opened = resources.map(({ value }): Statement => ({ kind: 'expression', value, row: 0 }));
    return [...opened, { kind: 'block', body: [...reader.body(), ...handlers(reader)] }];
  }
  const body = reader.dialect.bodies === 'end' ? openBody(reader) : reader.body();
  return [{ kind: 'block', body: [...body, ...handlers(reader)] }];
}

/** What runs when something goes wrong, and what runs at the end. */
function handlers(reader: Reader): readonly Statement[] {
  const ways: (readonly Statement[])[] = [];
  const last: Statement[] = [];
  for (let count = 0; count < 20; count += 1) {
    const place = reader.place;
    reader.passLineEnds();
    const form = reader.form();
    if (form === 'catch') {
      reader.next();
      skipCaught(reader);
      ways.push(reader.dialect.bodies === 'end' ? openBody(reader) : reader.body());
    } else if (form === 'finally') {
      reader.next();
      last.push(...(reader.dialect.bodies === 'end' ? openBody(reader) : reader.body()));
    } else if (form === 'else' && reader.dialect.bodies === 'end') {
      reader.next();
      last.push(...openBody(reader));
    } else {
      reader.back(place);
      break;
    }
  }
  if (reader.dialect.bodies === 'end') {
    reader.passLines();
    reader.take('end');
  }
  return [...(ways.length > 0 ? [{ kind: 'ways', ways: [[], ...ways] } as const] : []), ...last];
}

/** What is caught does not matter. */
function skipCaught(reader: Reader): void {
  if (reader.is('(')) {
    skipBracket(reader);
    return;
  }
  while (!reader.is('{', 'then', ';') && reader.peek().kind !== 'line' && reader.peek().kind !== 'end') {
    if (reader.is('[')) skipBracket(reader);
    else reader.next();
  }
}
