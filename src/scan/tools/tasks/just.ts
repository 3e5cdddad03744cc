import { unknown } from '../../marks.ts';
import { fileLines } from '../../reach/packages.ts';
import type { Arg, Call } from '../../shell/call.ts';
import { option, parseArgs } from '../../shell/call.ts';
import type { Line } from '../../shell/state.ts';
import { filled, recipeValue, runLines } from './recipes.ts';

/** Recipes of which a run follows no more. */
const MAX_RECIPES = 200;
const JUST_OPTIONS = new Set(['f', 'justfile', 'd', 'working-directory', 'shell', 'dotenv-path']);

interface Recipe {
  readonly parameters: readonly string[];
  readonly needs: readonly string[];
  readonly lines: readonly Line[];
}

/** `just RECIPE ARGUMENT…`. */
export function just(call: Call): void {
  const parsed = parseArgs(withoutSet(call.args), JUST_OPTIONS);
  const named = option(parsed, 'f', 'justfile')?.value;
  const paths = named === undefined ? ['justfile', 'Justfile', '.justfile'] : [named];
  const lines = paths.map((path) => fileLines(call, path)).find((found) => found.length > 0);
  if (!lines) return;
  const words = parsed.operands.map(({ value }) => value);
  const { variables, recipes } = readJustfile(withImports(lines, call), overrides(words), call);
  const [first = [...recipes.keys()][0] ?? '', ...given] = words.filter((word) => !word.includes('='));
  const done = new Set<string>();
  const run = (name: string, values: readonly string[]): void => {
    const recipe = recipes.get(name);
    if (!recipe || done.has(name) || done.size > MAX_RECIPES) return;
    done.add(name);
    for (const need of recipe.needs) run(need, []);
    const own = new Map(variables);
    recipe.parameters.forEach((parameter, index) => {
      const [key = '', fallback] = parameter.replace(/^[$*+]+/u, '').split('=');
      own.set(key, values[index] ?? fallback?.replace(/^["']|["']$/gu, '') ?? unknown(key));
    });
    runLines(call, recipe.lines, (text) => filled(text, own, call));
    // Words beyond the parameters name further recipes.
    for (const rest of values.slice(recipe.parameters.length)) run(rest, []);
  };
  run(first, given);
}

/** `NAME=VALUE` words: they win over what the file says. */
function overrides(words: readonly string[]): ReadonlyMap<string, string> {
  const pairs = words.flatMap((word) => {
    const set = /^([\w-]+)=([^]*)$/u.exec(word);
    return set ? [[set[1] ?? '', set[2] ?? ''] as const] : [];
  });
  return new Map(pairs);
}

/** `--set NAME VALUE` says the same as `NAME=VALUE`. */
function withoutSet(args: readonly Arg[]): readonly Arg[] {
  return args.flatMap((arg, index) => {
    if (arg.value === '--set') return [];
    if (args[index - 1]?.value === '--set') return [{ ...arg, value: `${arg.value}=${args[index + 1]?.value ?? ''}` }];
    return args[index - 2]?.value === '--set' ? [] : [arg];
  });
}

/** Lines of a file with those of the files that it imports; they may stand anywhere. */
function withImports(lines: readonly Line[], call: Call, depth = 0): readonly Line[] {
  if (depth > 5) return lines;
  return lines.flatMap((line) => {
    const path = /^import\??\s+["']([^"']+)["']/u.exec(line.text)?.[1];
    return path === undefined ? [line] : withImports(fileLines(call, path), call, depth + 1);
  });
}

function readJustfile(
  lines: readonly Line[],
  given: ReadonlyMap<string, string>,
  call: Call,
): { readonly variables: Map<string, string>; readonly recipes: ReadonlyMap<string, Recipe> } {
  const variables = new Map(given);
  const recipes = new Map<string, Recipe>();
  let open: Line[] | null = null;
  for (const line of lines) {
    if (/^\s+\S/u.test(line.text)) {
      open?.push(line);
      continue;
    }
    const assignment = /^(?:export\s+)?([\w-]+)\s*:=\s*(.*?)\s*$/u.exec(line.text);
    const recipe = /^@?([\w-]+)((?:\s+[^:=]*(?:=(?:"[^"]*"|'[^']*'|\S+))?)*)\s*:(?!=)\s*([^#]*)/u.exec(line.text);
    if (assignment) {
      const name = assignment[1] ?? '';
      if (!given.has(name)) variables.set(name, recipeValue(assignment[2] ?? '', variables, call));
    }
    if (!assignment && recipe && !/^\s*#/u.test(line.text)) {
      open = [];
      const words = (text: string): readonly string[] => text.split(/\s+/u).filter((word) => /^[\w$*+-]/u.test(word));
      recipes.set(recipe[1] ?? '', {
        parameters: words(recipe[2] ?? ''),
        needs: words((recipe[3] ?? '').replace(/&&/gu, ' ')),
        lines: open,
      });
    }
  }
  return { variables, recipes };
}
