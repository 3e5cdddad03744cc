import type { Tree } from '../../ci/tree.ts';
import { readYaml, textOf } from '../../ci/tree.ts';
import type { Call } from '../../shell/call.ts';

/** A JSON or YAML file that a program reads. */
export interface DataFile {
  /** The variable that the whole file is assigned to, or null. */
  readonly name: string | null;
  /** Single values at the top: elements of a list, values of a mapping. */
  readonly values: readonly string[];
  readonly keys: readonly string[];
  /** Values by the key they stand under, at whatever depth. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
}

const MAX_FILES = 10;
const MAX_TEXT = 200_000;
const MAX_FIELDS = 400;
const NAMED_FILE = /["'`](?:\.\/)?([\w./-]{1,200}\.(?:json|ya?ml))["'`]/u;
const PARSES = /\b(?:json\.loads?|safe_load|load_file|JSON\.parse|require|yaml\.load|ConvertFrom-Json|json_decode)\b/u;

/** The data files that a program names and that are part of what the job sees. */
export function dataFiles(path: string, code: readonly string[], call: Call): readonly DataFile[] {
  const found: DataFile[] = [];
  const seen = new Set<string>();
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/') + 1) : '';
  code.forEach((line, index) => {
    if (line.length > 2_000) return;
    const file = NAMED_FILE.exec(line)?.[1];
    if (file === undefined || seen.has(file) || seen.size >= MAX_FILES) return;
    seen.add(file);
    const text = call.workspace.text(file, call.state) ?? call.workspace.text(folder + file, call.state);
    const root = text === null || text.length > MAX_TEXT ? undefined : readYaml(text, file).documents[0];
    if (root) found.push({ name: assignedName(code.slice(index, index + 4)), ...contents(root) });
  });
  return found;
}

/** `config = json.load(…)` in the line that names the file or in one soon after it. */
function assignedName(lines: readonly string[]): string | null {
  for (const line of lines) {
    const match = /^\s*(?:const|let|var|my)?\s*[$@]?(\w+)\s*=(?!=)\s*(.*)$/u.exec(line);
    if (match && PARSES.test(match[2] ?? '')) return match[1] ?? null;
    const imported = /^\s*import\s+(\w+)\s+from\b/u.exec(line)?.[1];
    if (imported !== undefined) return imported;
  }
  return null;
}

function contents(root: Tree): Omit<DataFile, 'name'> {
  const fields = new Map<string, string[]>();
  let count = 0;
  const add = (key: string, value: string): void => {
    if (value === '' || (count += 1) > MAX_FIELDS) return;
    fields.set(key, [...(fields.get(key) ?? []), value]);
  };
  const visit = (tree: Tree, key: string | null, depth: number): void => {
    if (depth > 8) return;
    if (tree.kind === 'scalar' && key !== null) add(key, textOf(tree));
    else if (tree.kind === 'sequence') for (const item of tree.items) visit(item, key, depth + 1);
    else if (tree.kind === 'dict') for (const [name, value] of tree.entries) visit(value, name, depth + 1);
  };
  visit(root, null, 0);
  const top = root.kind === 'sequence' ? root.items : root.kind === 'dict' ? [...root.entries.values()] : [];
  return {
    values: top.map(textOf).filter((text) => text !== ''),
    keys: root.kind === 'dict' ? [...root.entries.keys()] : [],
    fields,
  };
}
