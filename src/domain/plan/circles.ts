/**
 * Callees that call each other in a circle, by Tarjan's algorithm ("Depth-first search and linear graph algorithms", 1972),
 * with a stack of its own: nothing bounds how long a chain of projects is.
 *
 * @param neighbours - by index, the indices that a node leads to; the direction does not matter, circles are the same
 * @returns the number of the circle of each node; a node in no circle has one of its own
 */
export function circlesOf(neighbours: readonly (readonly number[])[]): readonly number[] {
  const size = neighbours.length;
  const order = new Int32Array(size).fill(-1);
  const low = new Int32Array(size);
  const circle = new Int32Array(size).fill(-1);
  const next = new Int32Array(size);
  const open: number[] = [];
  const path: number[] = [];
  let visited = 0;
  let circles = 0;
  const enter = (node: number): void => {
    order[node] = low[node] = visited;
    visited += 1;
    open.push(node);
    path.push(node);
  };
  const lower = (node: number, value: number): void => {
    low[node] = Math.min(low[node] ?? 0, value);
  };
  const leave = (node: number): void => {
    path.pop();
    const above = path.at(-1);
    if (above !== undefined) lower(above, low[node] ?? 0);
    if (low[node] !== order[node]) return;
    for (let member = open.pop(); member !== undefined; member = open.pop()) {
      circle[member] = circles;
      if (member === node) break;
    }
    circles += 1;
  };
  for (let root = 0; root < size; root += 1) {
    if (order[root] !== -1) continue;
    enter(root);
    for (let node = path.at(-1); node !== undefined; node = path.at(-1)) {
      const to = neighbours[node]?.[next[node] ?? 0];
      if (to === undefined) {
        leave(node);
        continue;
      }
      next[node] = (next[node] ?? 0) + 1;
      if (order[to] === -1) enter(to);
      else if (circle[to] === -1) lower(node, order[to] ?? 0);
    }
  }
  return [...circle];
}
