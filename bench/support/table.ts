import { cpus, totalmem } from 'node:os';

/** A table on stdout, below it the machine that the figures come from. The first column is text, the others are figures. */
export function printTable(title: string, heads: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = heads.map((head, n) => Math.max(head.length, ...rows.map((row) => (row[n] ?? '').length)));
  const line = (row: readonly string[]) =>
    row.map((cell, n) => (n === 0 ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0))).join('  ');
  console.log([title, line(heads), ...rows.map(line), machine()].join('\n'));
}

function machine(): string {
  const processors = cpus();
  const memory = `${(totalmem() / 1_073_741_824).toFixed(0)} GB`;
  return `(${processors.length} cores, ${processors[0]?.model.trim() ?? 'unknown'}, ${memory}; Node ${process.version})`;
}

export const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(0)} MB`;
export const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
export const milliseconds = (ms: number): string => `${ms.toFixed(0)} ms`;
