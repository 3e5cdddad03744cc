import { Kind, type DocumentNode, type FragmentDefinitionNode, type SelectionSetNode } from 'graphql';

/** Nesting beyond which a text is not even parsed: the parser recurses, and no real query comes near. */
const MAX_BRACKETS = 200;

/** Whether brackets nest too deep for the parser, counted without building anything. */
export function isAbsurdlyNested(text: string): boolean {
  let open = 0;
  for (const character of text) {
    if (character === '{' || character === '[' || character === '(') open += 1;
    else if (character === '}' || character === ']' || character === ')') open -= 1;
    if (open > MAX_BRACKETS) return true;
  }
  return false;
}

/** Levels of fields in the deepest branch; fragments count where they are spread. The document must be valid. */
export function depthOf(document: DocumentNode): number {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const known = new Map<string, number>();
  const ofSet = (set: SelectionSetNode | undefined): number =>
    Math.max(
      0,
      ...(set?.selections ?? []).map((selection) => {
        if (selection.kind === Kind.FIELD) return 1 + ofSet(selection.selectionSet);
        if (selection.kind === Kind.INLINE_FRAGMENT) return ofSet(selection.selectionSet);
        return ofFragment(selection.name.value);
      }),
    );
  const ofFragment = (name: string): number => {
    const depth = known.get(name) ?? ofSet(fragments.get(name)?.selectionSet);
    known.set(name, depth);
    return depth;
  };
  return Math.max(
    0,
    ...document.definitions.map((definition) =>
      definition.kind === Kind.OPERATION_DEFINITION ? ofSet(definition.selectionSet) : 0,
    ),
  );
}
