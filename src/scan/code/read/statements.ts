import type { ClassDefinition, Expression, FunctionDefinition, ImportedName, Statement, Target } from '../syntax.ts';
import { CommonDefinitions, giving } from './definitions.ts';
import { given, literal, nameOf, textLiteral } from './expressions.ts';
import type { Token } from './lexer.ts';
import { targetOf } from './targets.ts';

const ENDS = ['end', 'else', 'elsif', 'elseif', 'when', 'rescue', 'ensure', 'catch', 'finally', 'until', '}'];
const UNKNOWN: Expression = { kind: 'unknown', text: 'condition' };
const MAX_STATEMENTS = 20_000;

/** Statements of the languages that have no parser of their own. */
export abstract class CommonStatements extends CommonDefinitions {
  #count = 0;

  /** The whole program. */
  program(): readonly Statement[] {
    const found: Statement[] = [];
    while (this.peek().kind !== 'end') {
      found.push(...this.statementsTo());
      // A bracket or a word that closes nothing.
      if (this.peek().kind !== 'end') this.next();
    }
    return found;
  }

  /** Statements up to one of the words or marks, which is left. */
  protected override statementsTo(...ends: readonly string[]): readonly Statement[] {
    const found: Statement[] = [];
    for (;;) {
      this.passLines();
      const token = this.peek();
      if (token.kind === 'end' || (token.kind !== 'text' && (ends.includes(token.text) || token.text === '}'))) break;
      if (this.dialect.bodies === 'end' && ends.length > 0 && token.kind === 'word' && ENDS.includes(token.text)) break;
      const before = this.place;
      found.push(...this.deeper(() => this.statement(), []));
      if (this.place === before) this.next();
      if ((this.#count += 1) > MAX_STATEMENTS) break;
    }
    return hoisted(found, this.dialect.bodies === 'braces');
  }

  protected override block(): readonly Statement[] {
    this.next();
    const found = this.statementsTo('}');
    this.take('}');
    return found;
  }

  /** The body of a statement: in braces, one statement, or up to `end`. */
  protected override body(): readonly Statement[] {
    if (this.dialect.bodies === 'end') {
      const found = this.#open();
      return [...found, ...this.#handlers()];
    }
    this.passLineEnds();
    if (this.is('{')) return this.unbodied(() => this.block());
    if (this.take(';')) return [];
    return this.deeper(() => this.statement(), []);
  }

  /** Statements up to a word that ends or goes on. */
  #open(): readonly Statement[] {
    this.take('then', 'do', ':');
    return this.unbodied(() => this.statementsTo(...ENDS));
  }

  protected override statementValue(): Expression {
    const { row } = this.peek();
    const block = this.is('{') ? this.unbodied(() => this.block()) : this.deeper(() => this.statement(), []);
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

  protected override bodyOf(): readonly Statement[] {
    return this.body();
  }

  protected statement(): readonly Statement[] {
    this.#annotations();
    const token = this.peek();
    const form = this.form(token);
    const after = this.lexer.token(token.to);
    // A word that something is done to is a name.
    const name =
      after.kind === 'mark' &&
      /^(?:\.|=|:=|\[|\+=)$/u.test(after.text) &&
      !/^(?:import|function|return)$/u.test(form ?? '');
    if (form !== undefined && !name) return this.#formed(form, token);
    const called = /^[.(=]$/u.test(after.text) && !(after.text === '(' && this.dialect.self === '$self');
    if (this.dialect.modifiers.has(token.text) && token.kind === 'word' && !called) {
      this.next();
      return this.statement();
    }
    if (this.dialect.typed) {
      const declared = this.#typed(null);
      if (declared) return declared;
    }
    const short = this.#shortFunction(token, after);
    if (short) return short;
    return this.modified(this.#expressionStatement());
  }

  /** `f(x) = …` of Julia. */
  #shortFunction(token: Token, after: Token): readonly Statement[] | null {
    if (this.dialect.bodies !== 'end' || this.dialect.argument !== '=' || token.kind !== 'word' || after.text !== '(')
      return null;
    if (this.behindBracket(after)?.text !== '=') return null;
    const definition = this.functionFrom(null);
    return [{ kind: 'function', definition: { ...definition, implicit: false } }];
  }

  #annotations(): void {
    for (let count = 0; count < 20; count += 1) {
      const token = this.peek();
      const after = this.lexer.token(token.to);
      if (token.text === '#' && (after.text === '[' || after.text === '!')) {
        this.next();
        this.take('!');
        this.#skipBracket();
      } else if (
        token.text === '@' &&
        this.dialect.sigils === null &&
        after.kind === 'word' &&
        this.dialect.brace !== 'record'
      ) {
        this.next();
        this.next();
        while (this.take('.')) this.next();
        if (this.is('(') && !this.peek().spaced) this.#skipBracket();
      } else if (token.text === '[' && this.dialect.typed && after.kind === 'word' && this.dialect.brace === 'record') {
        const behind = this.behindBracket(token);
        if (!behind || /^[.;=,]$/u.test(behind.text)) return;
        this.back(behind.from);
      } else return;
      this.passLineEnds();
    }
  }

  #skipBracket(): void {
    const behind = this.behindBracket(this.peek());
    if (behind) this.back(behind.from);
    else this.next();
  }

  #formed(form: NonNullable<ReturnType<CommonStatements['form']>>, token: Token): readonly Statement[] {
    switch (form) {
      case 'if':
      case 'unless':
        this.next();
        return [this.#if(form === 'unless')];
      case 'switch':
        return this.#switch();
      case 'for':
        return this.#for();
      case 'while':
      case 'until':
        return this.#while(form === 'until');
      case 'loop':
      case 'repeat': {
        this.next();
        const body = this.body();
        if (this.take('while', 'until')) this.condition();
        return [{ kind: 'while', test: null, body, step: [] }];
      }
      case 'block':
        return this.#blockStatement();
      case 'try':
        return this.#try();
      case 'return': {
        this.next();
        const value = this.#ends() ? null : this.values();
        return this.modified([{ kind: 'return', value }]);
      }
      case 'break':
      case 'continue':
        this.next();
        while (this.peek().kind === 'word' && this.form() === undefined) this.next();
        return this.modified([{ kind: form }]);
      case 'throw':
        this.next();
        if (!this.#ends()) this.values();
        return this.modified([{ kind: 'throw' }]);
      case 'function':
        return this.#function(token);
      case 'class':
        return this.#class();
      case 'extend':
        return this.#extend();
      case 'declare':
        return this.#declare();
      case 'import':
      case 'include':
        if (token.text === 'using' && this.#declaresResource(token)) {
          this.next();
          return this.statement();
        }
        return this.imported(form === 'include');
      case 'skip':
        this.#skipStatement();
        return [];
      default:
        this.next();
        return [];
    }
  }

  /** `using var client = …`, `using (var client = …) {`. */
  #declaresResource(token: Token): boolean {
    const word = this.lexer.token(token.to);
    return (
      word.text === '(' ||
      word.text === 'var' ||
      (word.kind === 'word' && this.lexer.token(word.to).kind === 'word' && word.text !== 'static')
    );
  }

  #ends(): boolean {
    const token = this.peek();
    return token.kind === 'line' || token.kind === 'end' || /^(?:;|\}|end|if|unless)$/u.test(token.text);
  }

  #skipStatement(): void {
    while (this.peek().kind !== 'end' && this.peek().kind !== 'line' && !this.is(';')) {
      if (this.is('{', '(')) this.#skipBracket();
      else this.next();
    }
  }

  /** `a, b`: several values are a list. */
  protected values(): Expression {
    const first = this.expression();
    if (!this.is(',')) return first;
    const items = [given(first)];
    while (this.take(',')) {
      this.passLineEnds();
      items.push(given(this.expression()));
    }
    return { kind: 'list', items };
  }

  #expressionStatement(): readonly Statement[] {
    const { row } = this.peek();
    const place = this.place;
    const first = this.expression();
    if (this.is(',') && (first.kind === 'name' || first.kind === 'member' || first.kind === 'index')) {
      const several = this.#several(first, row);
      if (several) return several;
      this.back(place);
      const value = this.values();
      return [{ kind: 'expression', value, row }];
    }
    if (this.is(',') && !this.dialect.lines) return [{ kind: 'expression', value: first, row }];
    return [{ kind: 'expression', value: first, row }];
  }

  /** `a, b = f()`. */
  #several(first: Expression, row: number): readonly Statement[] | null {
    const left = [given(first)];
    while (this.take(',')) {
      const spread = this.take('*');
      left.push({ name: null, value: this.expression(4), spread });
    }
    if (!this.take('=', ':=')) return null;
    return [
      this.bound(
        left.map(({ value }) => targetOf(value)),
        this.values(),
        row,
      ),
    ];
  }

  protected bound(targets: readonly (Target | null)[], value: Expression, row: number): Statement {
    const all = targets.map((target): Target => target ?? { kind: 'name', name: '', declares: true });
    const [only] = all;
    if (only && all.length === 1) return { kind: 'bind', targets: [only], value, row };
    // What is not a list is the first of them, and what went wrong the others.
    const taken: Expression =
      value.kind === 'list' ? value : { kind: 'call', callee: nameOf('#results'), given: [given(value)], row };
    return { kind: 'bind', targets: [{ kind: 'items', items: all }], value: taken, row };
  }

  /** `x if y`, `x unless y`, `x for @list`. */
  protected modified(made: readonly Statement[]): readonly Statement[] {
    if (!this.dialect.commands || this.peek().kind !== 'word') return made;
    const form = this.form();
    if (form === 'if' || form === 'unless') {
      this.next();
      const test = this.expression();
      const holds: Expression = form === 'unless' ? { kind: 'not', of: test } : test;
      return this.modified([{ kind: 'if', test: holds, then: made, otherwise: [] }]);
    }
    if (form === 'for' && this.dialect.self === '$self') {
      this.next();
      const over = this.expression();
      return [{ kind: 'each', target: { kind: 'name', name: '_', declares: true }, over, keys: true, body: made }];
    }
    if (form === 'while' || form === 'until') {
      this.next();
      this.expression();
    }
    return made;
  }

  #if(negated: boolean): Statement {
    // `if err := f(); err != nil`.
    let before: readonly Statement[] = [];
    let test: Expression = this.test();
    if (this.is(';') && this.dialect.composite) {
      before = [{ kind: 'expression', value: test, row: this.next().row }];
      test = this.condition();
    }
    if (negated) test = { kind: 'not', of: test };
    const then = this.dialect.bodies === 'end' ? this.#open() : this.body();
    const otherwise = this.#otherwise();
    const made: Statement = { kind: 'if', test, then, otherwise };
    return before.length > 0 ? { kind: 'block', body: [...before, made] } : made;
  }

  /** The condition of a statement; `if let Some(x) = f()` binds. */
  protected test(): Expression {
    if (this.is('let') || (this.dialect.composite && this.lexer.token(this.peek().to).text === ',')) {
      this.take('let');
      const before = this.place;
      const pattern = this.condition();
      if (this.is(',')) {
        // `if v, ok := m[k]; ok`
        this.back(before);
        const made = this.#expressionStatement()[0];
        return made?.kind === 'bind' && made.targets[0]
          ? { kind: 'assignment', target: made.targets[0], value: made.value }
          : UNKNOWN;
      }
      if (pattern.kind !== 'assignment') return pattern;
      return pattern;
    }
    return this.condition();
  }

  #otherwise(): readonly Statement[] {
    const place = this.place;
    this.passLineEnds();
    const form = this.form();
    if (form === 'elif') {
      this.next();
      return [this.#if(false)];
    }
    if (form === 'else') {
      this.next();
      if (this.form() === 'if' && this.dialect.bodies !== 'end') {
        this.next();
        return [this.#if(false)];
      }
      return this.body();
    }
    if (this.dialect.bodies === 'end') this.take('end');
    else this.back(place);
    return [];
  }

  /** Clauses of which any may be taken. */
  #switch(): readonly Statement[] {
    const { row } = this.next();
    const subject = this.is('{') || this.peek().kind === 'line' ? null : this.condition();
    const clauses = this.dialect.bodies === 'end' ? this.#whens() : this.#cases();
    const before: readonly Statement[] = subject ? [{ kind: 'expression', value: subject, row }] : [];
    if (!subject || clauses.some(({ tests }) => tests.length > 0 && tests.some((test) => literal(test) === null)))
      return [...before, waysOf(clauses)];
    const otherwise = clauses.find(({ tests }) => tests.length === 0)?.body ?? [];
    const chain = clauses.reduceRight<readonly Statement[]>((rest, { tests, body }) => {
      const [first, ...others] = tests;
      if (!first) return rest;
      const equals = (right: Expression): Expression => ({
        kind: 'operation',
        operator: '==',
        left: subject,
        right,
        row,
      });
      const test = others.reduce<Expression>(
        (left, right) => ({ kind: 'operation', operator: '||', left, right: equals(right), row }),
        equals(first),
      );
      return [{ kind: 'if', test, then: body, otherwise: rest }];
    }, otherwise);
    return chain;
  }

  #whens(): readonly Clause[] {
    const found: Clause[] = [];
    this.passLines();
    while (this.take('when', 'in')) {
      const tests = [this.expression()];
      while (this.take(',')) tests.push(this.expression());
      found.push({ tests, body: this.#open() });
      this.passLines();
    }
    if (this.take('else')) found.push({ tests: [], body: this.#open() });
    this.take('end');
    return found;
  }

  /** `case a, b:`, `a, b -> x`, `"a" => x`, `else -> x`, `default:`. */
  #cases(): readonly Clause[] {
    const found: Clause[] = [];
    this.passLineEnds();
    if (!this.take('{')) return found;
    this.unbodied(() => {
      this.passLines();
      while (!this.is('}') && this.peek().kind !== 'end') {
        const place = this.place;
        found.push(this.#clause());
        if (this.place === place) this.next();
        while (this.take(',')) this.passLines();
        this.passLines();
      }
    });
    this.take('}');
    return found;
  }

  #clause(): Clause {
    this.take('case');
    const other = this.take('default', 'else', '_');
    const tests: Expression[] = [];
    while (!other && !this.is(':', '->', '=>', '{', '}') && this.peek().kind !== 'end') {
      const place = this.place;
      tests.push(this.unbodied(() => this.inside(() => this.expression(8))));
      if (!this.take(',', '|') && this.place === place) this.next();
      if (this.peek().kind === 'line') break;
    }
    const mark = this.take(':', '->', '=>');
    if (mark && this.is('{')) return { tests, body: this.unbodied(() => this.block()) };
    if (!mark && this.is('{')) return { tests, body: this.unbodied(() => this.block()) };
    const body: Statement[] = [];
    for (;;) {
      this.passLines();
      if (this.is('}', 'case', 'default') || this.peek().kind === 'end') break;
      const place = this.place;
      body.push(...this.statement());
      if (this.place === place) this.next();
      // An arrow has one expression behind it.
      if (this.is(',') || (this.dialect.brace === 'function' && !this.dialect.typed)) break;
      if (this.dialect.constants['None'] !== undefined) break;
    }
    return { tests, body: body.filter(({ kind }) => kind !== 'break') };
  }

  #for(): readonly Statement[] {
    this.next();
    this.take('await', 'each');
    const bracket = this.is('(') && this.#loopBracket();
    if (bracket) this.next();
    const made = bracket ? this.inside(() => this.#header(true)) : this.#header(false);
    if (bracket) this.take(')');
    const body = this.body();
    return made(body);
  }

  /** True where the bracket is the loop's own, as in `for (x in list) …`. */
  #loopBracket(): boolean {
    const behind = this.behindBracket(this.peek());
    return behind === null || !/^(?:in|of|=|:=)$/u.test(behind.text);
  }

  #header(bracket: boolean): (body: readonly Statement[]) => readonly Statement[] {
    const { row } = this.peek();
    if (this.is('{')) return (body) => [{ kind: 'while', test: null, body, step: [] }];
    const place = this.place;
    const loop = this.#overLoop();
    if (loop) return loop;
    this.back(place);
    const start = this.is(';') ? [] : this.#loopStart();
    if (!this.is(';')) {
      const [only] = start;
      // `foreach ($list as $x)`, `for (@list)`, `while` in other words.
      const value = only?.kind === 'expression' ? only.value : UNKNOWN;
      if (this.take('as')) return this.#asLoop(value);
      if (this.dialect.self === '$self') {
        const target: Target = { kind: 'name', name: '_', declares: true };
        return (body) => [{ kind: 'each', target, over: value, keys: true, body }];
      }
      return (body) => [{ kind: 'while', test: value, body, step: [] }];
    }
    this.next();
    const test = this.is(';') ? null : this.condition();
    this.take(';');
    const step: readonly Statement[] = this.is(')', '{') ? [] : [{ kind: 'expression', value: this.condition(), row }];
    while (bracket && this.take(',')) this.expression();
    return (body) => [...start, { kind: 'while', test, body, step }];
  }

  #loopStart(): readonly Statement[] {
    if (this.dialect.typed) {
      const declared = this.#typed(null);
      if (declared) return declared;
    }
    const { row } = this.peek();
    while (this.form() === 'declare') this.next();
    return [{ kind: 'expression', value: this.condition(), row }];
  }

  #asLoop(over: Expression): (body: readonly Statement[]) => readonly Statement[] {
    this.take('&');
    const first = targetOf(this.expression(5));
    if (!this.take('=>')) return this.#each(first ? [first] : [], over);
    this.take('&');
    const second = targetOf(this.expression(5));
    return this.#each(
      [first, second].filter((one) => one !== null),
      over,
    );
  }

  /** `x in list`, `k, v := range list`, `my $x (list)`, `Type x : list`; null for another loop. */
  #overLoop(): ((body: readonly Statement[]) => readonly Statement[]) | null {
    const targets: Target[] = [];
    for (let count = 0; count < 12; count += 1) {
      const token = this.peek();
      if (
        this.form(token) === 'declare' ||
        this.dialect.modifiers.has(token.text) ||
        token.text === '&' ||
        token.text === 'mut'
      ) {
        this.next();
        continue;
      }
      const target = this.#loopTarget();
      if (!target) return null;
      if (!this.is(',') && this.peek().kind === 'word' && !this.is('in', 'of') && this.dialect.typed) continue;
      targets.push(target);
      if (!this.take(',')) break;
    }
    const mark = this.next();
    if (/^(?:in|of|<-|∈|=)$/u.test(mark.text)) {
      if (mark.text === '=' && this.dialect.bodies !== 'end') return null;
      const over = this.condition();
      if (mark.text === '=' && this.is(',')) {
        this.next();
        this.condition();
      }
      return this.#each(targets, over);
    }
    if (mark.text === ':=' && this.take('range'))
      return this.#each(
        targets.length === 1 ? [...targets, { kind: 'name', name: '_', declares: true }] : targets,
        this.condition(),
      );
    if (mark.text === ':' && this.dialect.typed) return this.#each(targets.slice(-1), this.condition());
    if (mark.text === '(' && this.dialect.self === '$self') {
      this.back(mark.from);
      // `(sort keys %list)`: what a function gives stands for its values.
      const items = this.free(() => this.arguments(')'));
      const spread = items.map((item) => (item.value.kind === 'call' ? { ...item, spread: true } : item));
      return this.#each(targets, { kind: 'list', items: spread });
    }
    return null;
  }

  #loopTarget(): Target | null {
    const typed = this.place;
    if (this.dialect.typed && this.typeBefore() && this.peek().kind === 'word' && !this.is('in', 'of')) {
      const name = this.next().text;
      if (this.is(':', 'in')) return { kind: 'name', name, declares: true };
    }
    this.back(typed);
    if (this.is('(', '[')) {
      const close = this.is('(') ? ')' : ']';
      const items = this.parametersIn(close).map(({ target }) => target);
      return { kind: 'items', items };
    }
    if (this.dialect.sigils?.test(this.peek().text) === true) this.next();
    if (this.peek().kind !== 'word') return null;
    const { text } = this.next();
    const generic = this.is('<') ? this.behindGeneric(this.peek()) : null;
    if (generic) this.back(generic.from);
    if (!this.dialect.typed && this.take(':') && this.peek().kind === 'word') {
      const place = this.place;
      this.next();
      if (!this.is('in')) this.back(place);
    }
    while (this.is('[') && this.lexer.token(this.peek().to).text === ']') {
      this.next();
      this.next();
    }
    return { kind: 'name', name: text, declares: true };
  }

  #each(targets: readonly Target[], over: Expression): (body: readonly Statement[]) => readonly Statement[] {
    const [only] = targets;
    if (only && targets.length === 1)
      return (body) => [{ kind: 'each', target: only, over, keys: this.dialect.composite, body }];
    // Two names take what a record has under a name, or the items of a list with their numbers.
    const pairs: Expression = { kind: 'call', callee: nameOf('#pairs'), given: [given(over)], row: 0 };
    return (body) => [{ kind: 'each', target: { kind: 'items', items: targets }, over: pairs, keys: false, body }];
  }

  #while(negated: boolean): readonly Statement[] {
    this.next();
    let test = this.test();
    if (negated) test = { kind: 'not', of: test };
    return [{ kind: 'while', test, body: this.body(), step: [] }];
  }

  #blockStatement(): readonly Statement[] {
    this.next();
    if (this.is('|')) this.parametersIn('|');
    if (this.dialect.bodies === 'end') {
      const body = this.#open();
      const rest = this.#handlers();
      return [{ kind: 'block', body: [...body, ...rest] }];
    }
    if (!this.is('{')) return [];
    const body = this.block();
    const loops = this.take('while', 'until');
    if (loops) this.condition();
    return [{ kind: 'block', body }];
  }

  #try(): readonly Statement[] {
    this.next();
    if (this.is('(')) {
      const resources = this.free(() => this.arguments(')'));
      const opened = resources.map(({ value }): Statement => ({ kind: 'expression', value, row: 0 }));
      return [...opened, { kind: 'block', body: [...this.body(), ...this.#handlers()] }];
    }
    const body = this.dialect.bodies === 'end' ? this.#open() : this.body();
    return [{ kind: 'block', body: [...body, ...this.#handlers()] }];
  }

  /** What runs when something goes wrong, and what runs at the end. */
  #handlers(): readonly Statement[] {
    const ways: (readonly Statement[])[] = [];
    const last: Statement[] = [];
    for (let count = 0; count < 20; count += 1) {
      const place = this.place;
      this.passLineEnds();
      const form = this.form();
      if (form === 'catch') {
        this.next();
        this.#caught();
        ways.push(this.dialect.bodies === 'end' ? this.#open() : this.body());
      } else if (form === 'finally') {
        this.next();
        last.push(...(this.dialect.bodies === 'end' ? this.#open() : this.body()));
      } else if (form === 'else' && this.dialect.bodies === 'end') {
        this.next();
        last.push(...this.#open());
      } else {
        this.back(place);
        break;
      }
    }
    if (this.dialect.bodies === 'end') {
      this.passLines();
      this.take('end');
    }
    return [...(ways.length > 0 ? [{ kind: 'ways', ways: [[], ...ways] } as const] : []), ...last];
  }

  /** What is caught does not matter. */
  #caught(): void {
    if (this.is('(')) {
      this.#skipBracket();
      return;
    }
    while (!this.is('{', 'then', ';') && this.peek().kind !== 'line' && this.peek().kind !== 'end') {
      if (this.is('[')) this.#skipBracket();
      else this.next();
    }
  }

  #function(start: Token): readonly Statement[] {
    const definition = this.functionFrom(null);
    if (definition.name === '') {
      // A function that is called or given at once.
      return [{ kind: 'expression', value: { kind: 'function', definition }, row: start.row }];
    }
    const of = definition.of;
    if (of !== null) {
      const free: FunctionDefinition = { ...definition, method: 'instance', implicit: true };
      return [
        extension(of, { ...definition }),
        ...(start.text === 'fun' ? [{ kind: 'function', definition: free } as const] : []),
      ];
    }
    return [{ kind: 'function', definition: { ...definition, implicit: false } }];
  }

  #class(): readonly Statement[] {
    const word = this.next();
    if (word.text === 'type' && this.dialect.composite) return this.#type();
    if (word.text === 'package') return this.packaged();
    // `class << self`.
    if (this.take('<<')) {
      this.next();
      return this.statementsTo('end');
    }
    return [{ kind: 'class', definition: this.classFrom() }];
  }

  /** `package Client;` of Perl: the functions up to the next package are its methods. */
  protected packaged(): readonly Statement[] {
    const name = this.next().text;
    const own = this.take('{') ? this.statementsTo('}') : this.statementsTo('package');
    this.take('}');
    const methods = own.flatMap((one) =>
      one.kind === 'function' ? [{ ...one.definition, method: 'instance' as const, implicit: false }] : [],
    );
    if (name === 'main' || methods.length === 0) return own;
    const definition: ClassDefinition = { name, bases: [], methods, fields: [], record: false };
    return [{ kind: 'class', definition }, ...own];
  }

  /** `type Client struct { … }`. */
  #type(): readonly Statement[] {
    if (this.is('(')) {
      this.next();
      const found: Statement[] = [];
      while (!this.is(')') && this.peek().kind !== 'end') {
        this.passLines();
        if (this.is(')')) break;
        const place = this.place;
        found.push(...this.#type());
        this.passLines();
        if (this.place === place) this.next();
      }
      this.take(')');
      return found;
    }
    const name = this.next().text;
    if (!this.is('struct')) {
      this.#skipStatement();
      return [];
    }
    this.next();
    const fields: ClassDefinition['fields'][number][] = [];
    if (this.take('{'))
      this.outside(() => {
        this.passLines();
        while (!this.is('}') && this.peek().kind !== 'end') {
          do if (this.peek().kind === 'word') fields.push({ name: this.next().text, value: null, each: true });
          while (this.take(','));
          this.#skipStatement();
          this.passLines();
        }
      });
    this.take('}');
    return [{ kind: 'class', definition: { name, bases: [], methods: [], fields, record: true } }];
  }

  /** `impl Client { … }`, `impl Trait for Client { … }`. */
  #extend(): readonly Statement[] {
    this.next();
    let name = '';
    while (!this.is('{') && this.peek().kind !== 'end') {
      const token = this.next();
      if (token.kind === 'word' && token.text !== 'for' && this.lexer.token(token.to).text !== '::') name = token.text;
      const behind = this.is('<') ? this.behindGeneric(this.peek()) : null;
      if (behind) this.back(behind.from);
    }
    const { methods, fields } = this.members(name);
    return [
      ...methods.map((method) => extension(name, method)),
      ...fields.flatMap(({ name: field, value }) => (value ? [constantOf(field, value)] : [])),
    ];
  }

  /** Methods and fields between the braces of a class, or up to its `end`. */
  protected override members(name: string): ClassDefinition {
    const methods: FunctionDefinition[] = [];
    const fields: ClassDefinition['fields'][number][] = [];
    const made: ClassDefinition = { name, bases: [], methods, fields, record: false };
    this.passLineEnds();
    const end = this.dialect.bodies === 'end' ? 'end' : '}';
    if (end === '}' && !this.take('{')) return made;
    this.outside(() => {
      for (;;) {
        this.passLines();
        if (this.is(end, '}') || this.peek().kind === 'end') break;
        const place = this.place;
        this.deeper(() => {
          this.#memberOf(name, methods, fields);
        }, undefined);
        if (this.place === place) this.next();
      }
    });
    this.take(end);
    const record = methods.length === 0 || !methods.some((method) => isConstructor(method.name));
    return { ...made, record: record && fields.some(({ each }) => each) };
  }

  #memberOf(name: string, methods: FunctionDefinition[], fields: ClassDefinition['fields'][number][]): void {
    this.#annotations();
    let isStatic = false;
    while (this.dialect.modifiers.has(this.peek().text) && !/^[(=]$/u.test(this.lexer.token(this.peek().to).text)) {
      const { text } = this.next();
      if (text === 'static') isStatic = true;
      this.passLineEnds();
      this.#annotations();
    }
    const token = this.peek();
    const form = this.form(token);
    if (form === 'function') {
      this.promoted.clear();
      const made = this.functionFrom(isStatic ? 'static' : 'instance');
      const definition = isConstructor(made.name) ? { ...made, body: [...this.#kept(made.row), ...made.body] } : made;
      const ofSelf =
        definition.method === 'static' &&
        definition.of === null &&
        this.dialect.self === 'self' &&
        this.dialect.commands;
      const first = definition.parameters[0]?.target;
      const takesSelf = first?.kind === 'name' && first.name === 'self' && !this.dialect.commands;
      const associated = this.dialect.constants['None'] !== undefined && !takesSelf;
      methods.push({
        ...definition,
        name: isConstructor(definition.name) && definition.name !== name ? 'constructor' : definition.name,
        parameters: takesSelf ? definition.parameters.slice(1) : definition.parameters,
        method: isStatic || ofSelf || associated ? 'static' : 'instance',
      });
      return;
    }
    if (form === 'class' || form === 'extend') {
      const [made] = this.#class();
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
    if (this.dialect.typed) {
      const declared = this.#typed(name);
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
    for (const one of this.statement()) {
      if (one.kind === 'function') methods.push({ ...one.definition, method: 'instance', implicit: true });
      const value = one.kind === 'expression' && one.value.kind === 'assignment' ? one.value : null;
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
          each: !/^[A-Z]/u.test(value.target.name) && !isStatic && !this.dialect.commands,
        });
      else if (one.kind === 'expression' && one.value.kind === 'member' && one.value.of.kind === 'name')
        fields.push({ name: one.value.of.name, value: null, each: true });
      else if (one.kind === 'expression' && one.value.kind === 'name')
        fields.push({ name: one.value.name, value: null, each: true });
    }
  }

  /** Parameters of a constructor that are fields as well. */
  #kept(row: number): readonly Statement[] {
    return [...this.promoted].map((name): Statement => ({
      kind: 'bind',
      targets: [{ kind: 'place', of: nameOf('this'), key: textLiteral(name, row) }],
      value: nameOf(name),
      row,
    }));
  }

  #declare(): readonly Statement[] {
    const { row } = this.next();
    if (this.is('(') && this.dialect.composite && this.behindBracket(this.peek())?.text !== '=') return this.#group();
    while (this.form() === 'declare' || this.dialect.modifiers.has(this.peek().text)) this.next();
    if (this.form() === 'function') return this.#formed('function', this.peek());
    if (this.form() === 'class') return this.#class();
    // `def name(a) {` of Groovy is a function.
    if (this.dialect.typed) {
      const word = this.peek();
      const declared = this.lexer.token(word.to).text === '(' ? this.#method(word, null) : this.#typed(null);
      if (declared) return declared;
    }
    return this.modified([this.#declared(row)]);
  }

  /** `( A = 1 \n B = 2 )`. */
  #group(): readonly Statement[] {
    this.next();
    const found: Statement[] = [];
    this.outside(() => {
      for (;;) {
        this.passLines();
        if (this.is(')') || this.peek().kind === 'end') break;
        const place = this.place;
        found.push(this.#declared(this.peek().row));
        if (this.place === place) this.next();
      }
    });
    this.take(')');
    return found;
  }

  #declared(row: number): Statement {
    const targets: Target[] = [];
    do {
      this.passLineEnds();
      targets.push(this.#declaredTarget());
      this.#declaredType();
    } while (this.take(','));
    const value: Expression = this.take('=', ':=', '<-', 'by') ? this.values() : { kind: 'constant', value: null };
    // `let x = f() else { return }`.
    if (this.dialect.constants['None'] !== undefined && this.take('else')) this.body();
    return this.bound(targets, value, row);
  }

  #declaredTarget(): Target {
    if (this.is('(', '[', '{')) {
      const open = this.peek();
      const close = this.is('(') ? ')' : this.is('[') ? ']' : '}';
      const items = this.parametersIn(close).map(({ target }) => target);
      return open.text === '{'
        ? {
            kind: 'fields',
            fields: items.map((target) => ({ key: target.kind === 'name' ? target.name : null, target })),
          }
        : { kind: 'items', items };
    }
    const made = targetOf(this.expression(4), true);
    return made ?? { kind: 'name', name: '', declares: true };
  }

  /** `: Type`, or the bare type behind a name in Go. */
  #declaredType(): void {
    const bare = this.dialect.composite && !this.is('=', ':=', ',', ';', ')', 'by') && !this.take(':');
    if (!bare && !this.take(':') && !this.dialect.composite) return;
    for (
      let count = 0;
      count < 40 &&
      !this.is('=', ':=', ',', ';', ')', 'by') &&
      this.peek().kind !== 'line' &&
      this.peek().kind !== 'end';
      count += 1
    ) {
      const token = this.peek();
      const behind = /^[([{]$/u.test(token.text)
        ? this.behindBracket(token)
        : token.text === '<'
          ? this.behindGeneric(token)
          : null;
      if (behind) this.back(behind.from);
      else this.next();
    }
  }

  /** `Type name = …`, `Type name(…) {`; null for something else. `inside` is the class around it. */
  #typed(inside: string | null): readonly Statement[] | null {
    const place = this.place;
    const first = this.peek();
    if (first.kind !== 'word' || this.form(first) !== undefined) return null;
    if (inside !== null && this.lexer.token(first.to).text === '(') {
      const made = this.#method(first, inside);
      if (made) return made;
      this.back(place);
    }
    if (!this.typeBefore()) {
      this.back(place);
      return null;
    }
    const name = this.peek();
    const after = this.lexer.token(name.to);
    if (name.kind === 'word' && this.form(name) === undefined) {
      if (after.text === '(' || after.text === '<') {
        const made = this.#method(name, inside);
        if (made) return made;
      } else if (/^[=;,]$/u.test(after.text) || (after.kind === 'line' && this.dialect.lines && inside !== null)) {
        return this.#typedNames(name.row);
      } else if (after.text === '{' || after.text === '=>') return this.#property(name);
    }
    this.back(place);
    return null;
  }

  /** `Type a = 1, b = 2`. */
  #typedNames(row: number): readonly Statement[] {
    const found: Statement[] = [];
    do {
      const name = this.next().text;
      const value: Expression = this.take('=') ? this.expression() : { kind: 'constant', value: null };
      found.push({ kind: 'bind', targets: [{ kind: 'name', name, declares: true }], value, row });
    } while (this.take(',') && this.peek().kind === 'word');
    return found;
  }

  /** `string Url => …`, `string Url { get; set; } = …`. */
  #property(name: Token): readonly Statement[] {
    this.next();
    if (this.is('=>')) {
      const definition = this.functionBehindName(name.text, 'property', name);
      return [{ kind: 'function', definition }];
    }
    this.#skipBracket();
    const value: Expression = this.take('=') ? this.expression() : { kind: 'constant', value: null };
    return [{ kind: 'bind', targets: [{ kind: 'name', name: name.text, declares: true }], value, row: name.row }];
  }

  #method(name: Token, inside: string | null): readonly Statement[] | null {
    const place = this.place;
    this.next();
    if (this.is('<')) {
      const generic = this.behindGeneric(this.peek());
      if (generic) this.back(generic.from);
    }
    const behind = this.is('(') ? this.behindBracket(this.peek()) : null;
    let next = behind;
    while (next?.kind === 'line') next = this.lexer.token(next.to);
    if (
      !behind ||
      !next ||
      !/^(?:\{|throws|where|=>|:|;)$/u.test(next.text) ||
      (inside === null && next.text === ';') ||
      (next.text === ':' && inside === null)
    ) {
      this.back(place);
      return null;
    }
    const definition = this.functionBehindName(name.text, inside === null ? null : 'instance', name);
    return [{ kind: 'function', definition: inside === null ? { ...definition, implicit: false } : definition }];
  }

  /** Passes `final Map<String, List<X>>[] ` in front of a name. */
  protected override typeBefore(): boolean {
    if (this.peek().kind !== 'word') return false;
    this.next();
    for (let count = 0; count < 12; count += 1) {
      const token = this.peek();
      const after = this.lexer.token(token.to);
      if ((token.text === '.' || token.text === '::') && after.kind === 'word') {
        this.next();
        this.next();
      } else if (token.text === '<' && this.behindGeneric(token))
        this.back(this.behindGeneric(token)?.from ?? token.to);
      else if (token.text === '[' && /^[\],]$/u.test(after.text)) this.#skipBracket();
      else if (token.text === '?' && !token.spaced) this.next();
      else break;
    }
    return true;
  }

  /** Imports bind names of modules; `whole` takes in another file of the program. */
  protected imported(whole: boolean): readonly Statement[] {
    this.next();
    if (whole) {
      const value = this.values();
      const path = pathIn(value);
      return path === '' ? [] : [{ kind: 'import', module: path, names: [{ name: '*', as: '*' }] }];
    }
    const found: Statement[] = [];
    this.#imports(found);
    return found;
  }

  #imports(found: Statement[]): void {
    if (this.take('(')) {
      this.passLines();
      while (!this.is(')') && this.peek().kind !== 'end') {
        const place = this.place;
        this.#imports(found);
        this.passLines();
        if (this.place === place) this.next();
      }
      this.take(')');
      return;
    }
    let alias: string | null = null;
    let path = '';
    let text = false;
    for (let count = 0; count < 60; count += 1) {
      const token = this.peek();
      if (token.kind === 'line' || token.kind === 'end' || token.text === ';' || token.text === ')') break;
      if (token.kind === 'text') {
        alias = path === '' ? null : path;
        path = token.pieces.filter((piece) => typeof piece === 'string').join('');
        text = true;
        this.next();
        break;
      }
      if (token.text === 'as' || token.text === '=') {
        this.next();
        const word = this.next().text;
        if (token.text === '=') path = word;
        else alias = word;
        continue;
      }
      if (token.text === '{') {
        found.push(...this.#grouped(path));
        return;
      }
      if (token.text === ',') {
        this.next();
        found.push(binding(path, alias, text));
        path = '';
        alias = null;
        continue;
      }
      if (!/^(?:static|function|const|pub)$/u.test(token.text))
        path += /^(?:::|\\)$/u.test(token.text) ? '.' : token.text.replaceAll('\\', '.');
      this.next();
    }
    if (path !== '') found.push(binding(path, alias, text));
  }

  /** `use a::{b, c as d}`. */
  #grouped(path: string): readonly Statement[] {
    this.next();
    const found: Statement[] = [];
    while (!this.is('}') && this.peek().kind !== 'end') {
      const token = this.next();
      if (token.kind === 'word' && !/^(?:as|self)$/u.test(token.text) && !/^(?:::|\\)$/u.test(this.peek().text)) {
        const as = this.take('as') ? this.next().text : token.text;
        found.push(binding(`${path}${token.text}`, as, false));
      }
    }
    this.take('}');
    return found;
  }
}

interface Clause {
  readonly tests: readonly Expression[];
  readonly body: readonly Statement[];
}

/** Without a clause for the rest, none of them may be taken. */
const waysOf = (clauses: readonly Clause[]): Statement => {
  const ways = clauses.map(({ body }) => body);
  return { kind: 'ways', ways: clauses.some(({ tests }) => tests.length === 0) ? ways : [...ways, []] };
};

const isConstructor = (name: string): boolean => /^(?:__init__|__construct|constructor|initialize)$/u.test(name);

/** `import a.b.C` binds `C`, `import "a/b"` binds `b`. */
function binding(path: string, alias: string | null, text: boolean): Statement {
  const whole = text || !/[A-Z]\w*$/u.test(path);
  const clean = path.replace(/^\.+(?=\w)/u, '');
  const name = alias ?? clean.split(text ? '/' : '.').at(-1) ?? clean;
  const parts = clean.split('.');
  const last = parts.at(-1) ?? '';
  const names: readonly ImportedName[] =
    last === '*' || last === '_'
      ? [{ name: '*', as: '*' }]
      : whole && text
        ? [{ name: null, as: name }]
        : [{ name: last, as: name }];
  return { kind: 'import', module: text ? path : parts.slice(0, -1).join('.'), names };
}

/** The part of a path that the text of a program tells: `__DIR__ . "/lib.php"`. */
function pathIn(value: Expression): string {
  const parts = (one: Expression): string => {
    if (one.kind === 'text') return one.parts.map((part) => (typeof part === 'string' ? part : '')).join('');
    if (one.kind === 'operation') return parts(one.left) + parts(one.right);
    if (one.kind === 'call') return one.given.map((item) => parts(item.value)).join('/');
    return '';
  };
  return parts(value);
}

/** A method that stands outside of its class. */
const extension = (of: string, method: FunctionDefinition): Statement => ({
  kind: 'bind',
  targets: [{ kind: 'place', of: nameOf(of), key: textLiteral(method.name, method.row) }],
  value: { kind: 'function', definition: method },
  row: method.row,
});

const constantOf = (name: string, value: Expression): Statement => ({
  kind: 'bind',
  targets: [{ kind: 'name', name, declares: true }],
  value,
  row: 0,
});

/** Functions and classes can be used before the line that defines them. */
function hoisted(all: readonly Statement[], extensions: boolean): readonly Statement[] {
  const rank = (statement: Statement): number => {
    if (statement.kind === 'class') return 0;
    if (statement.kind === 'function') return 1;
    return extensions &&
      statement.kind === 'bind' &&
      statement.value.kind === 'function' &&
      statement.targets[0]?.kind === 'place'
      ? 2
      : 3;
  };
  const first = [0, 1, 2].flatMap((level) => all.filter((one) => rank(one) === level));
  return first.length === 0 ? all : [...first, ...all.filter((one) => rank(one) === 3)];
}
