import type { Expression, Statement, Target } from '../../../syntax.ts';
import { targetOf } from '../../targets.ts';
import { argumentsTo } from '../expressions/arguments.ts';
import { testOf } from './conditions.ts';
import type { Reader } from '../reader.ts';
import { typed } from '../definitions/typed.ts';
import { skipTypeBefore } from '../types.ts';
import { given, nameOf, UNKNOWN } from '../values.ts';

/** A loop over values, or one that counts. */
export function forStatement(reader: Reader): readonly Statement[] {
  reader.next();
  reader.take('await', 'each');
  const bracket = reader.is('(') && isLoopBracket(reader);
  if (bracket) reader.next();
  const made = bracket ? reader.inside(() => header(reader, true)) : header(reader, false);
  if (bracket) reader.take(')');
  const body = reader.body();
  return made(body);
}

/** True where the bracket is the loop's own, as in `for (x in list) …`. */
function isLoopBracket(reader: Reader): boolean {
  const behind = reader.behindBracket(reader.peek());
  return behind === null || !/^(?:in|of|=|:=)$/u.test(behind.text);
}

function header(reader: Reader, bracket: boolean): (body: readonly Statement[]) => readonly Statement[] {
  const { row } = reader.peek();
  if (reader.is('{')) return (body) => [{ kind: 'while', test: null, body, step: [] }];
  const place = reader.place;
  const loop = overLoop(reader);
  if (loop) return loop;
  reader.back(place);
  const start = reader.is(';') ? [] : loopStart(reader);
  if (!reader.is(';')) {
    const [only] = start;
    // `foreach ($list as $x)`, `for (@list)`, `while` in other words.
    const value = only?.kind === 'expression' ? only.value : UNKNOWN;
    if (reader.take('as')) return asLoop(reader, value);
    if (reader.dialect.self === '$self') {
      const target: Target = { kind: 'name', name: '_', declares: true };
      return (body) => [{ kind: 'each', target, over: value, keys: true, body }];
    }
    return (body) => [{ kind: 'while', test: value, body, step: [] }];
  }
  reader.next();
  const test = reader.is(';') ? null : reader.condition();
  reader.take(';');
  const step: readonly Statement[] = reader.is(')', '{')
    ? []
    : [{ kind: 'expression', value: reader.condition(), row }];
  while (bracket && reader.take(',')) reader.expression();
  return (body) => [...start, { kind: 'while', test, body, step }];
}

function loopStart(reader: Reader): readonly Statement[] {
  if (reader.dialect.typed) {
    const declared = typed(reader, null);
    if (declared) return declared;
  }
  const { row } = reader.peek();
  while (reader.form() === 'declare') reader.next();
  return [{ kind: 'expression', value: reader.condition(), row }];
}

function asLoop(reader: Reader, over: Expression): (body: readonly Statement[]) => readonly Statement[] {
  reader.take('&');
  const first = targetOf(reader.expression(5));
  if (!reader.take('=>')) return each(reader, first ? [first] : [], over);
  reader.take('&');
  const second = targetOf(reader.expression(5));
  return each(
    reader,
    [first, second].filter((one) => one !== null),
    over,
  );
}

/** `x in list`, `k, v := range list`, `my $x (list)`, `Type x : list`; null for another loop. */
function overLoop(reader: Reader): ((body: readonly Statement[]) => readonly Statement[]) | null {
  const targets: Target[] = [];
  for (let count = 0; count < 12; count += 1) {
    const token = reader.peek();
    if (
      reader.form(token) === 'declare' ||
      reader.dialect.modifiers.has(token.text) ||
      token.text === '&' ||
      token.text === 'mut'
    ) {
      reader.next();
      continue;
    }
    const target = loopTarget(reader);
    if (!target) return null;
    if (!reader.is(',') && reader.peek().kind === 'word' && !reader.is('in', 'of') && reader.dialect.typed) continue;
    targets.push(target);
    if (!reader.take(',')) break;
  }
  const mark = reader.next();
  if (/^(?:in|of|<-|∈|=)$/u.test(mark.text)) {
    if (mark.text === '=' && reader.dialect.bodies !== 'end') return null;
    const over = reader.condition();
    if (mark.text === '=' && reader.is(',')) {
      reader.next();
      reader.condition();
    }
    return each(reader, targets, over);
  }
  if (mark.text === ':=' && reader.take('range'))
    return each(
      reader,
      targets.length === 1 ? [...targets, { kind: 'name', name: '_', declares: true }] : targets,
      reader.condition(),
    );
  if (mark.text === ':' && reader.dialect.typed) return each(reader, targets.slice(-1), reader.condition());
  if (mark.text === '(' && reader.dialect.self === '$self') {
    reader.back(mark.from);
    // `(sort keys %list)`: what a function gives stands for its values.
    const items = reader.free(() => argumentsTo(reader, ')'));
    const spread = items.map((item) => (item.value.kind === 'call' ? { ...item, spread: true } : item));
    return each(reader, targets, { kind: 'list', items: spread });
  }
  return null;
}

function loopTarget(reader: Reader): Target | null {
  const typed = reader.place;
  if (reader.dialect.typed && skipTypeBefore(reader) && reader.peek().kind === 'word' && !reader.is('in', 'of')) {
    const name = reader.next().text;
    if (reader.is(':', 'in')) return { kind: 'name', name, declares: true };
  }
  reader.back(typed);
  if (reader.is('(', '[')) {
    const close = reader.is('(') ? ')' : ']';
    const items = reader.parametersIn(close).map(({ target }) => target);
    return { kind: 'items', items };
  }
  if (reader.dialect.sigils?.test(reader.peek().text) === true) reader.next();
  if (reader.peek().kind !== 'word') return null;
  const { text } = reader.next();
  const generic = reader.is('<') ? reader.behindGeneric(reader.peek()) : null;
  if (generic) reader.back(generic.from);
  if (!reader.dialect.typed && reader.take(':') && reader.peek().kind === 'word') {
    const place = reader.place;
    reader.next();
    if (!reader.is('in')) reader.back(place);
  }
  while (reader.is('[') && reader.lexer.token(reader.peek().to).text === ']') {
    reader.next();
    reader.next();
  }
  return { kind: 'name', name: text, declares: true };
}

function each(
  reader: Reader,
  targets: readonly Target[],
  over: Expression,
): (body: readonly Statement[]) => readonly Statement[] {
  const [only] = targets;
  if (only && targets.length === 1)
    return (body) => [{ kind: 'each', target: only, over, keys: reader.dialect.composite, body }];
  // Two names take what a record has under a name, or the items of a list with their numbers.
  const pairs: Expression = { kind: 'call', callee: nameOf('#pairs'), given: [given(over)], row: 0 };
  return (body) => [{ kind: 'each', target: { kind: 'items', items: targets }, over: pairs, keys: false, body }];
}

/** A loop with a condition, which `negated` turns around. */
export function whileStatement(reader: Reader, negated: boolean): readonly Statement[] {
  reader.next();
  let test = testOf(reader);
  if (negated) test = { kind: 'not', of: test };
  return [{ kind: 'while', test, body: reader.body(), step: [] }];
}
