import type { ClassDefinition, Expression, FunctionDefinition, Parameter, Statement, Target } from '../../syntax.ts';
import { childrenOf, separated } from '../tree.ts';
import { DEFINES, ScriptExpressions } from './expressions.ts';
import type { SyntaxNode } from '@lezer/common';

/** Functions and classes of JavaScript and TypeScript. */
export abstract class ScriptDefinitions extends ScriptExpressions {
  override functionOf(node: SyntaxNode, method: FunctionDefinition['method']): FunctionDefinition {
    const children = childrenOf(node);
    const name = children.find((child) => DEFINES.test(child.name));
    const list = children.find((child) => child.name === 'ParamList');
    const last = children.at(-1);
    const body: readonly Statement[] = !last
      ? []
      : last.name === 'Block'
        ? [...this.#assignedParameters(list), ...this.statements(last)]
        : [{ kind: 'return', value: this.expression(last) }];
    return {
      name: name ? this.tree.text(name) : '',
      parameters: list ? this.#parameters(list) : [],
      body,
      decorators: [],
      method,
      implicit: method !== null || node.name === 'FunctionExpression',
      row: this.tree.row(node),
    };
  }

  #parameters(list: SyntaxNode): readonly Parameter[] {
    const nodes = childrenOf(list).filter(
      ({ name }) => !/^(?:[()]|TypeAnnotation|Privacy|Readonly|readonly|Optional)$/u.test(name),
    );
    return separated(nodes).flatMap((part): Parameter[] => {
      const node = part.find(({ name }) => !/^(?:Spread|Equals)$/u.test(name));
      if (!node) return [];
      const equals = part.findIndex(({ name }) => name === 'Equals');
      const fallback = equals < 0 ? undefined : part[equals + 1];
      const rest = part[0]?.name === 'Spread' ? 'list' : null;
      return [{ target: this.pattern(node), fallback: fallback ? this.expression(fallback) : null, rest }];
    });
  }

  /** `constructor(private token: string)` sets a field of that name. */
  #assignedParameters(list: SyntaxNode | undefined): readonly Statement[] {
    const nodes = list ? childrenOf(list) : [];
    return nodes.flatMap((node, index): Statement[] => {
      if (!/^(?:Privacy|Readonly|readonly)$/u.test(node.name)) return [];
      const name = nodes.slice(index + 1).find((one) => one.name === 'VariableDefinition');
      if (!name) return [];
      const key: Expression = { kind: 'text', parts: [this.tree.text(name)], row: this.tree.row(name) };
      const target: Target = { kind: 'place', of: { kind: 'name', name: 'this' }, key };
      return [
        {
          kind: 'bind',
          targets: [target],
          value: { kind: 'name', name: this.tree.text(name) },
          row: this.tree.row(name),
        },
      ];
    });
  }

  override classOf(node: SyntaxNode): ClassDefinition {
    const children = childrenOf(node);
    const name = children.find((child) => child.name === 'VariableDefinition');
    const base = children.findIndex((child) => child.name === 'extends');
    const parent = base < 0 ? undefined : children[base + 1];
    const members = children.filter((child) => child.name === 'ClassBody').flatMap(childrenOf);
    const methods = members
      .filter((member) => member.name === 'MethodDeclaration')
      .map((member) => this.functionOf(member, this.#kindOf(childrenOf(member))));
    const fields = members
      .filter((member) => member.name === 'PropertyDeclaration')
      .flatMap((member) => {
        const parts = childrenOf(member);
        const field = parts.find((part) => DEFINES.test(part.name));
        const equals = parts.findIndex((part) => part.name === 'Equals');
        const value = equals < 0 ? undefined : parts[equals + 1];
        const each = !parts.some((part) => part.name === 'static');
        return field ? [{ name: this.tree.text(field), value: value ? this.expression(value) : null, each }] : [];
      });
    return {
      name: name ? this.tree.text(name) : '',
      bases: parent ? [this.expression(parent)] : [],
      methods,
      fields,
      record: false,
    };
  }

  #kindOf(parts: readonly SyntaxNode[]): FunctionDefinition['method'] {
    if (parts.some(({ name }) => name === 'static')) return 'static';
    return parts.some(({ name }) => name === 'get') ? 'property' : 'instance';
  }
}
