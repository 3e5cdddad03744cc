import type { SyntaxNode } from '@lezer/common';
import type { Expression, Field, Given, Parameter, Target } from '../../syntax.ts';
import type { ProgramTree } from '../tree.ts';
import { childrenOf, negative, plain, separated } from '../tree.ts';

const BRACKETS = /^[()[\]{}]$/u;

/** Expressions of Python. */
export abstract class PythonExpressions {
  protected readonly tree: ProgramTree;

  constructor(tree: ProgramTree) {
    this.tree = tree;
  }

  protected abstract parameters(list: SyntaxNode): readonly Parameter[];

  expression(node: SyntaxNode): Expression {
    const unknown: Expression = { kind: 'unknown', text: this.tree.text(node).slice(0, 100) };
    return this.tree.deeper(() => this.#expression(node), unknown);
  }

  #expression(node: SyntaxNode): Expression {
    const children = childrenOf(node);
    const [first, second, third] = children;
    const unknown: Expression = { kind: 'unknown', text: this.tree.text(node).slice(0, 100) };
    switch (node.name) {
      case 'String':
      case 'FormatString':
        return { kind: 'text', parts: this.#literal(node), row: this.tree.row(node) };
      case 'ContinuedString':
        return { kind: 'text', parts: children.flatMap((child) => this.#literal(child)), row: this.tree.row(node) };
      case 'Number':
        return { kind: 'constant', value: Number(this.tree.text(node).replaceAll('_', '')) };
      case 'Boolean':
        return { kind: 'constant', value: this.tree.text(node) === 'True' };
      case 'None':
        return { kind: 'constant', value: null };
      case 'VariableName':
        return { kind: 'name', name: this.tree.text(node) };
      case 'MemberExpression':
        return this.#member(children) ?? unknown;
      case 'CallExpression': {
        const list = children.at(-1);
        return first && list
          ? { kind: 'call', callee: this.expression(first), given: this.given(list), row: this.tree.row(node) }
          : unknown;
      }
      case 'ParenthesizedExpression':
      case 'AwaitExpression':
        return second ? this.expression(second) : unknown;
      case 'YieldExpression':
        return this.yielded(children);
      case 'NamedExpression':
        return first && third
          ? { kind: 'assignment', target: this.target(first), value: this.expression(third) }
          : unknown;
      case 'TupleExpression':
      case 'ArrayExpression':
      case 'SetExpression':
        return { kind: 'list', items: this.given(node) };
      case 'DictionaryExpression':
        return { kind: 'record', fields: this.#fields(children) };
      case 'ArrayComprehensionExpression':
      case 'ComprehensionExpression':
      case 'SetComprehensionExpression':
      case 'DictionaryComprehensionExpression':
        return this.#comprehension(children.filter(({ name }) => !BRACKETS.test(name))) ?? unknown;
      case 'BinaryExpression':
        return first && second && third
          ? this.#binary(first, this.tree.text(second), children.at(-1) ?? third)
          : unknown;
      case 'UnaryExpression':
        if (first && second && first.name === 'not') return { kind: 'not', of: this.expression(second) };
        return second && this.tree.text(node).startsWith('-')
          ? (negative(this.expression(second)) ?? unknown)
          : unknown;
      case 'ConditionalExpression': {
        const [then, , test, , otherwise] = children;
        if (!then || !test || !otherwise) return unknown;
        return {
          kind: 'choice',
          test: this.expression(test),
          then: this.expression(then),
          otherwise: this.expression(otherwise),
        };
      }
      case 'LambdaExpression': {
        const list = children.find(({ name }) => name === 'ParamList');
        const body = children.at(-1);
        if (!body) return unknown;
        return {
          kind: 'function',
          definition: {
            name: 'lambda',
            parameters: list ? this.parameters(list) : [],
            body: [{ kind: 'return', value: this.expression(body) }],
            decorators: [],
            method: null,
            implicit: false,
            row: this.tree.row(node),
          },
        };
      }
      default:
        return unknown;
    }
  }

  /** `yield value`, `yield from values`. */
  protected yielded([, ...rest]: readonly SyntaxNode[]): Expression {
    const all = rest[0]?.name === 'from';
    return { kind: 'yield', value: this.tuple(all ? rest.slice(1) : rest), all };
  }

  /** Several expressions make a tuple. */
  tuple(nodes: readonly SyntaxNode[]): Expression {
    const parts = separated(nodes);
    const [first] = parts;
    if (parts.length === 1 && first?.length === 1 && first[0] && !nodes.some(({ name }) => name === ','))
      return this.expression(first[0]);
    return { kind: 'list', items: parts.flatMap((part) => this.#one(part)) };
  }

  targets(nodes: readonly SyntaxNode[]): Target {
    const parts = separated(nodes);
    const items = parts.flatMap((part): Target[] => {
      const node = part.at(-1);
      if (!node) return [];
      return [part[0]?.name === '*' ? { kind: 'rest', target: this.target(node) } : this.target(node)];
    });
    const [only] = items;
    return items.length === 1 && only && !nodes.some(({ name }) => name === ',') ? only : { kind: 'items', items };
  }

  target(node: SyntaxNode): Target {
    if (node.name === 'TupleExpression' || node.name === 'ArrayExpression' || node.name === 'ParenthesizedExpression')
      return this.targets(childrenOf(node).filter(({ name }) => !BRACKETS.test(name)));
    const made = this.expression(node);
    if (made.kind === 'member')
      return { kind: 'place', of: made.of, key: { kind: 'text', parts: [made.name], row: this.tree.row(node) } };
    if (made.kind === 'index') return { kind: 'place', of: made.of, key: made.key };
    return { kind: 'name', name: made.kind === 'name' ? made.name : '', declares: true };
  }

  /** Arguments of a call, elements of a list. */
  given(list: SyntaxNode): readonly Given[] {
    const children = childrenOf(list).filter(({ name }) => !BRACKETS.test(name));
    // `f(x for x in y)` has no list around its only argument.
    if (children.some(({ name }) => name === 'for')) {
      const value = this.#comprehension(children);
      return value ? [{ name: null, value, spread: false }] : [];
    }
    return separated(children).flatMap((part) => this.#one(part));
  }

  #one(part: readonly SyntaxNode[]): readonly Given[] {
    const [first, second, third] = part;
    if (!first) return [];
    if (/^\*{1,2}$/u.test(first.name))
      return second ? [{ name: null, value: this.expression(second), spread: true }] : [];
    if (second?.name === 'AssignOp' && third)
      return [{ name: this.tree.text(first), value: this.expression(third), spread: false }];
    return [{ name: null, value: this.expression(first), spread: false }];
  }

  /** `@a.b(c)`: a decorator's parts stand side by side. */
  chain(nodes: readonly SyntaxNode[]): Expression {
    const [first] = nodes;
    let made: Expression = { kind: 'name', name: first ? this.tree.text(first) : '' };
    for (const node of nodes.slice(1)) {
      if (node.name === 'ArgList')
        made = { kind: 'call', callee: made, given: this.given(node), row: this.tree.row(node) };
      else if (node.name !== '.') made = { kind: 'member', of: made, name: this.tree.text(node) };
    }
    return made;
  }

  #member(children: readonly SyntaxNode[]): Expression | null {
    const [object, mark, key] = children;
    if (!object || !mark || !key) return null;
    const of = this.expression(object);
    if (mark.name === '.') return { kind: 'member', of, name: this.tree.text(key) };
    const inside = children.slice(2, -1);
    const colon = inside.findIndex(({ name }) => name === ':');
    if (colon < 0) return { kind: 'index', of, key: this.tuple(inside) };
    const side = (node: SyntaxNode | undefined): Expression | null =>
      node && node.name !== ':' ? this.expression(node) : null;
    return { kind: 'slice', of, from: colon === 0 ? null : side(inside[0]), to: side(inside[colon + 1]) };
  }

  #binary(left: SyntaxNode, operator: string, right: SyntaxNode): Expression {
    const row = this.tree.row(left);
    return { kind: 'operation', operator, left: this.expression(left), right: this.expression(right), row };
  }

  #fields(children: readonly SyntaxNode[]): readonly Field[] {
    return separated(children.filter(({ name }) => !BRACKETS.test(name))).flatMap((part): Field[] => {
      const [key, mark, value] = part;
      if (key?.name === '**' && mark) return [{ key: null, value: this.expression(mark) }];
      return key && value ? [{ key: this.expression(key), value: this.expression(value) }] : [];
    });
  }

  #comprehension(children: readonly SyntaxNode[]): Expression | null {
    const starts = children.flatMap(({ name }, index) => (name === 'for' ? [index] : []));
    const [first] = starts;
    const head = children.slice(0, first);
    const value = head.at(-1);
    if (first === undefined || !value) return null;
    const rounds = starts.map((start, index) => {
      const part = children.slice(start + 1, starts[index + 1]).filter(({ name }) => name !== 'async');
      const between = part.findIndex(({ name }) => name === 'in');
      const test = part.findIndex(({ name }) => name === 'if');
      const condition = test < 0 ? undefined : part[test + 1];
      return {
        target: this.targets(part.slice(0, between)),
        over: this.tuple(part.slice(between + 1, test < 0 ? undefined : test)),
        test: condition ? this.expression(condition) : null,
      };
    });
    const key = head[1]?.name === ':' && head[0] ? this.expression(head[0]) : null;
    return { kind: 'comprehension', key, value: this.expression(value), rounds };
  }

  #literal(node: SyntaxNode): readonly (string | Expression)[] {
    const text = this.tree.text(node);
    const [, prefix = '', quote = ''] = /^([A-Za-z]*)("""|'''|"|')/u.exec(text) ?? [];
    const raw = /r/iu.test(prefix);
    const decode = (piece: string): string => (raw ? piece : plain(piece));
    const format = node.name === 'FormatString';
    const parts: (string | Expression)[] = [];
    let from = node.from + prefix.length + quote.length;
    const end =
      text.endsWith(quote) && text.length >= prefix.length + 2 * quote.length ? node.to - quote.length : node.to;
    const add = (to: number): void => {
      const piece = decode(this.tree.text({ from, to: Math.max(from, to) }));
      parts.push(format ? piece.replaceAll('{{', '{').replaceAll('}}', '}') : piece);
    };
    for (const child of childrenOf(node)) {
      if (child.name !== 'FormatReplacement') continue;
      add(child.from);
      const inner = childrenOf(child).find(({ name }) => !/^[{}]$/u.test(name));
      parts.push(inner ? this.expression(inner) : '');
      from = child.to;
    }
    add(end);
    return parts;
  }
}
