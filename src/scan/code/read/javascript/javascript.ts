import type { SyntaxNode } from '@lezer/common';
import { parser } from '@lezer/javascript';
import { ScriptDefinitions } from './definitions.ts';
import type { Expression, ImportedName, Statement } from '../../syntax.ts';
import { ProgramTree, childrenOf, plain } from '../tree.ts';

const typed = parser.configure({ dialect: 'ts' });

/** Reads a JavaScript or TypeScript program into the common form; what does not parse is left out. */
export function readJavaScript(text: string): readonly Statement[] {
  const tree = new ProgramTree(text);
  return new JavaScript(tree).statements(typed.parse(text).topNode);
}

class JavaScript extends ScriptDefinitions {
  /** Functions can be called before the line that defines them. */
  override statements(node: SyntaxNode): readonly Statement[] {
    const all = this.tree.deeper(() => childrenOf(node).flatMap((child) => this.#statement(child)), []);
    const hoisted = all.filter(({ kind }) => kind === 'function' || kind === 'class');
    return [...hoisted, ...all.filter((statement) => !hoisted.includes(statement))];
  }

  #one(node: SyntaxNode | undefined): readonly Statement[] {
    if (!node) return [];
    return node.name === 'Block' ? this.statements(node) : this.tree.deeper(() => this.#statement(node), []);
  }

  #statement(node: SyntaxNode): readonly Statement[] {
    const children = childrenOf(node);
    const [first, second] = children;
    switch (node.name) {
      case 'Block':
        return this.statements(node);
      case 'ExpressionStatement':
        return first ? [{ kind: 'expression', value: this.expression(first), row: this.tree.row(first) }] : [];
      case 'VariableDeclaration':
        return this.#declaration(children);
      case 'FunctionDeclaration':
        return [{ kind: 'function', definition: this.functionOf(node, null) }];
      case 'ClassDeclaration':
        return [{ kind: 'class', definition: this.classOf(node) }];
      case 'ReturnStatement':
        return [{ kind: 'return', value: second && second.name !== ';' ? this.expression(second) : null }];
      case 'IfStatement':
        return [this.#if(children)];
      case 'ForStatement':
        return this.#for(children);
      case 'WhileStatement':
      case 'DoStatement': {
        const test = children.find(({ name }) => name === 'ParenthesizedExpression');
        const body = node.name === 'DoStatement' ? second : children.at(-1);
        return [
          {
            kind: 'while',
            test: test && node.name !== 'DoStatement' ? this.expression(test) : null,
            body: this.#one(body),
            step: [],
          },
        ];
      }
      case 'TryStatement':
        return this.#try(children);
      case 'SwitchStatement':
        return [this.#switch(children)];
      case 'ThrowStatement':
        return [{ kind: 'throw' }];
      case 'BreakStatement':
        return [{ kind: 'break' }];
      case 'ContinueStatement':
        return [{ kind: 'continue' }];
      case 'ImportDeclaration':
        return this.#import(children);
      case 'ExportDeclaration':
        return this.#export(children);
      default:
        return [];
    }
  }

  /** `const a = 1, { b } = c`. */
  #declaration(children: readonly SyntaxNode[]): readonly Statement[] {
    const found: Statement[] = [];
    const nodes = children.filter(({ name }) => name !== 'TypeAnnotation');
    nodes.forEach((node, index) => {
      const value = nodes[index + 1]?.name === 'Equals' ? nodes[index + 2] : undefined;
      if (!/^(?:VariableDefinition|ObjectPattern|ArrayPattern)$/u.test(node.name)) return;
      const made: Expression = value ? this.expression(value) : { kind: 'constant', value: null };
      found.push({ kind: 'bind', targets: [this.pattern(node)], value: made, row: this.tree.row(node) });
    });
    return found;
  }

  #if(children: readonly SyntaxNode[]): Statement {
    const test = children.find(({ name }) => name === 'ParenthesizedExpression');
    const otherwise = children.findIndex(({ name }) => name === 'else');
    return {
      kind: 'if',
      test: test ? this.expression(test) : { kind: 'unknown', text: 'if' },
      then: this.#one(children[2]),
      otherwise: otherwise < 0 ? [] : this.#one(children[otherwise + 1]),
    };
  }

  #for(children: readonly SyntaxNode[]): readonly Statement[] {
    const spec = children.find(({ name }) => /^For(?:Of|In)?Spec$/u.test(name));
    const body = this.#one(children.at(-1));
    if (!spec) return [{ kind: 'block', body }];
    const parts = childrenOf(spec).filter(({ name }) => !/^[()]$/u.test(name));
    if (spec.name === 'ForSpec') {
      const [start, test, , step] = parts;
      const begin = start ? this.#statement(start) : [];
      const holds = test && test.name !== ';' ? this.expression(test) : null;
      const next: readonly Statement[] = step
        ? [{ kind: 'expression', value: this.expression(step), row: this.tree.row(step) }]
        : [];
      return [...begin, { kind: 'while', test: holds, body, step: next }];
    }
    const between = parts.findIndex(({ name }) => name === 'of' || name === 'in');
    const target = parts[between - 1];
    const over = parts[between + 1];
    if (!target || !over) return [];
    return [
      {
        kind: 'each',
        target: this.pattern(target),
        over: this.expression(over),
        keys: parts[between]?.name === 'in',
        body,
      },
    ];
  }

  #try(children: readonly SyntaxNode[]): readonly Statement[] {
    const block = (node: SyntaxNode | undefined): readonly Statement[] =>
      this.#one(node && childrenOf(node).find(({ name }) => name === 'Block'));
    const handler = block(children.find(({ name }) => name === 'CatchClause'));
    const last = block(children.find(({ name }) => name === 'FinallyClause'));
    return [
      ...this.#one(children.find(({ name }) => name === 'Block')),
      { kind: 'ways', ways: [[], handler] },
      ...last,
    ];
  }

  #switch(children: readonly SyntaxNode[]): Statement {
    const body = children.find(({ name }) => name === 'SwitchBody');
    const subject = children.find(({ name }) => name === 'ParenthesizedExpression');
    const clauses: { test: Expression | null; body: Statement[] }[] = [];
    for (const node of body ? childrenOf(body) : []) {
      if (node.name === 'CaseLabel' || node.name === 'DefaultLabel') {
        const value = node.name === 'CaseLabel' ? childrenOf(node)[1] : undefined;
        clauses.push({ test: value ? this.expression(value) : null, body: [] });
      } else if (node.name !== 'BreakStatement') clauses.at(-1)?.body.push(...this.#statement(node));
    }
    const left: Expression = subject ? this.expression(subject) : { kind: 'unknown', text: 'switch' };
    const row = subject ? this.tree.row(subject) : 0;
    const otherwise = clauses.find(({ test }) => test === null)?.body ?? [];
    return clauses.reduceRight<Statement>(
      (rest, { test, body: then }) =>
        test
          ? {
              kind: 'if',
              test: { kind: 'operation', operator: '===', left, right: test, row },
              then,
              otherwise: [rest],
            }
          : rest,
      { kind: 'block', body: otherwise },
    );
  }

  #module(children: readonly SyntaxNode[]): string {
    const text = children.find(({ name }) => name === 'String');
    return text ? plain(this.tree.text(text).slice(1, -1)) : '';
  }

  #import(children: readonly SyntaxNode[]): readonly Statement[] {
    const names: ImportedName[] = [];
    children.forEach((node, index) => {
      if (node.name === 'VariableDefinition')
        names.push({ name: children[index - 1]?.name === 'as' ? null : 'default', as: this.tree.text(node) });
      if (node.name === 'ImportGroup') names.push(...this.#group(node));
    });
    return [{ kind: 'import', module: this.#module(children), names }];
  }

  /** `{ a, b as c }`. */
  #group(node: SyntaxNode): readonly ImportedName[] {
    const names: ImportedName[] = [];
    const words = childrenOf(node).filter(({ name }) => !/^[{},]$/u.test(name));
    words.forEach((word, index) => {
      if (word.name === 'as' || words[index - 1]?.name === 'as') return;
      const renamed = words[index + 1]?.name === 'as' ? words[index + 2] : undefined;
      names.push({ name: this.tree.text(word), as: this.tree.text(renamed ?? word) });
    });
    return names;
  }

  #export(children: readonly SyntaxNode[]): readonly Statement[] {
    const inner = children.find(({ name }) => /Declaration$/u.test(name));
    const standard = children.some(({ name }) => name === 'default');
    if (inner) {
      const made = this.#statement(inner);
      return [...made, ...made.flatMap((statement) => exported(statement, standard))];
    }
    const group = children.find(({ name }) => name === 'ExportGroup');
    if (group) {
      const names = this.#group(group);
      const from = this.#module(children);
      const imports: readonly Statement[] =
        from === ''
          ? []
          : [{ kind: 'import', module: from, names: names.map(({ name }) => ({ name, as: name ?? '' })) }];
      return [
        ...imports,
        ...names.map(({ name, as }): Statement => ({
          kind: 'export',
          name: as,
          value: { kind: 'name', name: name ?? '' },
        })),
      ];
    }
    const value = children.at(children.at(-1)?.name === ';' ? -2 : -1);
    return standard && value ? [{ kind: 'export', name: 'default', value: this.expression(value) }] : [];
  }
}

/** What a declaration gives to other modules. */
function exported(statement: Statement, standard: boolean): readonly Statement[] {
  const give = (name: string): Statement => ({
    kind: 'export',
    name: standard ? 'default' : name,
    value: { kind: 'name', name },
  });
  if (statement.kind === 'function' || statement.kind === 'class') return [give(statement.definition.name)];
  if (statement.kind !== 'bind') return [];
  return statement.targets.flatMap((target) => (target.kind === 'name' ? [give(target.name)] : []));
}
