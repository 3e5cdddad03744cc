import { isDeepStrictEqual } from 'node:util';
import type { Project } from '../../domain/project.ts';
import type { InventoryChanges } from '../ports.ts';

const MOST_NAMED = 100;

/** What an inventory has found to be different before it read anything. */
export const NO_CHANGES: InventoryChanges = {
  ...{ added: 0, gone: 0, switched: 0, entries: 0, visibility: 0, newEdges: 0, renamed: 0 },
  renames: [],
};

/** Adds what is different in these projects. Those that were unread before or are now are not compared in what is unread. */
export function withChanges(
  changes: InventoryChanges,
  before: ReadonlyMap<number, Project>,
  now: readonly Project[],
): InventoryChanges {
  const moved = now.flatMap(({ id, path }) => {
    const known = before.get(id);
    return known?.readAt == null ? [] : [{ from: known.path, to: path }];
  });
  const total = { ...withRenames(changes, moved) };
  for (const project of now) {
    const known = before.get(project.id);
    // A caller known by name alone was never read: nothing of it can have changed but the name.
    if (known?.readAt == null) {
      total.added += 1;
      continue;
    }
    if (known.visibility !== project.visibility) total.visibility += 1;
    const [old, current] = [known.allowlist, project.allowlist];
    if (old === null || current === null) continue;
    if (old.effective !== current.effective || (old.stored ?? current.stored) !== (current.stored ?? old.stored)) {
      total.switched += 1;
    }
    if (!isDeepStrictEqual(old.entries, current.entries)) total.entries += 1;
  }
  return total;
}

/** Adds what has another path now. */
export function withRenames(
  changes: InventoryChanges,
  paths: readonly { readonly from: string; readonly to: string }[],
): InventoryChanges {
  const different = paths.filter(({ from, to }) => from !== to);
  const renames = [...changes.renames, ...different].slice(0, MOST_NAMED);
  return { ...changes, renamed: changes.renamed + different.length, renames };
}

/** `2 projects new, 1 renamed or moved, 3 with other entries`; null when nothing was different. */
export function changesText(changes: InventoryChanges): string | null {
  const parts = [
    [changes.added, 'new'],
    [changes.gone, 'gone'],
    [changes.renamed, 'renamed or moved'],
    [changes.switched, 'with another setting'],
    [changes.entries, 'with other entries'],
    [changes.visibility, 'with another visibility'],
  ] as const;
  const words = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  const edges = changes.newEdges > 0 ? [`${changes.newEdges} new edges`] : [];
  const all = words.length === 0 ? edges : [`projects: ${words.join(', ')}`, ...edges];
  return all.length === 0 ? null : all.join('; ');
}
