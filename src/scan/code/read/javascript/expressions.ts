import type { SyntaxNode } from '@lezer/common';
import type {
  ClassDefinition,
  Expression,
  Field,
  FunctionDefinition,
  Given,
  Statement,
  Target,
  TargetField,
} from '../../syntax.ts';
import type { ProgramTree } from '../tree.ts';
import { childrenOf, negative, places, plain, separated } from '../tree.ts';

const BRACKETS = /^[()[\]{}]$/u;
/** Nodes that name what they define. */
export const DEFINES = /^(?:VariableDefinition|PropertyDefinition|PrivatePropertyDefinition)$/u;

/** Expressions of JavaScript and TypeScript. */
export abstract class ScriptExpressions {
  protected readonly tree: ProgramTree;

  constructor(tree: ProgramTree) {
    this.tree = tree;
  }

  abstract statements(node: SyntaxNode): readonly Statement[];
  abstract functionOf(node: SyntaxNode, method: FunctionDefinition['method']): FunctionDefinition;
  abstract classOf(node: SyntaxNode): ClassDefinition;

  expression(node: SyntaxNode): Expression {
    const unknown: Expression = { kind: 'unknown', text: this.tree.text(node).slice(0, 100) };
    return this.tree.deeper(() => this.#expression(node, unknown), unknown);
  }

  #expression(node: SyntaxNode, unknown: Expression): Expression {
    const children = childrenOf(node);
    const [first, second, third] = children;
    const row = this.tree.row(node);
    switch (node.name) {
      case 'String':
        return { kind: 'text', parts: [plain(this.tree.text(node).slice(1, -1))], row };
      case 'TemplateString':
        return { kind: 'text', parts: this.#template(node), row };
      case 'Number':
        return { kind: 'constant', value: Number(this.tree.text(node).replace(/[_n]/gu, '')) };
      case 'BooleanLiteral':
        return { kind: 'constant', value: this.tree.text(node) === 'true' };
      case 'null':
        return { kind: 'constant', value: null };
      case 'VariableName':
      case 'this':
      case 'super':
        return { kind: 'name', name: this.tree.text(node) };
      case 'ImportMeta':
        return { kind: 'name', name: 'import.meta' };
      case 'DynamicImport': {
        const path = children.at(-1)?.name === ')' ? children.at(-2) : children.at(-1);
        const callee: Expression = { kind: 'name', name: 'import' };
        return path
          ? { kind: 'call', callee, given: [{ name: null, value: this.expression(path), spread: false }], row }
          : unknown;
      }
      case 'MemberExpression':
        return this.#member(children) ?? unknown;
      case 'CallExpression':
      case 'NewExpression': {
        const [callee] = first?.name === 'new' ? children.slice(1) : children;
        const list = children.find(({ name }) => name === 'ArgList');
        return callee
          ? { kind: 'call', callee: this.expression(callee), given: list ? this.given(list) : [], row }
          : unknown;
      }
      case 'TaggedTemplateExpression': {
        const text = children.at(-1);
        if (!first || !text) return unknown;
        return {
          kind: 'call',
          callee: this.expression(first),
          given: [{ name: null, value: this.expression(text), spread: false }],
          row,
        };
      }
      case 'YieldExpression': {
        const last = children.at(-1);
        if (!last || children.length < 2) return unknown;
        return { kind: 'yield', value: this.expression(last), all: second?.name === 'Star' };
      }
      case 'ParenthesizedExpression':
      case 'AwaitExpression':
        return second ? this.expression(second) : unknown;
      case 'ArrayExpression':
        return { kind: 'list', items: this.given(node) };
      case 'ObjectExpression':
        return { kind: 'record', fields: this.#fields(node) };
      case 'ArrowFunction':
      case 'FunctionExpression':
        return { kind: 'function', definition: this.functionOf(node, null) };
      case 'ClassExpression':
        return { kind: 'class', definition: this.classOf(node) };
      case 'BinaryExpression':
        if (!first || !second || !third) return unknown;
        if (/^(?:as|satisfies)$/u.test(second.name)) return this.expression(first);
        return {
          kind: 'operation',
          operator: this.tree.text(second),
          left: this.expression(first),
          right: this.expression(third),
          row,
        };
      case 'UnaryExpression': {
        const operator = first ? this.tree.text(first) : '';
        if (second && operator === '!') return { kind: 'not', of: this.expression(second) };
        if (second && operator === '-') return negative(this.expression(second)) ?? unknown;
        return second && /^(?:await|void|\+)$/u.test(operator) ? this.expression(second) : unknown;
      }
      case 'PostfixExpression':
        if (first && second?.name === 'ArithOp') return this.#stepped(first, this.tree.text(second).charAt(0), row);
        return first ? this.expression(first) : unknown;
      case 'ConditionalExpression': {
        const [test, , then, , otherwise] = children;
        if (!test || !then || !otherwise) return unknown;
        return {
          kind: 'choice',
          test: this.expression(test),
          then: this.expression(then),
          otherwise: this.expression(otherwise),
        };
      }
      case 'AssignmentExpression':
        return first && second && third ? this.#assigned(first, this.tree.text(second), third, row) : unknown;
      case 'SequenceExpression':
        return children.at(-1) ? this.expression(children.at(-1) as SyntaxNode) : unknown;
      default:
        return unknown;
    }
  }

  #assigned(left: SyntaxNode, operator: string, right: SyntaxNode, row: number): Expression {
    const value = this.expression(right);
    const target = this.pattern(left);
    if (operator === '=') return { kind: 'assignment', target, value };
    return {
      kind: 'assignment',
      target,
      value: { kind: 'operation', operator: operator.slice(0, -1), left: this.expression(left), right: value, row },
    };
  }

  #stepped(of: SyntaxNode, operator: string, row: number): Expression {
    const one: Expression = { kind: 'constant', value: 1 };
    const value: Expression = { kind: 'operation', operator, left: this.expression(of), right: one, row };
    return { kind: 'assignment', target: this.pattern(of), value };
  }

  #member(children: readonly SyntaxNode[]): Expression | null {
    const [object, mark, key] = children;
    if (!object || !mark || !key) return null;
    const of = this.expression(object);
    const bracket = children.find(({ name }) => name === '[');
    if (bracket) {
      const inside = children[children.indexOf(bracket) + 1];
      return inside ? { kind: 'index', of, key: this.expression(inside) } : null;
    }
    return { kind: 'member', of, name: this.tree.text(key) };
  }

  /** A name, a place, or a pattern that takes a value apart. */
  pattern(node: SyntaxNode): Target {
    if (node.name === 'ObjectPattern') return { kind: 'fields', fields: this.#patternFields(node) };
    if (node.name === 'ArrayPattern')
      return {
        kind: 'items',
        items: places(childrenOf(node).filter(({ name }) => !BRACKETS.test(name))).map((part) =>
          this.#patternPart(part),
        ),
      };
    if (DEFINES.test(node.name)) return { kind: 'name', name: this.tree.text(node), declares: true };
    const made = this.expression(node);
    if (made.kind === 'member')
      return { kind: 'place', of: made.of, key: { kind: 'text', parts: [made.name], row: this.tree.row(node) } };
    if (made.kind === 'index') return { kind: 'place', of: made.of, key: made.key };
    return { kind: 'name', name: made.kind === 'name' ? made.name : '', declares: false };
  }

  /** `...rest`, `name = default`. */
  #patternPart(part: readonly SyntaxNode[]): Target {
    const node = part.find(({ name }) => !/^(?:Spread|Equals)$/u.test(name));
    if (!node) return { kind: 'name', name: '', declares: true };
    const target = this.pattern(node);
    if (part[0]?.name === 'Spread') return { kind: 'rest', target };
    const equals = part.findIndex(({ name }) => name === 'Equals');
    const fallback = equals < 0 ? undefined : part[equals + 1];
    return fallback ? { kind: 'default', target, fallback: this.expression(fallback) } : target;
  }

  #patternFields(node: SyntaxNode): readonly TargetField[] {
    return childrenOf(node)
      .filter(({ name }) => name === 'PatternProperty')
      .map((property): TargetField => {
        const parts = childrenOf(property);
        const [key] = parts;
        if (key?.name === 'Spread') return { key: null, target: this.#patternPart(parts.slice(1)) };
        const colon = parts.findIndex(({ name }) => name === ':');
        const name = key ? this.tree.text(key).replace(/^(["'])(.*)\1$/u, '$2') : '';
        return { key: name, target: this.#patternPart(colon < 0 ? parts : parts.slice(colon + 1)) };
      });
  }

  /** Arguments of a call, elements of a list. */
  given(list: SyntaxNode): readonly Given[] {
    return separated(childrenOf(list).filter(({ name }) => !BRACKETS.test(name))).flatMap((part): Given[] => {
      const spread = part[0]?.name === 'Spread';
      const node = spread ? part[1] : part[0];
      return node ? [{ name: null, value: this.expression(node), spread }] : [];
    });
  }

  #fields(node: SyntaxNode): readonly Field[] {
    return childrenOf(node)
      .filter(({ name }) => name === 'Property')
      .flatMap((property): Field[] => {
        const parts = childrenOf(property);
        const [key, second] = parts;
        const last = parts.at(-1);
        if (!key || !last) return [];
        if (key.name === 'Spread') return [{ key: null, value: this.expression(last) }];
        if (parts.some(({ name }) => name === 'ParamList'))
          return [{ key: this.#named(key), value: { kind: 'function', definition: this.functionOf(property, null) } }];
        if (parts.length === 1) return [{ key: this.#named(key), value: { kind: 'name', name: this.tree.text(key) } }];
        const computed = key.name === '[' && second ? this.expression(second) : this.#named(key);
        return [{ key: computed, value: this.expression(last) }];
      });
  }

  #named(node: SyntaxNode): Expression {
    return { kind: 'text', parts: [this.tree.text(node).replace(/^(["'])([^]*)\1$/u, '$2')], row: this.tree.row(node) };
  }

  #template(node: SyntaxNode): readonly (string | Expression)[] {
    const parts: (string | Expression)[] = [];
    let from = node.from + 1;
    for (const child of childrenOf(node)) {
      if (child.name !== 'Interpolation') continue;
      parts.push(plain(this.tree.text({ from, to: child.from })));
      const inner = childrenOf(child).find(({ name }) => !/^Interpolation/u.test(name));
      parts.push(inner ? this.expression(inner) : '');
      from = child.to;
    }
    parts.push(plain(this.tree.text({ from, to: Math.max(from, node.to - 1) })));
    return parts;
  }
}
