import type { Evidence } from '../../src/domain/edges/evidence.ts';
import type { Project } from '../../src/domain/project.ts';
import { epochMs, projectId, type EpochMs } from '../../src/domain/values.ts';
import { random } from './random.ts';

export interface Organisation {
  readonly projects: readonly Project[];
  /** Distinct caller/callee pairs in the order of callees, as an inventory brings them. */
  readonly evidence: () => Generator<Evidence>;
}

const HUBS = 100;
const HUB_CALLERS = 2_000;
const DAY_MS = 86_400_000;

function projectAt(number: number, groups: readonly string[], now: EpochMs): Project {
  return {
    id: projectId(number + 1),
    path: `${groups[number % groups.length] ?? 'acme'}/project-${number}`,
    visibility: number % 20 === 0 ? 'internal' : 'private',
    archived: number % 50 === 49,
    personal: false,
    accessLevel: 50,
    inScope: true,
    allowlist: { stored: false, effective: false, entries: [] },
    unread: null,
    log: { rows: 10, cut: false },
    readAt: now,
  };
}

/**
 * An organisation as large ones are: groups to a depth of five, a hundred hubs that share a fifth of the edges and have
 * more callers than GitLab lists, all other projects with about as many callers each.
 */
export function organisation(size: number, edges: number, now: EpochMs): Organisation {
  const next = random(1);
  const groups = Array.from({ length: Math.ceil(size / 12) }, (_, n) => {
    const inner = Array.from({ length: 1 + (n % 4) }, (_level, depth) => `g${Math.floor(next() * 4 ** (depth + 1))}`);
    return [`root-${n % 10}`, ...inner].join('/');
  });
  const projects = Array.from({ length: size }, (_, n) => projectAt(n, groups, now));
  const hubs = Math.min(HUBS, Math.floor(size / 100));
  const hubCallers = Math.min(HUB_CALLERS, Math.floor(size / 2), Math.floor(edges / 5 / Math.max(1, hubs)));
  const others = (edges - hubs * hubCallers) / (size - hubs);
  return {
    projects,
    *evidence() {
      const byPath = projects
        .map((_, n) => n)
        .sort((a, b) => ((projects[a]?.path ?? '') < (projects[b]?.path ?? '') ? -1 : 1));
      for (let callee = 0; callee < size; callee += 1) {
        const isHub = callee < hubs;
        const wanted = isHub
          ? hubCallers
          : Math.floor(others * (callee - hubs + 1)) - Math.floor(others * (callee - hubs));
        const start = Math.floor(next() * size);
        // A hub is used by every third project of one part of the organisation; others from anywhere. Steps that end in 1
        // meet no project twice in a circle of 10, 100, 1,000 … projects.
        const step = isHub ? 3 : 1 + Math.floor(next() * 7) * 10;
        for (let n = 1; n <= wanted; n += 1) {
          const place = (start + n * step) % size;
          const caller = isHub ? (byPath[place] ?? place) : place;
          if (caller !== callee) yield observation(caller, callee, epochMs(now - Math.floor(next() * 20) * DAY_MS));
        }
      }
    },
  };
}

const observation = (caller: number, callee: number, seen: EpochMs): Evidence => ({
  caller: projectId(caller + 1),
  callee: projectId(callee + 1),
  source: 'auth-log',
  access: null,
  policies: null,
  where: 'authentication log',
  firstSeen: seen,
  lastSeen: seen,
  certainty: 'certain',
});
