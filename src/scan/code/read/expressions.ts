import type { Expression, Field, FunctionDefinition, Given, Parameter, Statement, Target } from '../syntax.ts';
import { Cursor } from './cursor.ts';
import type { Token } from './lexer.ts';
import { ASSIGNS, POWERS, operatorName } from './operators.ts';
import { targetOf } from './targets.ts';

/** Functions that fill what they are given a reference to. */
const FILLS = /^(?:\w*Unmarshal\w*|Decode\w*|\w*Var|Scan\w*|ReadInConfig|UnmarshalKey)$/u;
const NOTHING: Expression = { kind: 'constant', value: null };
const PREFIXES = new Set([
  '-',
  '+',
  '&',
  '*',
  '~',
  '@',
  '\\',
  '++',
  '--',
  '^',
  '&&',
  '...',
  '..',
  '**',
  '%',
  '$',
  '<-',
]);
/** Words in front of a value that change nothing here. */
const WORD_PREFIXES = new Set([
  'await',
  'ref',
  'out',
  'mut',
  'move',
  'async',
  'my',
  'our',
  'local',
  'unsafe',
  'lambda',
  'proc',
  'box',
  'go',
  'defer',
  'const',
  'val',
  'var',
  'let',
  'clone',
  'print',
]);

export const nameOf = (name: string): Expression => ({ kind: 'name', name });
export const textLiteral = (text: string, row: number): Expression => ({ kind: 'text', parts: [text], row });

/** Expressions of the languages that have no parser of their own: by the power of their operators. */
export abstract class CommonExpressions extends Cursor {
  /** True where a brace begins the body of a statement rather than a part of the expression. */
  #bodied = false;
  /** Names that were written as records: `%args`. */
  protected readonly records = new Set<string>();
  /** `&name`, which a function may fill. */
  readonly #references = new WeakSet<Expression>();
  /** `key => value`, as lists of two. */
  readonly #pairs = new WeakSet<Expression>();
  /** Lists that stand for their values among others, as Perl's do. */
  readonly #spreads = new WeakSet<Expression>();

  protected abstract sub(code: string, row: number): Expression;
  protected abstract statementValue(): Expression;
  protected abstract bodyOf(): readonly Statement[];
  protected abstract functionLiteral(): Expression;
  protected abstract closure(): FunctionDefinition;
  protected abstract lambda(): Expression | null;
  protected abstract typeBefore(): boolean;
  protected abstract knownNames: ReadonlySet<string>;

  expression(min = 0): Expression {
    return this.deeper(() => this.#infix(this.#prefix(), min), NOTHING);
  }

  get #isLua(): boolean {
    return this.dialect.words['local'] === 'declare' && this.dialect.bodies === 'end';
  }

  get #isR(): boolean {
    return this.dialect.constants['NA'] !== undefined;
  }

  /** A condition: a brace behind it begins the body. */
  protected condition(): Expression {
    const before = this.#bodied;
    this.#bodied = true;
    const made = this.expression();
    this.#bodied = before;
    return made;
  }

  /** Braces belong to expressions again. */
  protected free<T>(make: () => T): T {
    const before = this.#bodied;
    this.#bodied = false;
    const made = this.inside(make);
    this.#bodied = before;
    return made;
  }

  protected unbodied<T>(make: () => T): T {
    const before = this.#bodied;
    this.#bodied = false;
    const made = this.outside(make);
    this.#bodied = before;
    return made;
  }

  #operator(): Token | null {
    const token = this.peek();
    if (token.kind !== 'line') return token;
    // A line that begins with one of these goes on from the one before.
    let next = token;
    while (next.kind === 'line') next = this.lexer.token(next.to);
    if (!/^(?:\.|\?\.|&\.|&&|\|\||\?:|\|>|->|\?|and|or|%>%)$/u.test(next.text) || next.kind === 'text') return null;
    if (next.text === '->' && this.dialect.self !== '$self') return null;
    if (next.text === '?' && !this.dialect.commands) return null;
    this.back(next.from);
    return this.peek();
  }

  #infix(start: Expression, min: number): Expression {
    let left = this.#postfix(start);
    for (;;) {
      const token = this.#operator();
      if (!token || token.kind === 'end' || token.kind === 'text') return left;
      if (/^(?:\.|\?\.|&\.)$/u.test(token.text) && !this.dialect.arrows) {
        left = this.#postfix(left);
        continue;
      }
      // `list...` spreads a list.
      if (token.text === '...' && /^[),]$/u.test(this.after(token).text)) return left;
      const name = operatorName(token, this.dialect);
      const power = name === null ? undefined : POWERS.get(name);
      if (name === null || power === undefined || power < min) return left;
      this.next();
      left = this.#operation(left, name, power, token);
    }
  }

  #operation(left: Expression, name: string, power: number, { row }: Token): Expression {
    if (ASSIGNS.has(name)) return this.#assignment(left, name, row);
    if (name === '?') return this.#choice(left);
    if (name === 'as') {
      this.take('?', '!');
      this.typeBefore();
      return left;
    }
    this.passLineEnds();
    const right = this.expression(power + 1);
    switch (name) {
      case '=>':
        return this.#pair(left, right);
      case 'to':
        return { kind: 'list', items: [left, right].map(given) };
      case '|>':
        return right.kind === 'call'
          ? { ...right, given: [given(left), ...right.given] }
          : { kind: 'call', callee: right, given: [given(left)], row };
      case '<<':
        return { kind: 'call', callee: { kind: 'member', of: left, name: 'push' }, given: [given(right)], row };
      case '..':
        return { kind: 'call', callee: nameOf('range'), given: [given(left), given(right)], row };
      default:
        return { kind: 'operation', operator: name, left, right, row };
    }
  }

  #pair(key: Expression, value: Expression): Expression {
    const pair: Expression = { kind: 'list', items: [given(key), given(value)] };
    this.#pairs.add(pair);
    return pair;
  }

  /** The sides of `key => value`. */
  #sides(value: Expression): readonly [key: Expression, value: Expression] | null {
    if (value.kind !== 'list' || !this.#pairs.has(value)) return null;
    const [left, right] = value.items;
    return left && right ? [left.value, right.value] : null;
  }

  #assignment(left: Expression, name: string, row: number): Expression {
    this.passLineEnds();
    const value = this.expression(POWERS.get('=') ?? 0);
    const target = targetOf(left);
    if (!target) return value;
    const operator = name.replace(/=$/u, '');
    if (operator === '' || name === ':=' || name === '<-') return { kind: 'assignment', target, value };
    return {
      kind: 'assignment',
      target,
      value: { kind: 'operation', operator: operator === '.' ? '+' : operator, left, right: value, row },
    };
  }

  #choice(test: Expression): Expression {
    const then = this.expression(POWERS.get('=') ?? 0);
    this.passLineEnds();
    if (!this.take(':')) return then;
    this.passLineEnds();
    return { kind: 'choice', test, then, otherwise: this.expression(POWERS.get('=') ?? 0) };
  }

  #prefix(): Expression {
    this.passLineEnds();
    const token = this.peek(true);
    switch (token.kind) {
      case 'text':
        return this.#text(this.next(true));
      case 'number':
        return {
          kind: 'constant',
          value: Number(
            this.next()
              .text.replaceAll('_', '')
              .replace(/[a-zA-Z]+$/u, ''),
          ),
        };
      case 'word':
        return this.#word(token);
      case 'mark':
        return this.#mark(token);
      default:
        return NOTHING;
    }
  }

  #text(token: Token): Expression {
    const parts = token.pieces.map((piece) => (typeof piece === 'string' ? piece : this.sub(piece.code, piece.row)));
    const value: Expression = { kind: 'text', parts, row: token.row };
    if (token.means === 'words') {
      const words = token.pieces.flatMap((piece) => (typeof piece === 'string' ? piece.split(/\s+/u) : []));
      const items = words.filter((word) => word !== '').map((word) => given(textLiteral(word, token.row)));
      const list: Expression = { kind: 'list', items };
      if (this.dialect.arrows) this.#spreads.add(list);
      return list;
    }
    if (token.means === 'pattern') return { kind: 'unknown', text: 'pattern' };
    if (token.means === 'command')
      return { kind: 'call', callee: nameOf('#shell'), given: [given(value)], row: token.row };
    return value;
  }

  #word(token: Token): Expression {
    const { text } = token;
    if (Object.hasOwn(this.dialect.constants, text)) {
      this.next();
      return { kind: 'constant', value: this.dialect.constants[text] ?? null };
    }
    const lambda = this.lambda();
    if (lambda) return lambda;
    const form = this.form(token);
    if (form === 'function') return this.functionLiteral();
    if (form === 'if' || form === 'unless' || form === 'switch' || form === 'try' || form === 'block' || form === 'for')
      return this.statementValue();
    if (form === 'return' || form === 'throw' || form === 'break' || form === 'continue') return this.statementValue();
    if (text === 'new' && (this.dialect.typed || this.dialect.arrows)) return this.#made();
    if (text === 'map' && this.dialect.composite && this.after(token).text === '[') return this.#mapLiteral();
    const after = this.after(token);
    if (text === 'not' || text === 'defined') {
      this.next();
      const of = this.expression(POWERS.get('==') ?? 0);
      return text === 'not' ? { kind: 'not', of } : { kind: 'unknown', text: 'defined' };
    }
    if (
      WORD_PREFIXES.has(text) &&
      after.kind !== 'line' &&
      !/^[.(=,;)\]}]|^=>/u.test(after.text) &&
      after.kind !== 'end'
    ) {
      this.next();
      return this.expression(14);
    }
    this.next();
    return this.named(text, token);
  }

  /** A name; in some languages a name alone may be a call. */
  protected named(text: string, token: Token): Expression {
    const bare = text.replace(/^\\/u, '').replaceAll('\\', '.');
    if (bare === this.dialect.self || (bare === 'Self' && this.dialect.self === 'self')) return nameOf('this');
    if (this.dialect.arrows && /^(?:self|static)$/u.test(bare)) return nameOf('this');
    if (!this.dialect.commands) return nameOf(bare);
    if (/^@/u.test(bare)) return { kind: 'member', of: nameOf('this'), name: bare.replace(/^@+/u, '') };
    if (this.#commandFollows(token)) return this.#command(nameOf(bare), token);
    const call =
      this.dialect.bare &&
      this.dialect.self === 'self' &&
      !this.knownNames.has(bare) &&
      /^[a-z_]/u.test(bare) &&
      !this.is('(');
    return call ? { kind: 'call', callee: nameOf(bare), given: [], row: token.row } : nameOf(bare);
  }

  /** `system "git", "clone"`: arguments without brackets. */
  #commandFollows(token: Token): boolean {
    const next = this.lexer.token(token.to, true);
    if (!next.spaced || this.knownNames.has(token.text)) return false;
    if (next.kind === 'text' || next.kind === 'number') return true;
    if (next.kind === 'word')
      return this.form(next) === undefined
        ? !/^(?:and|or|not|in|is|to|as|x|eq|ne|lt|gt|le|ge|cmp|then|do|instanceof|xor)$/u.test(next.text)
        : this.form(next) === 'function';
    const tight = !this.lexer.token(next.to).spaced;
    if (next.text === '[') return true;
    if (this.dialect.sigils?.test(next.text) === true && tight) return !/[%&]/u.test(next.text) || next.spaced;
    return /^(?:::|:|\*|\*\*|&|-|->|\\)$/u.test(next.text) && tight && this.dialect.self === 'self';
  }

  #command(callee: Expression, token: Token): Expression {
    const items: Given[] = [];
    do {
      this.passLineEnds();
      items.push(...this.argument());
    } while (this.take(','));
    return this.#blocks({ kind: 'call', callee, given: items, row: token.row });
  }

  /** `new Type<A>(…) { Field = value }`. */
  #made(): Expression {
    const { row } = this.next();
    let callee: Expression = nameOf('Object');
    if (this.peek().kind === 'word') {
      callee = nameOf(this.next().text.replace(/^\\/u, '').replaceAll('\\', '.'));
      while (this.is('.', '::') && this.after(this.peek()).kind === 'word') {
        this.next();
        callee = { kind: 'member', of: callee, name: this.next().text };
      }
    }
    const generic = this.is('<') ? this.behindGeneric(this.peek()) : null;
    if (generic) this.back(generic.from);
    this.take('?');
    if (this.is('[')) {
      this.inside(() => this.arguments(']'));
      while (this.is('[')) this.inside(() => this.arguments(']'));
      return this.is('{') ? this.braceList() : { kind: 'list', items: [] };
    }
    const items = this.is('(') ? this.free(() => this.arguments(')')) : [];
    const type = callee.kind === 'name' ? callee.name : callee.kind === 'member' ? callee.name : '';
    if (this.is('{') && this.dialect.argument === ':' && this.dialect.brace === 'record') {
      const set = this.braceList();
      if (/Dictionary|Headers|Hashtable/u.test(type) || type === 'Object') return set;
      if (set.kind === 'list') return items.length > 0 ? { kind: 'call', callee, given: items, row } : set;
      const named = set.kind === 'record' ? set.fields.map(givenField) : [];
      return { kind: 'call', callee, given: [...items, ...named], row };
    }
    if (this.is('{')) this.closure();
    return { kind: 'call', callee, given: items, row };
  }

  #mark(token: Token): Expression {
    const { text, row } = token;
    const lambda = this.lambda();
    if (lambda) return lambda;
    const special = this.markValue(token);
    if (special) return special;
    if (text === '(') {
      if (this.dialect.typed && this.#isCast()) {
        this.back(this.behindBracket(token)?.from ?? token.to);
        return this.expression(15);
      }
      const items = this.free(() => this.arguments(')'));
      const [only] = items;
      if (items.length === 1 && only && only.name === null && !only.spread) return only.value;
      return this.collected(items, row);
    }
    if (text === '[' && this.dialect.composite && this.dialect.lines) return this.#sliceLiteral();
    if (text === '[')
      return this.collected(
        this.free(() => this.arguments(']')),
        row,
      );
    if (text === '{') {
      if (this.dialect.brace === 'function') return { kind: 'function', definition: this.closure() };
      return this.dialect.brace === 'record' ? this.braceList() : this.statementValue();
    }
    if (text === '!') {
      this.next();
      return { kind: 'not', of: this.expression(15) };
    }
    if (text === ':' && this.after(token).kind === 'word' && this.dialect.commands) {
      this.next();
      return textLiteral(this.next().text, row);
    }
    if (text === '::') {
      this.next();
      return this.expression(16);
    }
    if (PREFIXES.has(text)) {
      this.next();
      const value = this.expression(15);
      if (text === '&' && this.dialect.composite && value.kind === 'name') {
        const reference: Expression = nameOf(value.name);
        this.#references.add(reference);
        return reference;
      }
      // `-e $file` asks for a file.
      if (text === '-' && value.kind === 'call' && value.callee.kind === 'name' && value.callee.name.length === 1)
        return { kind: 'unknown', text: 'file' };
      return text === '-' && value.kind === 'constant' && typeof value.value === 'number'
        ? { kind: 'constant', value: -value.value }
        : value;
    }
    // A bracket that closes something is not for this expression.
    if (!/^[)\]},;:]$/u.test(text)) this.next();
    return NOTHING;
  }

  /** What a language of its own kind reads at a mark; null for nothing special. */
  protected markValue(token: Token): Expression | null {
    const { sigils } = this.dialect;
    const after = this.lexer.token(token.to);
    if (!sigils?.test(token.text) || after.spaced) return null;
    if (after.kind === 'word') {
      this.next();
      this.next();
      const name = nameOf(after.text);
      if (token.text === '@' && this.dialect.arrows) this.#spreads.add(name);
      if (token.text === '%') this.records.add(after.text);
      return name;
    }
    if (after.text === '{') {
      this.next();
      this.next();
      const value = this.inside(() => this.expression());
      this.take('}');
      return value;
    }
    if (sigils.test(after.text)) {
      this.next();
      return this.expression(16);
    }
    return null;
  }

  #isCast(): boolean {
    const open = this.peek();
    const word = this.after(open);
    const behind = this.behindBracket(open);
    if (word.kind !== 'word' || !behind || behind.kind === 'mark' || behind.kind === 'line' || behind.kind === 'end')
      return behind?.text === '$' && word.kind === 'word';
    return this.form(behind) === undefined && POWERS.get(behind.text) === undefined;
  }

  /** Items in brackets are a list, or a record where some have keys. */
  protected collected(items: readonly Given[], row: number): Expression {
    if (items.every(({ name, value }) => name === null && this.#sides(value) === null)) return { kind: 'list', items };
    const fields = items.map(({ name, value, spread }, index): Field => {
      if (name !== null) return { key: textLiteral(name, row), value };
      const sides = this.#sides(value);
      if (sides) return { key: sides[0], value: sides[1] };
      return { key: spread ? null : textLiteral(String(index), row), value };
    });
    return { kind: 'record', fields };
  }

  /** `[]Type{…}`, `[]byte(text)`. */
  #sliceLiteral(): Expression {
    const open = this.peek();
    const type = this.behindBracket(open);
    if (!type) return this.unknown(this.next().from);
    this.back(type.from);
    const element = type.kind === 'word' && this.lexer.token(type.to).text === '{' ? type.text : null;
    this.goType();
    if (this.is('(')) return this.free(() => this.arguments(')'))[0]?.value ?? NOTHING;
    if (!this.is('{')) return { kind: 'list', items: [] };
    const made = this.braceList();
    // Elements leave out the type that the list has.
    if (made.kind !== 'list' || element === null || element === 'struct')
      return made.kind === 'list' ? made : { kind: 'list', items: [] };
    return { kind: 'list', items: made.items.map((item) => ({ ...item, value: elementOf(element, item.value) })) };
  }

  /** `map[Key]Value{…}`. */
  #mapLiteral(): Expression {
    this.next();
    this.back(this.behindBracket(this.peek())?.from ?? this.peek().to);
    const type = this.peek();
    const element = type.kind === 'word' && this.lexer.token(type.to).text === '{' ? type.text : null;
    this.goType();
    const made = this.is('{') ? this.braceList() : NOTHING;
    if (made.kind !== 'record') return { kind: 'record', fields: [] };
    if (element === null || element === 'struct') return made;
    return {
      kind: 'record',
      fields: made.fields.map((field) => ({ ...field, value: elementOf(element, field.value) })),
    };
  }

  /** Passes a type of Go. */
  protected goType(): void {
    for (let count = 0; count < 12; count += 1) {
      const token = this.peek();
      if (token.text === '[' || (token.text === '{' && count > 0 && this.ended !== token.from)) {
        const behind = token.text === '[' ? this.behindBracket(token) : null;
        if (!behind) return;
        this.back(behind.from);
      } else if (/^(?:struct|interface)$/u.test(token.text)) {
        this.next();
        const behind = this.behindBracket(this.peek());
        if (behind) this.back(behind.from);
        return;
      } else if (/^(?:map|chan|\*|\.)$/u.test(token.text)) this.next();
      else if (token.kind === 'word') {
        this.next();
        if (!this.is('.')) return;
      } else return;
    }
  }

  /** `{ a = 1, ["b"] = 2, "c" }`, `{ "a" => 1, b: 2 }`, `{ {"k", "v"} }`. */
  protected braceList(): Expression {
    return this.deeper(() => this.#braceList(), NOTHING);
  }

  #braceList(): Expression {
    const { row } = this.next();
    const fields: Field[] = [];
    const items: Given[] = [];
    this.free(() => {
      while (!this.is('}') && this.peek().kind !== 'end') {
        const before = this.place;
        this.#braceItem(fields, items);
        if (!this.take(',', ';') && !this.is('}') && this.place === before) this.next();
      }
      this.take('}');
    });
    if (fields.length === 0 && items.length > 0 && !items.some(({ value }) => this.#sides(value)))
      return { kind: 'list', items };
    const rest = this.collected(items, row);
    return { kind: 'record', fields: [...fields, ...(rest.kind === 'record' ? rest.fields : positions(items, row))] };
  }

  #braceItem(fields: Field[], items: Given[]): void {
    const token = this.peek();
    const after = this.after(token);
    if (token.kind === 'word' && /^[=:]$/u.test(after.text) && after.kind === 'mark') {
      this.next();
      this.next();
      fields.push({
        key: textLiteral(token.text, token.row),
        value: this.is(',', '}') ? nameOf(token.text) : this.expression(4),
      });
      return;
    }
    // `Self { base, http }` of Rust.
    if (token.kind === 'word' && /^[,}]$/u.test(after.text) && this.dialect.constants['None'] !== undefined) {
      this.next();
      fields.push({ key: textLiteral(token.text, token.row), value: nameOf(token.text) });
      return;
    }
    if (token.text === '[' && token.kind === 'mark' && this.behindBracket(token)?.text === '=') {
      this.next();
      const key = this.expression();
      this.take(']');
      this.take('=');
      fields.push({ key, value: this.expression(4) });
      return;
    }
    if (token.text === '{' && token.kind === 'mark') {
      const inner = this.braceList();
      const [key, value] = inner.kind === 'list' && inner.items.length === 2 && this.dialect.typed ? inner.items : [];
      items.push(given(key && value ? this.#pair(key.value, value.value) : inner));
      return;
    }
    const spread = this.take('**', '...', '..', '%');
    const value = this.expression(4);
    if (!spread && this.take(':')) fields.push({ key: value, value: this.expression(4) });
    else items.push({ name: null, value, spread });
  }

  #postfix(start: Expression): Expression {
    let left = start;
    for (;;) {
      const next = this.#part(left);
      if (!next) return left;
      left = next;
    }
  }

  /** One member, key, call or closure behind an expression; null where there is none. */
  #part(left: Expression): Expression | null {
    const token = this.peek();
    if (token.kind === 'text' && this.#isLua && (left.kind === 'name' || left.kind === 'member'))
      return { kind: 'call', callee: left, given: [given(this.#text(this.next()))], row: token.row };
    if (token.kind !== 'mark')
      return this.dialect.commands && this.form(token) === 'block' && token.text === 'do'
        ? this.#withBlock(left)
        : null;
    const { text, row } = token;
    switch (text) {
      case '.':
        if (this.dialect.arrows) return null;
        return this.#member(left);
      case '?.':
      case '&.':
      case '::':
        return this.#member(left);
      case ':': {
        const behind = this.lexer.token(this.lexer.token(token.to).to);
        return this.#isLua && (behind.text === '(' || behind.text === '{' || behind.kind === 'text')
          ? this.#member(left)
          : null;
      }
      case '$':
        return this.#isR && !token.spaced ? this.#member(left) : null;
      case '->':
        return this.dialect.arrows ? this.#member(left) : null;
      case '(':
        if (token.spaced && this.dialect.lines && left.kind !== 'name' && left.kind !== 'member') return null;
        if (left.kind === 'text' || left.kind === 'constant') return null;
        return this.#filling(this.#blocks(this.#called(left, row)));
      case '[':
        if (token.spaced && (this.dialect.commands || this.dialect.lines)) return null;
        return this.#index(left);
      case '{':
        return this.#braced(left, token);
      case '!':
        return this.#exclaimed(left, token);
      case '?':
        if (this.dialect.constants['None'] === undefined) return null;
        this.next();
        return left;
      case '++':
      case '--':
        if (token.spaced) return null;
        this.next();
        return stepped(left, text.charAt(0), row);
      case '<': {
        if (token.spaced || !(this.dialect.typed || this.dialect.brace === 'function')) return null;
        const behind = this.behindGeneric(token);
        if (!behind || !/^(?:[({]|::|\.)$/u.test(behind.text)) return null;
        this.back(behind.from);
        return left;
      }
      default:
        return null;
    }
  }

  /** `json.Unmarshal(data, &config)`: the call gives what it fills. */
  #filling(call: Expression): Expression {
    if (call.kind !== 'call' || call.callee.kind !== 'member' || !FILLS.test(call.callee.name)) return call;
    const filled = call.given.find(({ value }) => this.#references.has(value))?.value;
    if (filled?.kind !== 'name') return call;
    const target: Target = { kind: 'name', name: filled.name, declares: false };
    const made: Expression = { kind: 'assignment', target, value: call };
    const outcome: Expression = { kind: 'unknown', text: 'outcome' };
    return {
      kind: 'index',
      of: { kind: 'list', items: [given(made), given(outcome)] },
      key: { kind: 'constant', value: 1 },
    };
  }

  #called(left: Expression, row: number): Extract<Expression, { kind: 'call' }> {
    const items = this.free(() => this.arguments(')'));
    const name = left.kind === 'name' || left.kind === 'member' ? left.name : '';
    // Templates of R take names from around them.
    const inline = /^(?:str_)?glue$/u.test(name) ? inlineNames(items) : [];
    return { kind: 'call', callee: called(left), given: [...items, ...inline], row };
  }

  #member(left: Expression): Expression | null {
    const { row } = this.next();
    this.passLineEnds();
    const token = this.peek();
    if (token.text === '<') {
      const behind = this.behindGeneric(token);
      if (behind) this.back(behind.from);
      return left;
    }
    if (token.kind === 'mark') {
      if (/^[({[]$/u.test(token.text)) {
        if (token.text === '{' && !this.dialect.arrows) return null;
        return token.text === '('
          ? { kind: 'call', callee: left, given: this.free(() => this.arguments(')')), row }
          : this.#index(left);
      }
      if (this.dialect.sigils?.test(token.text) === true) {
        const key = this.expression(16);
        return key.kind === 'name' ? { kind: 'member', of: left, name: key.name } : left;
      }
      return left;
    }
    if (token.kind !== 'word' && token.kind !== 'number' && token.kind !== 'text') return left;
    this.next();
    const name =
      token.kind === 'text' ? token.pieces.filter((piece) => typeof piece === 'string').join('') : token.text;
    if (
      /^(?:await|class|unwrap|clone|to_owned|not_nil!)$/u.test(name) &&
      this.dialect.constants['None'] !== undefined &&
      !this.is('(')
    )
      return left;
    const member: Expression = { kind: 'member', of: left, name };
    return this.#invoked(member, token);
  }

  /** `object.method` without brackets is a call where names alone are. */
  #invoked(member: Expression, token: Token): Expression {
    if (!this.dialect.commands || this.is('(', '=')) return member;
    // A method of Perl is called, with brackets or without.
    if (this.dialect.arrows) return { kind: 'call', callee: member, given: [], row: token.row };
    if (this.dialect.self !== 'self') return member;
    if (/^[A-Z]/u.test(token.text) || /^(?:\+=|-=|\|\|=|&&=|<<)$/u.test(this.peek().text)) return member;
    if (this.#commandFollows(token)) return this.#command(member, token);
    return this.#blocks({ kind: 'call', callee: member, given: [], row: token.row });
  }

  #index(of: Expression): Expression {
    const open = this.next();
    const close = open.text === '{' ? '}' : ']';
    return this.free(() => {
      const word = this.peek();
      // Keys in braces are texts of their own.
      if (close === '}' && word.kind === 'word' && this.after(word).text === '}') {
        this.next();
        this.next();
        return { kind: 'index', of, key: textLiteral(word.text, word.row) } as const;
      }
      const from = this.is(':') && this.dialect.composite ? null : this.expression();
      if (this.dialect.composite && this.take(':')) {
        const to = this.is(close) ? null : this.expression();
        this.take(close);
        return { kind: 'slice', of, from, to } as const;
      }
      while (this.take(',')) this.expression();
      this.take(close);
      // `x[[name]]` of R.
      const key = this.#isR && from?.kind === 'list' ? (from.items[0]?.value ?? NOTHING) : (from ?? NOTHING);
      return { kind: 'index', of, key } as const;
    });
  }

  #braced(left: Expression, token: Token): Expression | null {
    if (this.#isLua && (left.kind === 'name' || left.kind === 'member'))
      return { kind: 'call', callee: left, given: [given(this.braceList())], row: token.row };
    if (this.#bodied) return null;
    if (this.dialect.arrows && this.dialect.self === '$self') return token.spaced ? null : this.#index(left);
    if (this.dialect.composite && (left.kind === 'name' || left.kind === 'member' || left.kind === 'index')) {
      const set = this.braceList();
      const items = set.kind === 'list' ? set.items : set.kind === 'record' ? set.fields.map(givenField) : [];
      return { kind: 'call', callee: left.kind === 'index' ? left.of : left, given: items, row: token.row };
    }
    const takesClosure = this.dialect.brace === 'function' || (this.dialect.commands && this.dialect.bodies === 'end');
    if (!takesClosure || (left.kind !== 'call' && left.kind !== 'name' && left.kind !== 'member')) return null;
    return this.#withBlock(left);
  }

  /** A function in braces behind a call is its last argument. */
  #withBlock(left: Expression): Expression | null {
    if (left.kind !== 'call' && left.kind !== 'name' && left.kind !== 'member') return null;
    if (this.#bodied) return null;
    const { row } = this.peek();
    const block = given({ kind: 'function', definition: this.closure() });
    return left.kind === 'call'
      ? { ...left, given: [...left.given, block] }
      : { kind: 'call', callee: left, given: [block], row };
  }

  #blocks(call: Extract<Expression, { kind: 'call' }>): Expression {
    if (this.#bodied) return call;
    const block = this.dialect.commands && (this.is('do') || (this.is('{') && this.dialect.bodies === 'end'));
    return block && this.form() !== undefined
      ? (this.#withBlock(call) ?? call)
      : block && this.is('{')
        ? (this.#withBlock(call) ?? call)
        : call;
  }

  /** `format!(…)`, `value!!`. */
  #exclaimed(left: Expression, token: Token): Expression | null {
    const after = this.lexer.token(token.to);
    if (after.text === '!' && !after.spaced) {
      this.next();
      this.next();
      return left;
    }
    if (this.dialect.constants['None'] === undefined || left.kind !== 'name' || !/^[([{]$/u.test(after.text))
      return null;
    this.next();
    const items = this.free(() => this.arguments(after.text === '(' ? ')' : after.text === '[' ? ']' : '}'));
    if (left.name === 'vec') return { kind: 'list', items };
    return { kind: 'call', callee: nameOf(`${left.name}!`), given: [...items, ...inlineNames(items)], row: token.row };
  }

  /** Arguments from the opening bracket to the closing one. */
  protected arguments(close: string): readonly Given[] {
    this.next();
    const items: Given[] = [];
    while (!this.is(close) && this.peek().kind !== 'end') {
      const before = this.place;
      items.push(...this.argument());
      if (this.take(',', ';')) continue;
      if (this.is(')', ']', '}') && !this.is(close)) break;
      // What does not parse is left out.
      if (!this.is(close) && this.place === before) this.next();
    }
    this.take(close);
    return items;
  }

  protected argument(): readonly Given[] {
    const token = this.peek(true);
    const after = this.lexer.token(token.to);
    const colon = after.text === ':' && after.kind === 'mark' && this.dialect.argument === ':';
    const equals = after.text === '=' && after.kind === 'mark' && this.dialect.argument === '=';
    if (
      (token.kind === 'word' || token.kind === 'text') &&
      (colon || equals) &&
      !(colon && after.spaced && this.dialect.commands)
    ) {
      this.next(true);
      this.next();
      const name =
        token.kind === 'word' ? token.text : token.pieces.filter((piece) => typeof piece === 'string').join('');
      // `f(name:)` stands for `f(name: name)`.
      const alone = this.is(',', ')', '}', ']') || this.peek().kind === 'line';
      return [{ name, value: alone ? nameOf(name) : this.expression(3), spread: false }];
    }
    const spread = this.take('*', '**', '...', '..');
    if (this.is('&') && this.dialect.commands) this.next();
    const value = this.expression(3);
    const suffix = this.take('...');
    const [key, of] = this.#sides(value) ?? [];
    const name = key?.kind === 'name' && this.dialect.self === '$self' ? key.name : literal(key);
    if (name !== null && of) return [{ name, value: of, spread: false }];
    return [{ name: null, value, spread: spread || suffix || this.#spreads.has(value) }];
  }

  protected parameterTarget(name: string): Target {
    return { kind: 'name', name, declares: true };
  }

  protected abstract parametersIn(close: string): readonly Parameter[];
}

/** The text of a literal without holes. */
export const literal = (value: Expression | undefined): string | null =>
  value?.kind === 'text' && value.parts.every((part) => typeof part === 'string') ? value.parts.join('') : null;

export const given = (value: Expression): Given => ({ name: null, value, spread: false });
/** An element without its type: `{ID: 1}`, `{1, "a"}`. */
const elementOf = (type: string, value: Expression): Expression => {
  if (value.kind === 'record')
    return { kind: 'call', callee: nameOf(type), given: value.fields.map(givenField), row: 0 };
  return value.kind === 'list' ? { kind: 'call', callee: nameOf(type), given: value.items, row: 0 } : value;
};
const givenField = ({ key, value }: Field): Given => ({
  name: literal(key ?? undefined),
  value,
  spread: key === null,
});
const called = (left: Expression): Expression =>
  left.kind === 'call' && left.given.length === 0 && left.callee.kind === 'name' ? left.callee : left;
/** `format!("{name}")` takes names from around it. */
const inlineNames = (items: readonly Given[]): readonly Given[] => {
  const template = items.map(({ value }) => literal(value)).find((text) => text !== null) ?? '';
  const given = new Set(items.map(({ name }) => name));
  return [...template.matchAll(/\{([a-z_]\w*)(?::[^{}]*)?\}/gu)].flatMap(([, name = '']) =>
    given.has(name) ? [] : [{ name, value: nameOf(name), spread: false }],
  );
};

/** `i++`. */
function stepped(left: Expression, operator: string, row: number): Expression {
  const target = targetOf(left);
  const right: Expression = { kind: 'constant', value: 1 };
  return target ? { kind: 'assignment', target, value: { kind: 'operation', operator, left, right, row } } : left;
}

const positions = (items: readonly Given[], row: number): readonly Field[] =>
  items.map(({ value, spread }, index) => ({ key: spread ? null : textLiteral(String(index), row), value }));
