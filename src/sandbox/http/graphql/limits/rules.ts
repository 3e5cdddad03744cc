import {
  FieldsOnCorrectTypeRule,
  GraphQLError,
  KnownArgumentNamesRule,
  specifiedRules,
  type ASTVisitor,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';

/** Clients that ask for newer fields than a server has look for GitLab's sentence and code. */
function fieldsInGitLabWords(context: ValidationContext): ASTVisitor {
  return {
    Field(node) {
      const parent = context.getParentType();
      if (parent === null || parent === undefined || context.getFieldDef()) return;
      const fieldName = node.name.value;
      context.reportError(
        new GraphQLError(`Field '${fieldName}' doesn't exist on type '${parent.name}'`, {
          nodes: node,
          extensions: { code: 'undefinedField', typeName: parent.name, fieldName },
        }),
      );
    },
  };
}

function argumentsInGitLabWords(context: ValidationContext): ASTVisitor {
  return {
    Argument(node) {
      const field = context.getFieldDef();
      const parent = context.getParentType();
      if (context.getArgument() || field == null || parent == null || context.getDirective() != null) return;
      const argumentName = node.name.value;
      context.reportError(
        new GraphQLError(`Field '${field.name}' doesn't accept argument '${argumentName}'`, {
          nodes: node,
          extensions: { code: 'argumentNotAccepted', name: field.name, typeName: 'Field', argumentName },
        }),
      );
    },
  };
}

/** The specification's rules, with GitLab's words where clients are known to read them. */
export const RULES: readonly ValidationRule[] = [
  ...specifiedRules.filter((rule) => rule !== FieldsOnCorrectTypeRule && rule !== KnownArgumentNamesRule),
  fieldsInGitLabWords,
  argumentsInGitLabWords,
];
