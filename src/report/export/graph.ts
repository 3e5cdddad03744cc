import type { ExportCallee, ExportEntry } from './model.ts';
import { plain } from '../text.ts';

interface Node {
  readonly name: string;
  readonly path: string;
  readonly kind: ExportEntry['kind'];
}

interface Graph {
  readonly nodes: readonly Node[];
  readonly arrows: readonly { readonly from: Node; readonly to: Node; readonly approved: boolean }[];
}

/** Callers and callees as nodes, by GitLab's ids; callees without entries are left out. */
function graphOf(callees: readonly ExportCallee[]): Graph {
  const nodes = new Map<string, Node>();
  const node = (kind: ExportEntry['kind'], id: number, path: string): Node => {
    const name = `${kind === 'group' ? 'g' : 'p'}${id}`;
    const known = nodes.get(name) ?? { name, path, kind };
    nodes.set(name, known);
    return known;
  };
  const arrows = callees.flatMap((callee) =>
    callee.entries.map(({ kind, id, path, origin }) => ({
      from: node(kind, id, path),
      to: node('project', callee.id, callee.path),
      approved: origin === 'approved',
    })),
  );
  return { nodes: [...nodes.values()], arrows };
}

/** Mermaid reads entities between quotes, and takes anything else there literally. */
const mermaidText = (text: string): string =>
  plain(text).replaceAll('&', '&amp;').replaceAll('"', '#quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** A Mermaid flowchart: groups are rounded, entries that are still to come dotted. */
export function renderMermaid(callees: readonly ExportCallee[]): string {
  const { nodes, arrows } = graphOf(callees);
  const lines = nodes.map(({ name, path, kind }) =>
    kind === 'group' ? `  ${name}(["${mermaidText(path)}"])` : `  ${name}["${mermaidText(path)}"]`,
  );
  lines.push(...arrows.map(({ from, to, approved }) => `  ${from.name} ${approved ? '-.->' : '-->'} ${to.name}`));
  return `${['flowchart LR', ...lines].join('\n')}\n`;
}

const dotText = (text: string): string => `"${plain(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

/** The same for Graphviz. */
export function renderDot(callees: readonly ExportCallee[]): string {
  const { nodes, arrows } = graphOf(callees);
  const lines = nodes.map(
    ({ name, path, kind }) => `  ${name} [label=${dotText(path)}, shape=${kind === 'group' ? 'oval' : 'box'}];`,
  );
  lines.push(
    ...arrows.map(({ from, to, approved }) => `  ${from.name} -> ${to.name}${approved ? ' [style=dashed]' : ''};`),
  );
  return `${['digraph allowlists {', '  rankdir=LR;', ...lines, '}'].join('\n')}\n`;
}
