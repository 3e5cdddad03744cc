import type { Expression, Statement } from '../../syntax.ts';
import { assignment, targetOf } from './assignments.ts';
import { body, item, parenthesised } from './bodies.ts';
import { attributesHere } from './parameters.ts';
import type { Reader } from './reader.ts';
import { known, name } from './reader.ts';

/** `if (…) { } elseif (…) { } else { }`, behind its first word. */
export function condition(reader: Reader): Statement {
  const test = parenthesised(reader);
  const then = body(reader);
  const start = reader.at;
  reader.space();
  if (reader.take(/elseif(?!\w)/iuy)) {
    const nested = reader.deeper((): readonly Statement[] => [condition(reader)], []);
    return { kind: 'if', test, then, otherwise: nested };
  }
  if (reader.take(/else(?!\w)/iuy)) return { kind: 'if', test, then, otherwise: body(reader) };
  reader.at = start;
  return { kind: 'if', test, then, otherwise: [] };
}

/** `foreach ($x in …) { }`, behind its first word. */
export function each(reader: Reader): Statement {
  reader.take(/\s*(?:-parallel\s*)?\(\s*/iuy);
  const variable = reader.grammar.operand(reader);
  const target = targetOf(variable, reader) ?? item;
  reader.space();
  reader.take(/in(?!\w)/iuy);
  reader.space();
  const over = known('#each', [reader.grammar.pipeline(reader)], reader.row());
  closing(reader);
  return { kind: 'each', target, over, keys: false, body: body(reader) };
}

/** Passes what is left in front of a closing bracket. */
function closing(reader: Reader): void {
  reader.space();
  if (!reader.takeMark(')')) {
    reader.grammar.statements(reader);
    reader.takeMark(')');
  }
}

/** `for (…; …; …) { }`, behind its first word. */
export function counted(reader: Reader): readonly Statement[] {
  reader.take(/\s*\(/uy);
  const parts: (readonly Statement[])[] = [[], [], []];
  for (let index = 0; index < 3; index += 1) {
    reader.space();
    if (!reader.peek(/[;)]/uy)) parts[index] = assignment(reader);
    reader.space();
    if (!reader.takeMark(';')) break;
  }
  closing(reader);
  const [start = [], middle = [], step = []] = parts;
  const [test] = middle.flatMap((one) => (one.kind === 'expression' ? [one.value] : []));
  return [...start, { kind: 'while', test: test ?? null, body: body(reader), step }];
}

/** `do { … } while (…)`: once, then as a loop. */
export function repeated(reader: Reader): readonly Statement[] {
  const inside = body(reader);
  reader.space();
  const word = reader.take(/while|until/iuy)?.[0];
  if (word === undefined) return inside;
  const test = parenthesised(reader);
  const holds: Expression = /until/iu.test(word) ? { kind: 'not', of: test } : test;
  const again = reader.outName();
  const set = (value: Expression): Statement => ({
    kind: 'bind',
    targets: [{ kind: 'name', name: again, declares: true }],
    value,
    row: reader.row(),
  });
  return [
    set({ kind: 'constant', value: true }),
    { kind: 'while', test: name(again), body: inside, step: [set(holds)] },
  ];
}

/** `switch ($x) { 'a' { … } { $_ -gt 1 } { … } default { … } }`: each case that holds runs. */
export function cases(reader: Reader): readonly Statement[] {
  const flags = (reader.take(/\s*((?:-\w+\s*)*)/uy)?.[1] ?? '').toLowerCase();
  const row = reader.row();
  const over = known('#each', [parenthesised(reader)], row);
  reader.space();
  if (!reader.takeMark('{')) return [];
  const tests: { readonly test: Expression; readonly body: readonly Statement[] }[] = [];
  let otherwise: readonly Statement[] = [];
  for (;;) {
    reader.between();
    if (reader.ended || reader.takeMark('}')) break;
    const before = reader.at;
    if (reader.take(/default(?=\s*\{)/iuy)) otherwise = body(reader);
    else {
      const pattern = reader.grammar.caseLabel(reader);
      tests.push({ test: tested(pattern, flags, row), body: body(reader) });
    }
    if (reader.at === before) reader.at += 1;
  }
  const chosen = tests.reduceRight<readonly Statement[]>(
    (rest, { test, body: inside }) => [{ kind: 'if', test, then: inside, otherwise: rest }],
    otherwise,
  );
  // A `break` leaves the switch, as it would a loop.
  return [{ kind: 'each', target: item, over, keys: false, body: chosen }];
}

function tested(pattern: Expression, flags: string, row: number): Expression {
  if (pattern.kind === 'function') return { kind: 'call', callee: pattern, given: [], row };
  const how = flags.includes('-regex') ? '#match' : flags.includes('-wildcard') ? '#like' : '#eq';
  return known(how, [name('$_'), pattern], row);
}

/** `try { } catch { } finally { }`, behind its first word: without a failure, and with one. */
export function attempt(reader: Reader): readonly Statement[] {
  const inside = body(reader);
  const ways: (readonly Statement[])[] = [];
  let always: readonly Statement[] = [];
  for (;;) {
    const start = reader.at;
    reader.space();
    if (reader.take(/catch(?!\w)/iuy)) {
      attributesHere(reader);
      while (reader.take(/\s*,/uy)) attributesHere(reader);
      ways.push(body(reader));
    } else if (reader.take(/finally(?!\w)/iuy)) always = body(reader);
    else {
      reader.at = start;
      break;
    }
  }
  // What the body ends is not what stands behind it: it may have failed before.
  return [{ kind: 'ways', ways: [inside, ...ways.map((way) => [...way])] }, ...always];
}
