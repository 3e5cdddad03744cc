import type { JobVariant } from './ci/variants.ts';
import type { Handover } from './ci/handover.ts';
import { MAX_HANDOVERS } from './ci/handover.ts';
import type { Tree } from './ci/tree.ts';
import { child, itemsOf, textOf } from './ci/tree.ts';
import { expandText } from './ci/variables.ts';
import { LIKELY, unknown } from './marks.ts';
import type { Binding, Line, ShellState } from './shell/state.ts';
import { textOfLines } from './shell/state.ts';
import type { Workspace } from './shell/workspace.ts';

/** What a job leaves by `artifacts:`: files that it wrote itself, and variables of dotenv reports. */
export function handedOver(
  variant: JobVariant,
  ends: readonly ShellState[],
  workspace: Workspace,
): readonly Handover[] {
  const artifacts = child(variant.job, 'artifacts');
  const expanded = (tree: Tree | undefined): readonly string[] =>
    itemsOf(tree).map((item) =>
      expandText(textOf(item), (name) => variant.variables.get(name)?.value ?? unknown(name)),
    );
  const paths = textOf(child(artifacts, 'untracked')) === 'true' ? ['**'] : expanded(child(artifacts, 'paths'));
  const reports = expanded(child(artifacts, 'reports', 'dotenv'));
  if (paths.length + reports.length === 0) return [];
  const found = new Map<string, Handover>();
  for (const state of ends) {
    if (found.size >= MAX_HANDOVERS) break;
    const files = new Map(matching(paths, state, workspace));
    const variables = new Map(matching(reports, state, workspace).flatMap(([, lines]) => assignments(lines)));
    if (files.size + variables.size === 0) continue;
    const key = JSON.stringify([
      Array.from(files, ([path, lines]) => [path, textOfLines(lines)]),
      Array.from(variables, ([name, { value }]) => [name, value]),
    ]);
    found.set(key, { files, variables });
  }
  return [...found.values()];
}

/** Files that the job wrote below the checkout and that a path or pattern names. */
function matching(
  patterns: readonly string[],
  { files }: ShellState,
  { checkout }: Workspace,
): readonly (readonly [string, readonly Line[]])[] {
  const written = [...files].flatMap(([path, lines]) =>
    lines === null || /^[/~]/u.test(path) ? [] : [[path, lines] as const],
  );
  const names = written.map(([path]) => path);
  const taken = new Set(
    patterns.flatMap((pattern) => {
      const clean = pattern.replace(/^(?:\.?\/)+/u, '').replace(/\/+$/u, '');
      if (/[*?[{]/u.test(clean)) return checkout.among(names, clean, 'exists');
      return names.filter((path) => path === clean || path.startsWith(`${clean}/`));
    }),
  );
  return written.filter(([path]) => taken.has(path));
}

/** `NAME=value` lines. What a job computed is a value of its run: it is likely, not certain. */
const assignments = (lines: readonly Line[]): readonly (readonly [string, Binding])[] =>
  lines.flatMap(({ text, at }) => {
    const [, name = '', value = ''] = /^\s*([A-Za-z_]\w*)=(.*)$/u.exec(text) ?? [];
    return name === '' ? [] : [[name, { value: value.trim() + LIKELY, at }] as const];
  });
