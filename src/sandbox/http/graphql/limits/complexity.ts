import {
  getNamedType,
  GraphQLError,
  isCompositeType,
  Kind,
  valueFromASTUntyped,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { fieldDefinition } from './field-definition.ts';

/** What a query costs and may cost. */
export interface ComplexityScore {
  readonly score: number;
  readonly limit: number;
}

const DEFAULT_PAGE = 100;
const PAGE_WEIGHT = 0.01;

interface Costing {
  readonly schema: GraphQLSchema;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** Cost of a named fragment; without it, fragments that spread each other twice would take exponential time. */
  readonly known: Map<string, number>;
  readonly maxPageOf: (typeName: string, field: string) => number;
}

/**
 * GitLab's complexity: a plain field costs 1 and its children; a connection costs `(children + 1, +1 with sort, +5 with search)
 * × (1 + 0.01 × page)`, rounded down, where the page is the smallest of `first`, `last` and the connection's own maximum.
 */
export function complexityOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
  maxPageOf: Costing['maxPageOf'] = () => DEFAULT_PAGE,
): number {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const root = schema.getRootType(operation.operation);
  if (root == null) throw new GraphQLError(`Schema is not configured for ${operation.operation}s`);
  return costOfSet({ schema, variables, fragments, known: new Map(), maxPageOf }, operation.selectionSet, root);
}

function costOfSet(costing: Costing, set: SelectionSetNode, parent: GraphQLCompositeType): number {
  // Selections on different members of a union do not add up: the dearest one counts.
  const byType = new Map<string, number>();
  let cost = 0;
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) {
      cost += costOfField(costing, selection, parent);
      continue;
    }
    const [on, value] =
      selection.kind === Kind.INLINE_FRAGMENT
        ? costOfCondition(costing, selection.typeCondition?.name.value, selection.selectionSet, parent)
        : costOfFragment(costing, selection.name.value, parent);
    if (on === parent.name) cost += value;
    else byType.set(on, (byType.get(on) ?? 0) + value);
  }
  return cost + Math.max(0, ...byType.values());
}

function costOfCondition(
  costing: Costing,
  on: string | undefined,
  set: SelectionSetNode,
  parent: GraphQLCompositeType,
): readonly [string, number] {
  const type = on === undefined ? parent : costing.schema.getType(on);
  return isCompositeType(type) ? [type.name, costOfSet(costing, set, type)] : [parent.name, 0];
}

function costOfFragment(costing: Costing, name: string, parent: GraphQLCompositeType): readonly [string, number] {
  const fragment = costing.fragments.get(name);
  if (fragment === undefined) return [parent.name, 0];
  const on = fragment.typeCondition.name.value;
  const known = costing.known.get(name);
  if (known !== undefined) return [on, known];
  const [type, cost] = costOfCondition(costing, on, fragment.selectionSet, parent);
  costing.known.set(name, cost);
  return [type, cost];
}

function costOfField(costing: Costing, node: FieldNode, parent: GraphQLCompositeType): number {
  const field = fieldDefinition(costing.schema, parent, node.name.value);
  if (field === null) return 1;
  const type = getNamedType(field.type);
  const children =
    node.selectionSet !== undefined && isCompositeType(type) ? costOfSet(costing, node.selectionSet, type) : 0;
  if (!isConnection(field)) return 1 + children;
  const argument = (name: string): unknown => argumentOf(costing, node, name);
  const maxPage = costing.maxPageOf(parent.name, node.name.value);
  const page = Math.min(maxPage, ...[argument('first'), argument('last')].filter((value) => typeof value === 'number'));
  const extra = (argument('sort') == null ? 0 : 1) + (argument('search') == null ? 0 : 5);
  return Math.floor((children + 1 + extra) * (1 + PAGE_WEIGHT * Math.max(0, page)));
}

function isConnection(field: GraphQLField<unknown, unknown>): boolean {
  return getNamedType(field.type).name.endsWith('Connection');
}

function argumentOf(costing: Costing, node: FieldNode, name: string): unknown {
  const value = node.arguments?.find((argument) => argument.name.value === name)?.value;
  return value === undefined ? null : valueFromASTUntyped(value, { ...costing.variables });
}
