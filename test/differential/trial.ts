import { createForge } from '../../src/adapters/gitlab/index.ts';
import type { Edge } from '../../src/domain/edges/edge.ts';
import { needsTogether } from '../../src/domain/access/permissions.ts';
import { UNREAD_FACTS, type Project } from '../../src/domain/project.ts';
import { ancestorPaths, epochMs } from '../../src/domain/values.ts';
import type { PlannedCallee } from '../../src/domain/plan/plan.ts';
import type { KnownGroup } from '../../src/engine/planning/fit.ts';
import type { Forge, Permit, ProjectReading } from '../../src/engine/ports.ts';
import { startSandbox } from '../../src/sandbox/index.ts';

interface TruthEdge {
  readonly caller: string;
  readonly callee: string;
  readonly access: string;
  readonly allowed: number;
  readonly denied: number;
}

const EVERYTHING = { kind: 'all' } as const;
/** Nobody else drives here. */
const permit = (() => Promise.resolve()) as Permit;
const PUSHES = `mutation($path: ID!) {
  projectCiCdSettingsUpdate(input: { fullPath: $path, crossProjectPushForJobTokenAllowed: true }) { errors }
}`;

/** Reads an organisation as an inventory does: projects page by page, feature levels of those that share something. */
async function readAll(forge: Forge): Promise<readonly Project[]> {
  const readings: ProjectReading[] = [];
  for (let after: string | null = null; ;) {
    const page = await forge.projects(EVERYTHING, after);
    readings.push(...page.items);
    if (page.next === null) break;
    after = page.next;
  }
  const features = new Map<number, NonNullable<Project['facts']>['features']>();
  for (const visibility of ['public', 'internal'] as const) {
    for (const row of (await forge.features(EVERYTHING, visibility, null)).items) features.set(row.id, row.features);
  }
  return readings.map(({ project }) => ({
    ...project,
    inScope: true,
    facts: { ...(project.facts ?? UNREAD_FACTS), features: features.get(project.id) ?? {} },
  }));
}

/** One organisation on a stand-in of this process: as the product reads it, and as it really is. */
export class Trial {
  readonly projects: readonly Project[];
  readonly policies: readonly string[];
  /** Kinds of access that got in so far, by `caller>callee`. What was refused all along is nobody's edge. */
  readonly seen: ReadonlyMap<string, readonly string[]>;
  readonly #standIn: Awaited<ReturnType<typeof startSandbox>>;
  readonly #forge: Forge;
  readonly #before: readonly TruthEdge[];

  private constructor(
    standIn: Awaited<ReturnType<typeof startSandbox>>,
    forge: Forge,
    projects: readonly Project[],
    policies: readonly string[],
    before: readonly TruthEdge[],
  ) {
    this.#standIn = standIn;
    this.#forge = forge;
    this.#before = before;
    this.projects = projects;
    this.policies = policies;
    const seen = new Map<string, string[]>();
    for (const { caller, callee, access, allowed } of before) {
      const key = `${caller}>${callee}`;
      if (allowed > 0 && caller !== callee) seen.set(key, [...(seen.get(key) ?? []), access]);
    }
    this.seen = seen;
  }

  /** @param pushed - projects that let others push (19.x), a day before they are read */
  static async begin(organisation: object, pushed: readonly string[] = []): Promise<Trial> {
    const text = JSON.stringify(organisation);
    const standIn = await startSandbox({ organisation: { kind: 'text', text }, token: 'glpat-differential' });
    for (const path of pushed) await call(standIn, 'POST', 'api/graphql', { query: PUSHES, variables: { path } });
    if (pushed.length > 0) await call(standIn, 'POST', '-/sandbox/clock', { advance: '25h' });
    const { forge } = createForge({ url: standIn.url, token: () => standIn.token, maxRpm: null, concurrency: 4 });
    const projects = await readAll(forge);
    const { policies } = await forge.capabilities();
    return new Trial(standIn, forge, projects, policies, await truthOf(standIn));
  }

  close(): Promise<void> {
    return this.#standIn.close();
  }

  call<T>(method: string, path: string, body?: object): Promise<T> {
    return call(this.#standIn, method, path, body);
  }

  /** The observed edges of one callee; `told`: by traces, which name the kind, else by the log, which does not. */
  edgesOf(callee: Project, told: boolean): readonly Edge[] {
    return this.projects.flatMap((caller): Edge[] => {
      const kinds = this.seen.get(`${caller.path}>${callee.path}`);
      if (!kinds) return [];
      return [
        {
          ...{ caller: caller.id, callerPath: caller.path, callee: callee.id, calleePath: callee.path },
          access: told ? [...kinds].sort() : [],
          sources: [told ? 'trace' : 'auth-log'],
          needs: told ? needsTogether(kinds.map((kind) => ({ source: 'trace', access: kind, policies: null }))) : null,
          ...{ firstSeen: epochMs(0), lastSeen: epochMs(0), state: 'undecided', decisionId: null },
        },
      ];
    });
  }

  readonly isPersonal = (id: Project['id']): boolean =>
    this.projects.find((project) => project.id === id)?.personal === true;

  /** The groups above any project, as a plan asks for them; none on a server that takes no groups as entries. */
  async groups(): Promise<ReadonlyMap<string, KnownGroup>> {
    const known = new Map<string, KnownGroup>();
    for (const path of new Set(this.projects.flatMap((project) => ancestorPaths(project.path)))) {
      const group = await this.#forge.group(path);
      if (group) known.set(path.toLowerCase(), { id: group.id, size: null });
    }
    return known;
  }

  /** Changes the entries of a callee as its plan says: first what comes, then what goes. */
  async apply({ id, path, add, narrow, remove }: PlannedCallee): Promise<void> {
    const callee = { id, path };
    for (const entry of add) await this.#forge.addEntry(callee, entry, permit);
    for (const entry of narrow) await this.#forge.setPermissions(callee, entry, permit);
    for (const entry of remove) await this.#forge.removeEntry(callee, entry, permit);
  }

  /** Enforces every callee by hand, lets a day pass, and tells which observed uses were refused, by `caller>callee`. */
  async enforceAll(
    callees: readonly { readonly id: number }[] = this.projects,
  ): Promise<ReadonlyMap<string, readonly string[]>> {
    for (const { id } of callees) await this.call('PATCH', `api/v4/projects/${id}/job_token_scope`, { enabled: true });
    await this.call('POST', '-/sandbox/clock', { advance: '25h' });
    const before = new Map(this.#before.map((edge) => [keyOf(edge), edge.denied]));
    const refused = new Map<string, string[]>();
    for (const edge of await truthOf(this.#standIn)) {
      const key = `${edge.caller}>${edge.callee}`;
      if (this.seen.get(key)?.includes(edge.access) !== true || edge.denied <= (before.get(keyOf(edge)) ?? 0)) continue;
      refused.set(key, [...(refused.get(key) ?? []), edge.access]);
    }
    return refused;
  }
}

const keyOf = ({ caller, callee, access }: TruthEdge): string => `${caller}>${callee} ${access}`;

type Address = Readonly<{ url: string; token: string }>;

const truthOf = async (standIn: Address): Promise<readonly TruthEdge[]> =>
  (await call<{ edges: readonly TruthEdge[] }>(standIn, 'GET', '-/sandbox/truth')).edges;

async function call<T>({ url, token }: Address, method: string, path: string, body?: object): Promise<T> {
  const response = await fetch(`${url}/${path}`, {
    method,
    headers: { 'PRIVATE-TOKEN': token, 'Content-Type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const answer = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${answer}`);
  return (answer === '' ? null : JSON.parse(answer)) as T;
}
