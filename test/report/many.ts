import type { ReportInput } from '../../src/report/model/input.ts';
import { allowlist, at, callee, decision, edge, entry, input, plan, planned, project, wave } from './rows.ts';

/** A large organisation, enforced in four waves: every project calls some of the first hundred, which are libraries. */
export function manyProjects(projects: number, edges: number): ReportInput {
  const all = Array.from({ length: projects }, (_, index) =>
    project(index + 1, `organisation/division-${index % 17}/team-${index % 230}/service-${index}`, {
      allowlist: allowlist(true, [
        entry('group', 7, 'organisation'),
        entry('project', index + 2, 'organisation/other'),
      ]),
    }),
  );
  const known = Array.from({ length: edges }, (_, index) => {
    const caller = all[index % projects]!;
    const to = all[index % 3 === 0 ? (index * 7) % 100 : (index * 31 + 11) % projects]!;
    return edge(caller, to, { sources: ['auth-log', 'scan'], lastUsed: at(38) });
  });
  const size = Math.ceil(projects / 4);
  const parts = [0, 1, 2, 3].map((part) => all.slice(part * size, (part + 1) * size));
  return input({
    projects: all,
    edges: known,
    decisions: known.map((row, index) => decision(index + 1, row)),
    plans: [
      plan({
        waves: parts.map((part, index) => ({
          number: index + 1,
          kind: 'wave',
          instanceSwitch: false,
          callees: part.map((of) => planned(of)),
        })),
      }),
    ],
    waves: parts.map((part, index) =>
      wave(index + 1, { callees: part.map((of) => callee(of, 'enforced', at(16 + 7 * index))) }),
    ),
  });
}
