import type { SyntaxNode } from '@lezer/common';
import { parser } from '@lezer/python';
import { PythonDefinitions } from './definitions.ts';
import type { Expression, ImportedName, Statement, Target } from '../../syntax.ts';
import { ProgramTree, childrenOf, separated } from '../tree.ts';

/** Reads a Python program into the common form; what does not parse is left out. */
export function readPython(text: string): readonly Statement[] {
  const tree = new ProgramTree(text);
  const statements = new Python(tree).statements(parser.parse(text).topNode);
  const [first] = statements;
  if (first?.kind !== 'expression' || first.value.kind !== 'text') return statements;
  // Parsers of the command line read the documentation of the program.
  const target: Target = { kind: 'name', name: '__doc__', declares: true };
  return [{ kind: 'bind', targets: [target], value: first.value, row: first.row }, ...statements];
}

class Python extends PythonDefinitions {
  statements(node: SyntaxNode): readonly Statement[] {
    return this.tree.deeper(() => childrenOf(node).flatMap((child) => this.#statement(child)), []);
  }

  /** `self.x` and the like are places, names are names. */
  #statement(node: SyntaxNode): readonly Statement[] {
    const children = childrenOf(node);
    switch (node.name) {
      case 'StatementGroup':
        return this.statements(node);
      case 'ExpressionStatement':
        return children
          .slice(0, 1)
          .map((child) => ({ kind: 'expression', value: this.expression(child), row: this.tree.row(child) }));
      case 'YieldStatement':
        return [{ kind: 'expression', value: this.yielded(children), row: this.tree.row(node) }];
      case 'AssignStatement':
        return this.#assignment(children);
      case 'UpdateStatement':
        return this.#update(children);
      case 'ReturnStatement':
        return [{ kind: 'return', value: children[1] ? this.tuple(children.slice(1)) : null }];
      case 'IfStatement':
        return [this.#if(children)];
      case 'ForStatement':
        return this.#for(children);
      case 'WhileStatement':
        return [
          {
            kind: 'while',
            test: children[1] ? this.expression(children[1]) : null,
            body: this.body(children),
            step: [],
          },
        ];
      case 'WithStatement':
        return this.#with(children);
      case 'TryStatement':
        return [this.#try(children)];
      case 'MatchStatement':
        return [{ kind: 'ways', ways: this.#clauses(node) }];
      case 'FunctionDefinition':
        return [{ kind: 'function', definition: this.functionOf(node, [], null) }];
      case 'ClassDefinition':
        return [{ kind: 'class', definition: this.classOf(node, []) }];
      case 'DecoratedStatement':
        return this.decorated(children);
      case 'ImportStatement':
        return this.#import(children);
      case 'RaiseStatement':
        return [{ kind: 'throw' }];
      case 'BreakStatement':
        return [{ kind: 'break' }];
      case 'ContinueStatement':
        return [{ kind: 'continue' }];
      default:
        return [];
    }
  }

  #assignment(children: readonly SyntaxNode[]): readonly Statement[] {
    const parts = separated(
      children.filter(({ name }) => name !== 'TypeDef'),
      'AssignOp',
    );
    const value = parts.at(-1);
    const first = value?.[0];
    if (!value || !first || parts.length < 2) return [];
    return [
      {
        kind: 'bind',
        targets: parts.slice(0, -1).map((part) => this.targets(part)),
        value: this.tuple(value),
        row: this.tree.row(first),
      },
    ];
  }

  #update(children: readonly SyntaxNode[]): readonly Statement[] {
    const [left, operator, right] = children;
    if (!left || !operator || !right) return [];
    const row = this.tree.row(left);
    const value: Expression = {
      kind: 'operation',
      operator: this.tree.text(operator).replace('=', ''),
      left: this.expression(left),
      right: this.expression(right),
      row,
    };
    return [{ kind: 'bind', targets: [this.target(left)], value, row }];
  }

  #if(children: readonly SyntaxNode[]): Statement {
    const test = children[1];
    const index = children.findIndex(({ name }) => name === 'Body');
    const rest = children.slice(index + 1);
    const otherwise = rest[0]?.name === 'elif' ? [this.#if(rest)] : rest[0]?.name === 'else' ? this.body(rest) : [];
    return {
      kind: 'if',
      test: test ? this.expression(test) : { kind: 'unknown', text: 'if' },
      then: this.body(children),
      otherwise,
    };
  }

  #for(children: readonly SyntaxNode[]): readonly Statement[] {
    const start = children.findIndex(({ name }) => name === 'for');
    const between = children.findIndex(({ name }) => name === 'in');
    const end = children.findIndex(({ name }) => name === 'Body');
    if (between < 0 || end < 0) return [];
    return [
      {
        kind: 'each',
        target: this.targets(children.slice(start + 1, between)),
        over: this.tuple(children.slice(between + 1, end)),
        keys: true,
        body: this.body(children),
      },
    ];
  }

  #with(children: readonly SyntaxNode[]): readonly Statement[] {
    const end = children.findIndex(({ name }) => name === 'Body');
    const found: Statement[] = [];
    const items = children
      .slice(children[0]?.name === 'async' ? 2 : 1, end)
      .filter(({ name }) => !/^[()]$/u.test(name));
    for (const part of separated(items)) {
      const [value] = part;
      if (!value) continue;
      const target = part.findIndex(({ name }) => name === 'as');
      const row = this.tree.row(value);
      if (target < 0) found.push({ kind: 'expression', value: this.expression(value), row });
      else
        found.push({
          kind: 'bind',
          targets: [this.targets(part.slice(target + 1))],
          value: {
            kind: 'call',
            callee: { kind: 'name', name: '#enter' },
            given: [{ name: null, value: this.expression(value), spread: false }],
            row,
          },
          row,
        });
    }
    return [...found, { kind: 'block', body: this.body(children) }];
  }

  /** The handlers may run or not; the rest always does. */
  #try(children: readonly SyntaxNode[]): Statement {
    const bodies = children.flatMap((child, index) => {
      if (child.name !== 'Body') return [];
      const word = children.slice(0, index).findLast(({ name }) => /^(?:try|except|else|finally)$/u.test(name))?.name;
      return [{ word, body: this.statements(child) }];
    });
    const handlers = bodies.filter(({ word }) => word === 'except').map(({ body }) => body);
    const of = (name: string): readonly Statement[] =>
      bodies.filter(({ word }) => word === name).flatMap(({ body }) => body);
    const ways: readonly Statement[] = handlers.length > 0 ? [{ kind: 'ways', ways: [[], ...handlers] }] : [];
    return { kind: 'block', body: [...of('try'), ...ways, ...of('else'), ...of('finally')] };
  }

  #clauses(node: SyntaxNode): readonly (readonly Statement[])[] {
    const body = childrenOf(node).find(({ name }) => name === 'MatchBody');
    return body
      ? childrenOf(body)
          .filter(({ name }) => name === 'MatchClause')
          .map((clause) => this.body(childrenOf(clause)))
      : [];
  }

  #import(children: readonly SyntaxNode[]): readonly Statement[] {
    const [word] = children;
    const text = (nodes: readonly SyntaxNode[]): string => nodes.map((node) => this.tree.text(node)).join('');
    const named = (part: readonly SyntaxNode[]): { readonly path: string; readonly as: string | null } => {
      const as = part.findIndex(({ name }) => name === 'as');
      return as < 0 ? { path: text(part), as: null } : { path: text(part.slice(0, as)), as: text(part.slice(as + 1)) };
    };
    if (word?.name === 'import') {
      return separated(children.slice(1))
        .map(named)
        .map(({ path, as }): Statement => {
          // `import a.b` binds `a`; its parts are found through the same name.
          const names: ImportedName[] = [{ name: null, as: as ?? path }];
          return { kind: 'import', module: path, names };
        });
    }
    const at = children.findIndex(({ name }) => name === 'import');
    const names = separated(children.slice(at + 1).filter(({ name }) => !/^[()]$/u.test(name))).map(named);
    const module = text(children.slice(1, at));
    return [{ kind: 'import', module, names: names.map(({ path, as }) => ({ name: path, as: as ?? path })) }];
  }
}
