import type { ExportCallee, ExportEntry, ExportForm } from './model.ts';
import { plain } from '../text.ts';

interface Node {
  readonly name: string;
  readonly path: string;
  readonly kind: ExportEntry['kind'];
}

interface Arrow {
  readonly from: Node;
  readonly to: Node;
  readonly approved: boolean;
}

interface Language {
  readonly begin: string;
  readonly node: (node: Node) => string;
  readonly arrow: (arrow: Arrow) => string;
  readonly end: string;
}

const nodeOf = (kind: ExportEntry['kind'], id: number, path: string): Node => ({
  name: `${kind === 'group' ? 'g' : 'p'}${id}`,
  path,
  kind,
});

/** Callers and callees as nodes, by GitLab's ids, each before its first arrow; callees without entries are left out. */
function graph({ begin, node, arrow, end }: Language): ExportForm {
  const drawn = new Set<string>();
  const once = (one: Node): readonly string[] => {
    if (drawn.has(one.name)) return [];
    drawn.add(one.name);
    return [node(one)];
  };
  const callee = ({ id, path, entries }: ExportCallee): string => {
    const to = nodeOf('project', id, path);
    const lines = entries.flatMap((entry) => {
      const from = nodeOf(entry.kind, entry.id, entry.path);
      return [...once(from), ...once(to), arrow({ from, to, approved: entry.origin === 'approved' })];
    });
    return lines.map((line) => `  ${line}\n`).join('');
  };
  return { begin, callee, end: () => end };
}

/** Mermaid reads entities between quotes, and takes anything else there literally. */
const mermaidText = (text: string): string =>
  plain(text).replaceAll('&', '&amp;').replaceAll('"', '#quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** A Mermaid flowchart: groups are rounded, entries that are still to come dotted. */
export const mermaid = (): ExportForm =>
  graph({
    begin: 'flowchart LR\n',
    node: ({ name, path, kind }) =>
      kind === 'group' ? `${name}(["${mermaidText(path)}"])` : `${name}["${mermaidText(path)}"]`,
    arrow: ({ from, to, approved }) => `${from.name} ${approved ? '-.->' : '-->'} ${to.name}`,
    end: '',
  });

const dotText = (text: string): string => `"${plain(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

/** The same for Graphviz. */
export const dot = (): ExportForm =>
  graph({
    begin: 'digraph allowlists {\n  rankdir=LR;\n',
    node: ({ name, path, kind }) => `${name} [label=${dotText(path)}, shape=${kind === 'group' ? 'oval' : 'box'}];`,
    arrow: ({ from, to, approved }) => `${from.name} -> ${to.name}${approved ? ' [style=dashed]' : ''};`,
    end: '}\n',
  });
