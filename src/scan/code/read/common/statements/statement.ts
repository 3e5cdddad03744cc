import type { Statement } from '../../../syntax.ts';
import type { Form } from '../../dialect.ts';
import type { Token } from '../../lexer.ts';
import { expressionStatement, values } from './assignments.ts';
import { blockStatement, tryStatement } from './bodies.ts';
import { extendStatement } from '../definitions/classes.ts';
import { switchStatement } from './clauses.ts';
import { ifStatement, modified } from './conditions.ts';
import { declareStatement } from './declarations.ts';
import { functionStatement, shortFunction } from '../definitions/functions.ts';
import { importStatement } from './imports.ts';
import { forStatement, whileStatement } from './loops.ts';
import type { Reader } from '../reader.ts';
import { skipAnnotations, skipStatement } from '../skips.ts';
import { typed } from '../definitions/typed.ts';

/** One statement; none where it decides nothing, several where it declares several things. */
export function statement(reader: Reader): readonly Statement[] {
  skipAnnotations(reader);
  const token = reader.peek();
  const form = reader.form(token);
  const after = reader.lexer.token(token.to);
  // A word that something is done to is a name.
  const name =
    after.kind === 'mark' &&
    /^(?:\.|=|:=|\[|\+=)$/u.test(after.text) &&
    !/^(?:import|function|return)$/u.test(form ?? '');
  if (form !== undefined && !name) return formed(reader, form, token);
  const called = /^[.(=]$/u.test(after.text) && !(after.text === '(' && reader.dialect.self === '$self');
  if (reader.dialect.modifiers.has(token.text) && token.kind === 'word' && !called) {
    reader.next();
    return reader.statement();
  }
  if (reader.dialect.typed) {
    const declared = typed(reader, null);
    if (declared) return declared;
  }
  const short = shortFunction(reader, token, after);
  if (short) return short;
  return modified(reader, expressionStatement(reader));
}

function formed(reader: Reader, form: Form, token: Token): readonly Statement[] {
  switch (form) {
    case 'if':
    case 'unless':
      reader.next();
      return [ifStatement(reader, form === 'unless')];
    case 'switch':
      return switchStatement(reader);
    case 'for':
      return forStatement(reader);
    case 'while':
    case 'until':
      return whileStatement(reader, form === 'until');
    case 'loop':
    case 'repeat': {
      reader.next();
      const body = reader.body();
      if (reader.take('while', 'until')) reader.condition();
      return [{ kind: 'while', test: null, body, step: [] }];
    }
    case 'block':
      return blockStatement(reader);
    case 'try':
      return tryStatement(reader);
    case 'return': {
      reader.next();
      const value = endsStatement(reader) ? null : values(reader);
      return modified(reader, [{ kind: 'return', value }]);
    }
    case 'break':
    case 'continue':
      reader.next();
      while (reader.peek().kind === 'word' && reader.form() === undefined) reader.next();
      return modified(reader, [{ kind: form }]);
    case 'throw':
      reader.next();
      if (!endsStatement(reader)) values(reader);
      return modified(reader, [{ kind: 'throw' }]);
    case 'function':
      return functionStatement(reader, token);
    case 'class':
      return reader.classStatement();
    case 'extend':
      return extendStatement(reader);
    case 'declare':
      return declareStatement(reader);
    case 'import':
    case 'include':
      if (token.text === 'using' && declaresResource(reader, token)) {
        reader.next();
        return reader.statement();
      }
      return importStatement(reader, form === 'include');
    case 'skip':
      skipStatement(reader);
      return [];
    default:
      reader.next();
      return [];
  }
}

/** `using var client = …`, `using (var client = …) {`. */
function declaresResource(reader: Reader, token: Token): boolean {
  const word = reader.lexer.token(token.to);
  return (
    word.text === '(' ||
    word.text === 'var' ||
    (word.kind === 'word' && reader.lexer.token(word.to).kind === 'word' && word.text !== 'static')
  );
}

function endsStatement(reader: Reader): boolean {
  const token = reader.peek();
  return token.kind === 'line' || token.kind === 'end' || /^(?:;|\}|end|if|unless)$/u.test(token.text);
}
