import type { Expression, Target } from '../syntax.ts';

/** What an expression on the left of an assignment binds; null where it cannot be assigned to. */
export function targetOf(left: Expression, declares = false): Target | null {
  switch (left.kind) {
    case 'name':
      return { kind: 'name', name: left.name, declares };
    case 'member':
      return { kind: 'place', of: left.of, key: { kind: 'text', parts: [left.name], row: 0 } };
    case 'index':
      return { kind: 'place', of: left.of, key: left.key };
    case 'list':
      return {
        kind: 'items',
        items: left.items.map(({ value, spread }): Target => {
          const target = targetOf(value, declares) ?? { kind: 'name', name: '', declares: true };
          return spread ? { kind: 'rest', target } : target;
        }),
      };
    default:
      return null;
  }
}
