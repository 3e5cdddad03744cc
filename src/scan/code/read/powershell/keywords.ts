/** Words that begin a statement of their own. */
export const KEYWORD =
  /(if|foreach|for|while|do|switch|try|trap|function|filter|param|return|throw|exit|break|continue|begin|process|end|dynamicparam|clean|class|enum|using|data)(?![\w-])/iuy;
/** Those that are keywords in front of these only. */
export const NEEDS: Readonly<Record<string, RegExp>> = {
  foreach: /\s*(?:-parallel\s*)?\(/iuy,
  begin: /\s*\{/uy,
  process: /\s*\{/uy,
  end: /\s*\{/uy,
  clean: /\s*\{/uy,
  dynamicparam: /\s*\{/uy,
  data: /\s*(?:\w+\s*)?\{/uy,
  switch: /\s*(?:-\w+\s*)*\(/uy,
  param: /\s*\(/uy,
  class: /\s+\w+\s*[:{]/uy,
  enum: /\s+\w+\s*\{/uy,
};
