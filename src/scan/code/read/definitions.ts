import type { ClassDefinition, Expression, FunctionDefinition, Parameter, Statement, Target } from '../syntax.ts';
import { CommonExpressions, nameOf, textLiteral } from './expressions.ts';
import type { Token } from './lexer.ts';

type Method = FunctionDefinition['method'];

/** Functions and classes of the languages that have no parser of their own. */
export abstract class CommonDefinitions extends CommonExpressions {
  /** Reads a body: in braces, one statement, or up to a word. */
  protected abstract body(): readonly Statement[];
  protected abstract block(): readonly Statement[];
  protected abstract members(name: string): ClassDefinition;

  /** A function from its word on, or without one from its name on. */
  protected functionFrom(method: Method): FunctionDefinition & { readonly of: string | null } {
    const { row } = this.peek();
    const none = { name: '', parameters: [], body: [], decorators: [], method, implicit: false, row, of: null };
    return this.deeper(() => this.#functionFrom(method), none);
  }

  #functionFrom(method: Method): FunctionDefinition & { readonly of: string | null } {
    const start = this.peek();
    if (this.form() === 'function') this.next();
    let of: string | null = null;
    let name = '';
    // `func (c *Client) Get(…)`, `fun String.shout()`, `function M.get(…)`, `def self.get`.
    const receiver =
      start.text === 'func' && this.behindBracket(this.peek())?.kind === 'word' ? this.#receiver() : null;
    if (receiver) of = receiver.type;
    this.#generics();
    if (this.peek().kind === 'word') name = this.next().text;
    let kind = method;
    while (this.is('.', ':', '::') && this.after(this.peek()).kind === 'word') {
      const mark = this.next().text;
      of = name;
      name = this.next().text;
      kind = mark === ':' ? 'instance' : 'static';
    }
    if (of === this.dialect.self) of = null;
    else if (of !== null && start.text === 'func') kind = 'instance';
    this.#generics();
    this.take('!', '?');
    const made = this.functionBehindName(name, kind, start);
    if (!receiver || receiver.name === '') return { ...made, of };
    const target: Target = { kind: 'name', name: receiver.name, declares: true };
    const self: Statement = { kind: 'bind', targets: [target], value: nameOf('this'), row: start.row };
    return { ...made, body: [self, ...made.body], of };
  }

  /** The name and the type of `(c *Client)`. */
  #receiver(): { readonly name: string; readonly type: string } | null {
    if (!this.is('(')) return null;
    const words: string[] = [];
    while (!this.is(')') && this.peek().kind !== 'end') {
      const token = this.next();
      if (token.kind === 'word') words.push(token.text);
      // `[T]` of a generic type.
      if (token.text === '[') break;
    }
    while (!this.is(')') && this.peek().kind !== 'end') this.next();
    this.take(')');
    return {
      name: words.length > 1 ? (words[0] ?? '') : '',
      type: words.length > 1 ? (words[1] ?? '') : (words[0] ?? ''),
    };
  }

  #generics(): void {
    if (!this.is('<')) return;
    const behind = this.behindGeneric(this.peek());
    if (behind) this.back(behind.from);
  }

  /** Parameters and body of a function. */
  protected functionBehindName(name: string, method: Method, start: Token): FunctionDefinition {
    const found = this.is('(') ? this.parametersIn(')') : this.#openParameters();
    this.resultType();
    const { parameters, body } = this.parametersInBody(found, this.#bodyOrValue());
    return {
      name,
      parameters,
      body: this.dialect.implicit ? giving(body) : body,
      decorators: [],
      method,
      implicit: true,
      ...(this.dialect.bare ? { bare: true } : {}),
      row: start.row,
    };
  }

  /** Languages that take parameters apart in the body have them there. */
  protected parametersInBody(
    parameters: readonly Parameter[],
    body: readonly Statement[],
  ): { readonly parameters: readonly Parameter[]; readonly body: readonly Statement[] } {
    return { parameters, body };
  }

  #bodyOrValue(): readonly Statement[] {
    if (this.is('=', '=>')) {
      const { row } = this.next();
      this.passLineEnds();
      if (this.is('{')) return this.unbodied(() => this.block());
      const value = this.expression();
      this.take(';');
      return [{ kind: 'return', value: value.kind === 'unknown' ? textLiteral('', row) : value }];
    }
    if (this.dialect.bodies === 'end') return this.unbodied(() => this.body());
    if (this.dialect.lines && this.dialect.brace !== 'block') this.#passToBrace();
    if (this.is('{')) return this.unbodied(() => this.block());
    if (this.is(';')) {
      this.next();
      return [];
    }
    return [];
  }

  #passToBrace(): void {
    const place = this.place;
    this.passLineEnds();
    if (!this.is('{')) this.back(place);
  }

  /** `def f a, b`. */
  #openParameters(): readonly Parameter[] {
    if (
      this.dialect.bodies !== 'end' ||
      this.peek().kind !== 'word' ||
      !this.peek().spaced ||
      this.form() !== undefined
    )
      return [];
    const found: Parameter[] = [];
    while (this.peek().kind === 'word' || this.is('*', '&', '**')) {
      this.take('*', '&', '**');
      found.push({
        target: this.parameterTarget(this.next().text),
        fallback: this.take('=') ? this.expression(4) : null,
        rest: null,
      });
      if (!this.take(',')) break;
    }
    return found;
  }

  /** `: String`, `-> Result<T>`, `string, error`, `throws X`. */
  protected resultType(): void {
    for (let count = 0; count < 40; count += 1) {
      const token = this.peek();
      if (token.kind === 'line' || token.kind === 'end' || token.kind === 'text') return;
      if (
        /^(?:\{|=|=>|;|end|\})$/u.test(token.text) ||
        (this.dialect.bodies === 'end' && !/^(?:::|->)$/u.test(token.text) && count === 0)
      )
        return;
      if (token.text === '(' || token.text === '[') {
        const behind = this.behindBracket(token);
        if (!behind) return;
        this.back(behind.from);
      } else if (/^(?:interface|struct)$/u.test(token.text) && this.after(token).text === '{') {
        this.next();
        const behind = this.behindBracket(this.peek());
        if (behind) this.back(behind.from);
      } else this.next();
    }
  }

  /** Parameters up to the closing bracket. */
  protected override parametersIn(close: string): readonly Parameter[] {
    return this.deeper(() => this.#parametersIn(close), []);
  }

  #parametersIn(close: string): readonly Parameter[] {
    this.next();
    const found: Parameter[] = [];
    this.free(() => {
      while (!this.is(close) && this.peek().kind !== 'end') {
        const before = this.place;
        const made = this.#parameter(close);
        if (made) found.push(made);
        if (!this.take(',', ';') && this.place === before) this.next();
      }
      this.take(close);
    });
    return found;
  }

  #parameter(close: string): Parameter | null {
    const words: string[] = [];
    let rest: Parameter['rest'] = null;
    let fallback: Expression | null = null;
    if (this.is('vararg', 'params')) rest = 'list';
    for (let count = 0; count < 60 && !this.is(',', ';', close) && this.peek().kind !== 'end'; count += 1) {
      const token = this.peek();
      if (token.kind === 'word') words.push(this.next().text);
      else if (token.text === '=' || token.text === ':=') {
        this.next();
        fallback = this.expression(4);
      } else if (token.text === ':' || token.text === '::') {
        this.next();
        if (this.dialect.commands && this.dialect.bodies === 'end') {
          fallback = this.is(',', close) ? null : this.expression(4);
        } else if (words.length > 0) {
          this.#typeOf(close);
        }
      } else if (/^(?:\*\*|%)$/u.test(token.text)) {
        rest = 'record';
        this.next();
      } else if (/^(?:\*|\.\.\.|@)$/u.test(token.text) && !(token.text === '*' && words.length > 0)) {
        if (token.text !== '*' || this.dialect.commands) rest = 'list';
        this.next();
      } else if (token.text === '(' || token.text === '[' || token.text === '{') {
        const behind = this.behindBracket(token);
        if (token.text === '(' && words.length === 0 && behind && /^(?:,|\||->)$/u.test(behind.text)) {
          const inner = this.parametersIn(')').map(({ target }) => target);
          return { target: { kind: 'items', items: inner }, fallback: null, rest: null };
        }
        if (behind) this.back(behind.from);
        else this.next();
      } else if (token.text === '<' && this.behindGeneric(token)) this.#generics();
      else this.next();
    }
    const useful = words.filter(
      (word) =>
        !this.dialect.modifiers.has(word) && this.form({ ...this.peek(), kind: 'word', text: word }) !== 'declare',
    );
    const name = this.dialect.named === 'first' ? useful[0] : useful.at(-1);
    if (name === undefined) return null;
    if (words.some((word) => /^(?:private|public|protected)$/u.test(word))) this.promoted.add(name);
    return { target: this.parameterTarget(name), fallback, rest };
  }

  /** Parameters that are fields as well: `__construct(private string $base)`. */
  protected readonly promoted = new Set<string>();

  /** A type behind a colon. */
  #typeOf(close: string): void {
    for (let count = 0; count < 60 && !this.is(',', '=', close) && this.peek().kind !== 'end'; count += 1) {
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

  protected override functionLiteral(): Expression {
    const definition = this.functionFrom(null);
    return { kind: 'function', definition: { ...definition, implicit: false } };
  }

  /** `(a, b) -> …`, `x => …`, `|x| …`, `->(x) { … }`. */
  protected override lambda(): Expression | null {
    const token = this.peek();
    const { text } = token;
    if (text === '->' && this.dialect.commands && token.kind === 'mark') {
      this.next();
      const parameters = this.is('(') ? this.parametersIn(')') : [];
      return this.#lambdaOf(parameters, token, this.is('{') || this.is('do') ? () => this.blockBody() : null);
    }
    if ((text === '|' || text === '||') && token.kind === 'mark' && this.dialect.constants['None'] !== undefined) {
      const parameters = text === '||' ? (this.next(), []) : this.parametersIn('|');
      if (this.is('->')) this.resultType();
      return this.#lambdaOf(parameters, token, null);
    }
    if (
      text === '\\' &&
      token.kind === 'mark' &&
      this.lexer.token(token.to).text === '(' &&
      this.dialect.argument === '='
    ) {
      this.next();
      return this.#lambdaOf(this.parametersIn(')'), token, null);
    }
    const arrow = this.dialect.typed || this.dialect.words['fun'] === 'function' ? /^(?:->|=>)$/u : /^=>$/u;
    if (this.dialect.arrows || (this.dialect.commands && !this.dialect.typed)) return null;
    if (
      token.kind === 'word' &&
      arrow.test(this.after(token).text) &&
      this.after(token).kind === 'mark' &&
      this.dialect.typed
    ) {
      this.next();
      this.next();
      return this.#lambdaOf([{ target: this.parameterTarget(text), fallback: null, rest: null }], token, null);
    }
    if (text !== '(' || token.kind !== 'mark') return null;
    const behind = this.behindBracket(token);
    if (!behind || behind.kind !== 'mark' || !arrow.test(behind.text)) return null;
    const parameters = this.parametersIn(')');
    this.next();
    return this.#lambdaOf(parameters, token, null);
  }

  #lambdaOf(parameters: readonly Parameter[], { row }: Token, block: (() => readonly Statement[]) | null): Expression {
    this.passLineEnds();
    const body = block
      ? block()
      : this.is('{')
        ? this.unbodied(() => this.block())
        : [{ kind: 'return', value: this.expression(3) } as const];
    return {
      kind: 'function',
      definition: { name: '', parameters, body: giving(body), decorators: [], method: null, implicit: false, row },
    };
  }

  /** `do |x| … end`, `{ |x| … }`, `{ a, b -> … }`. */
  protected override closure(): FunctionDefinition {
    const { row } = this.peek();
    const none = { name: '', parameters: [], body: [], decorators: [], method: null, implicit: false, row };
    return this.deeper(() => this.#closure(), none);
  }

  #closure(): FunctionDefinition {
    const start = this.peek();
    return this.unbodied(() => {
      const end = this.take('do') ? 'end' : '}';
      if (end === '}') this.next();
      const parameters = this.#closureParameters();
      const body = this.statementsTo(end);
      this.take(end);
      return {
        name: '',
        parameters,
        body: giving(body),
        decorators: [],
        method: null,
        implicit: false,
        row: start.row,
      };
    });
  }

  protected blockBody(): readonly Statement[] {
    return this.closure().body;
  }

  protected abstract statementsTo(...ends: readonly string[]): readonly Statement[];

  #closureParameters(): readonly Parameter[] {
    const own: readonly Parameter[] = [{ target: this.parameterTarget('it'), fallback: null, rest: null }];
    if (this.is('||')) {
      this.next();
      return [];
    }
    if (this.is('|')) return this.parametersIn('|');
    // `{ a, (b, c) -> …`: an arrow in the first line.
    let token = this.peek();
    while (token.kind === 'line') token = this.lexer.token(token.to);
    const first = token;
    for (
      let count = 0;
      count < 40 && token.kind !== 'line' && token.kind !== 'end' && !/^[{};]$/u.test(token.text);
      count += 1
    ) {
      if (/^(?:->|=>)$/u.test(token.text) && this.dialect.brace === 'function')
        return this.#arrowParameters(first, token);
      token = this.lexer.token(token.to);
    }
    if (this.dialect.commands && this.dialect.bodies === 'end' && this.dialect.self !== 'self')
      return this.#doParameters();
    return this.dialect.brace === 'function' ? own : [];
  }

  /** `do x, y`. */
  #doParameters(): readonly Parameter[] {
    const found: Parameter[] = [];
    while (this.peek().kind === 'word') {
      found.push({ target: this.parameterTarget(this.next().text), fallback: null, rest: null });
      if (!this.take(',')) break;
    }
    return found;
  }

  #arrowParameters(first: Token, arrow: Token): readonly Parameter[] {
    this.back(first.from);
    const found: Parameter[] = [];
    while (this.place < arrow.from && this.peek().from < arrow.from) {
      const before = this.place;
      const made = this.#parameter('->');
      if (made) found.push(made);
      if (!this.take(',') && this.place === before) this.next();
    }
    this.take('->', '=>');
    return found;
  }

  /** A class from its name on; `primary` are the parameters behind it, which are its fields. */
  protected classFrom(): ClassDefinition {
    const none: ClassDefinition = { name: '', bases: [], methods: [], fields: [], record: false };
    return this.deeper(() => this.#classFrom(), none);
  }

  #classFrom(): ClassDefinition {
    const name = this.peek().kind === 'word' ? this.next().text : '';
    this.#generics();
    while (this.dialect.modifiers.has(this.peek().text) && this.peek().kind === 'word') this.next();
    const primary = this.is('(') ? this.parametersIn(')') : [];
    const bases = this.#bases();
    const members = this.members(name);
    const fields = primary.flatMap(({ target, fallback }) =>
      target.kind === 'name' ? [{ name: target.name, value: fallback, each: true }] : [],
    );
    const made = members.methods.some((method) => /^(?:__init__|constructor|initialize)$/u.test(method.name));
    return {
      ...members,
      name,
      bases,
      fields: [...fields, ...members.fields],
      record: members.record || (fields.length > 0 && !made),
    };
  }

  #bases(): readonly Expression[] {
    const found: Expression[] = [];
    if (!this.take(':', '<', 'extends', 'implements', 'with')) return found;
    for (
      let count = 0;
      count < 30 && !this.is('{', ';', 'end') && this.peek().kind !== 'line' && this.peek().kind !== 'end';
      count += 1
    ) {
      const token = this.next();
      if (token.kind === 'word' && !/^(?:extends|implements|with|where)$/u.test(token.text)) {
        let base: Expression = nameOf(token.text.replaceAll('\\', '.'));
        while (this.is('.', '::') && this.after(this.peek()).kind === 'word') {
          this.next();
          base = { kind: 'member', of: base, name: this.next().text };
        }
        found.push(base);
      } else if (token.text === '(' || token.text === '<') {
        this.back(token.from);
        const behind = token.text === '(' ? this.behindBracket(token) : this.behindGeneric(token);
        this.back(behind ? behind.from : token.to);
      }
    }
    return found;
  }
}

/** The value of the last statement is what a function gives. */
export function giving(body: readonly Statement[]): readonly Statement[] {
  const last = body.at(-1);
  if (!last) return body;
  const before = body.slice(0, -1);
  switch (last.kind) {
    case 'expression':
      return [...before, { kind: 'return', value: last.value }];
    case 'if':
      return [...before, { ...last, then: giving(last.then), otherwise: giving(last.otherwise) }];
    case 'ways':
      return [...before, { kind: 'ways', ways: last.ways.map(giving) }];
    case 'block':
      return [...before, { kind: 'block', body: giving(last.body) }];
    default:
      return body;
  }
}
