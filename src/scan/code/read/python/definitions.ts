import type { ClassDefinition, Expression, FunctionDefinition, Parameter, Statement, Target } from '../../syntax.ts';
import { childrenOf, separated } from '../tree.ts';
import { PythonExpressions } from './expressions.ts';
import type { SyntaxNode } from '@lezer/common';

/** Functions and classes of Python, with what stands before them. */
export abstract class PythonDefinitions extends PythonExpressions {
  abstract statements(node: SyntaxNode): readonly Statement[];

  protected body(children: readonly SyntaxNode[]): readonly Statement[] {
    const body = children.find(({ name }) => name === 'Body');
    return body ? this.statements(body) : [];
  }

  protected decorated(children: readonly SyntaxNode[]): readonly Statement[] {
    const decorators = children
      .filter(({ name }) => name === 'Decorator')
      .map((decorator) => this.chain(childrenOf(decorator).slice(1)));
    const node = children.at(-1);
    if (node?.name === 'FunctionDefinition')
      return [{ kind: 'function', definition: this.functionOf(node, decorators, null) }];
    return node?.name === 'ClassDefinition' ? [{ kind: 'class', definition: this.classOf(node, decorators) }] : [];
  }

  protected functionOf(
    node: SyntaxNode,
    decorators: readonly Expression[],
    method: FunctionDefinition['method'],
  ): FunctionDefinition {
    const children = childrenOf(node);
    const name = children.find((child) => child.name === 'VariableName');
    const list = children.find((child) => child.name === 'ParamList');
    return {
      name: name ? this.tree.text(name) : '',
      parameters: list ? this.parameters(list) : [],
      body: this.body(children),
      decorators,
      method,
      implicit: false,
      row: this.tree.row(node),
    };
  }

  protected classOf(node: SyntaxNode, decorators: readonly Expression[]): ClassDefinition {
    const children = childrenOf(node);
    const name = children.find((child) => child.name === 'VariableName');
    const bases = children.find((child) => child.name === 'ArgList');
    const body = children.find((child) => child.name === 'Body');
    const methods: FunctionDefinition[] = [];
    const fields: ClassDefinition['fields'][number][] = [];
    for (const child of body ? childrenOf(body) : []) {
      const decorated = child.name === 'DecoratedStatement' ? childrenOf(child) : [child];
      const inner = decorated.at(-1);
      if (inner?.name === 'FunctionDefinition') {
        const marks = decorated.filter((one) => one.name === 'Decorator').map((one) => this.tree.text(one));
        methods.push(this.functionOf(inner, [], methodKind(marks)));
      } else if (child.name === 'AssignStatement') {
        const parts = childrenOf(child);
        const value = parts.findIndex((part) => part.name === 'AssignOp');
        const [field] = parts;
        if (field?.name === 'VariableName')
          fields.push({
            name: this.tree.text(field),
            value: value < 0 ? null : this.tuple(parts.slice(value + 1)),
            each: parts.some((part) => part.name === 'TypeDef'),
          });
      }
    }
    const record =
      decorators.some((one) => /dataclass|define|attrs/u.test(nameOf(one))) ||
      (bases !== undefined && /\b(?:NamedTuple|BaseModel)\b/u.test(this.tree.text(bases)));
    return {
      name: name ? this.tree.text(name) : '',
      bases: bases ? this.given(bases).map(({ value }) => value) : [],
      methods,
      fields,
      record,
    };
  }

  /** Parameters with their defaults. */
  override parameters(list: SyntaxNode): readonly Parameter[] {
    const nodes = childrenOf(list).filter(({ name }) => !/^(?:[()]|TypeDef)$/u.test(name));
    return separated(nodes).flatMap((part): Parameter[] => {
      const rest = part[0]?.name === '*' ? 'list' : part[0]?.name === '**' ? 'record' : null;
      const name = part.find((node) => node.name === 'VariableName');
      const equals = part.findIndex((node) => node.name === 'AssignOp');
      const fallback = equals < 0 ? undefined : part[equals + 1];
      if (!name) return [];
      const target: Target = { kind: 'name', name: this.tree.text(name), declares: true };
      return [{ target, fallback: fallback ? this.expression(fallback) : null, rest }];
    });
  }
}

function methodKind(marks: readonly string[]): FunctionDefinition['method'] {
  if (marks.some((mark) => /staticmethod/u.test(mark))) return 'static';
  return marks.some((mark) => /property/u.test(mark)) ? 'property' : 'instance';
}

/** `a.b.c` of a name or a call of one. */
function nameOf(expression: Expression): string {
  if (expression.kind === 'call') return nameOf(expression.callee);
  if (expression.kind === 'member') return `${nameOf(expression.of)}.${expression.name}`;
  return expression.kind === 'name' ? expression.name : '';
}
