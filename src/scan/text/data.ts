import { readYaml } from '../ci/tree.ts';
import type { Tree } from '../ci/tree.ts';
import { LIKELY, unknown, withoutForged, withoutLikely } from '../marks.ts';
import type { Call, Tool } from '../shell/call.ts';
import { valuesOf } from '../shell/call.ts';
import { jq } from './jq/index.ts';
import type { Json } from './jq/values.ts';
import { shown } from './jq/values.ts';

/** `jq` and `yq`: values out of data files. */
const MAX_DATA = 1_000_000;

interface Invocation {
  readonly query: string | null;
  readonly files: readonly string[];
  readonly variables: ReadonlyMap<string, Json>;
  readonly empty: boolean;
}

/** Options of both programs; what is left is the query and the files. */
function invocation(words: readonly string[]): Invocation {
  const variables = new Map<string, Json>();
  const rest: string[] = [];
  let empty = false;
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (word === '--arg' || word === '--argjson') {
      variables.set(words[index + 1] ?? '', words[index + 2] ?? '');
      index += 2;
    } else if (/^(?:--indent|-[opI]|--output-format|--input-format)$/u.test(word)) index += 1;
    else if (/^-[A-Za-z]*n[A-Za-z]*$|^--null-input$/u.test(word)) empty = true;
    else if (!/^-./u.test(word) && !(rest.length === 0 && /^e(?:val)?$/u.test(word))) rest.push(word);
  }
  const [query = null, ...files] = rest;
  return { query, files, variables, empty };
}

const tool =
  (read: (text: string) => Json | null): Tool =>
  (call) => {
    const words = valuesOf(call.args);
    const wanted = invocation(words);
    const raw = words.some((word) => /^-[A-Za-z]*R|^--raw-input$/u.test(word));
    const query = withEnvironment(wanted.query ?? '.', call);
    for (const { text, likely } of inputs(call, wanted)) {
      const input = raw ? text : read(text);
      const found = input === null && !wanted.empty ? null : jq(query, input, wanted.variables);
      if (found) for (const value of found) call.state.print(shown(value) + (likely && !raw ? LIKELY : ''), call.at);
      else call.state.print(unknown(`$(${call.name} ${words.join(' ')})`), call.at);
    }
  };

/** Texts to read; what a data file says may change without the script, so it is likely at most. */
function inputs(call: Call, { files, empty }: Invocation): readonly { text: string; likely: boolean }[] {
  if (empty) return [{ text: 'null', likely: false }];
  if (files.length === 0) {
    const lines = call.stdin ?? [];
    const text = lines.map((line) => line.text).join('\n');
    return [{ text: bounded(text), likely: lines[0]?.at.file !== call.at.file }];
  }
  return files.map((file) => ({ text: bounded(call.workspace.text(file, call.state) ?? ''), likely: true }));
}

const bounded = (text: string): string => (text.length > MAX_DATA ? '' : withoutLikely(text));

/** `$ENV.X`, `env.X` and `strenv(X)` as the literal they stand for. */
const withEnvironment = (query: string, call: Call): string =>
  query.replace(/(?:\$ENV\.|\benv\.|\b(?:str)?env\()(\w+)\)?/gu, (_, name: string) =>
    JSON.stringify(call.state.value(name) ?? unknown(name)),
  );

function readJson(text: string): Json | null {
  try {
    return JSON.parse(withoutForged(text)) as Json;
  } catch {
    return null;
  }
}

function readYamlData(text: string): Json | null {
  const root = readYaml(text, '').documents[0];
  return root ? plain(root, 0) : null;
}

function plain(tree: Tree, depth: number): Json {
  if (depth > 40) return null;
  switch (tree.kind) {
    case 'scalar':
      return tree.value;
    case 'sequence':
      return tree.items.slice(0, 5_000).map((item) => plain(item, depth + 1));
    case 'dict':
      return Object.fromEntries([...tree.entries].map(([key, value]) => [key, plain(value, depth + 1)]));
    case 'reference':
      return null;
  }
}

/** `jq`: the query over the files that it names, or over its input. */
export const jqTool = tool(readJson);
/** `yq`, as `jq` over YAML. */
export const yqTool = tool(readYamlData);
