import { redact } from '../../domain/redact.ts';
import { projectEndpoint, wideEndpoint } from './endpoints.ts';
import type { Callee, Instance } from './instance.ts';
import { isProjectPath, splitUrl } from './instance.ts';
import { hasUnknown, isLikely, readable } from '../marks.ts';
import type { AccessKind, Certainty, Origin, ScanEdge, ScanResult, UnresolvedAccess } from '../types.ts';

/** One use of the token. `access` and `policies` override what the address itself tells. */
export interface Use {
  readonly at: Origin;
  readonly access?: AccessKind;
  readonly policies?: readonly string[];
  readonly method?: string;
  readonly likely?: boolean;
}

/** Collects edges and unresolved accesses: one edge per callee and access, with the widest permissions seen. */
export class Findings {
  readonly instance: Instance;
  readonly #edges = new Map<string, ScanEdge>();
  readonly #unresolved = new Map<string, UnresolvedAccess>();
  /** Set while code runs that only an overridden default can start: nothing there is certain. */
  doubtful = false;

  constructor(instance: Instance) {
    this.instance = instance;
  }

  /** How many accesses were recorded, those without a name among them. */
  get count(): number {
    return this.#edges.size + this.#unresolved.size;
  }

  /** Records an access to a callee; the caller's own project is none. */
  callee(callee: Callee, access: AccessKind, policies: readonly string[], use: Use, expression: string): void {
    if (callee.kind === 'own') return;
    // Whatever a reader took for a path: what GitLab would never take is not reported as one.
    const why = callee.kind === 'unnamed' ? callee.why : 'this is no full project path';
    if (callee.kind === 'unnamed' || !isProjectPath(callee.path)) {
      this.unresolved(access, expression, why, use.at);
      return;
    }
    const certainty: Certainty = use.likely === true || callee.likely || this.doubtful ? 'likely' : 'certain';
    const key = `${callee.path.toLowerCase()} ${access}`;
    const known = this.#edges.get(key);
    const better = known === undefined || (known.certainty === 'likely' && certainty === 'certain');
    this.#edges.set(key, {
      callee: known?.callee ?? callee.path,
      access,
      policies: widest([...(known?.policies ?? []), ...policies]),
      file: better ? use.at.file : known.file,
      line: better ? use.at.line : known.line,
      certainty: better ? certainty : known.certainty,
    });
  }

  unresolved(access: AccessKind, expression: string, why: string, at: Origin): void {
    const entry = { access, expression: redact(readable(expression)), why, file: at.file, line: at.line };
    const key = `${access} ${at.file} ${at.line} ${entry.expression}`;
    if (!this.#unresolved.has(key)) this.#unresolved.set(key, entry);
  }

  /** A repository address that is fetched with the job token. */
  repository(url: string, use: Use): void {
    const access = use.access ?? 'git';
    const parts = splitUrl(url);
    if (!parts) return;
    if (!this.instance.owns(parts)) {
      if (hasUnknown(parts.host)) this.unresolved(access, url, 'the host is a value that only the job knows', use.at);
      return;
    }
    const below = this.instance.below(parts);
    const lfs = /^(.+?)\.git\/info\/lfs/u.exec(below);
    const path = lfs?.[1] ?? below.replace(/\.git\/(?:info\/refs|git-upload-pack|git-receive-pack).*$/u, '.git');
    const callee = this.instance.project(path, isLikely(url));
    this.callee(callee, lfs ? 'lfs' : access, use.policies ?? [], use, path);
  }

  /** A REST address that is called with the job token. */
  api(url: string, use: Use): void {
    const parts = splitUrl(url);
    if (!parts) return;
    if (!this.instance.owns(parts)) {
      if (hasUnknown(parts.host)) {
        this.unresolved(use.access ?? 'unknown', url, 'the host is a value that only the job knows', use.at);
      }
      return;
    }
    const below = this.instance.below(parts);
    const rest = /^api\/v4\/([^]*)$/u.exec(below)?.[1];
    if (rest !== undefined) this.#rest(rest, use, isLikely(url));
    else if (/^jwt\/auth$/u.test(below)) this.#registryToken(url, use);
    else if (/\.git(?:\/|$)/u.test(below)) this.repository(url, use);
  }

  /** `jwt/auth?scope=repository:PATH:pull` hands out the registry's own token for one image. */
  #registryToken(url: string, use: Use): void {
    const path = /[?&]scope=repository(?::|%3A)([^:&%]+(?:%2F[^:&%]+)*)(?::|%3A)[^&]*pull/iu.exec(url)?.[1];
    if (path !== undefined)
      this.callee(this.instance.imageProject(path.replace(/%2f/giu, '/')), 'container-registry', [], use, path);
  }

  #rest(rest: string, use: Use, likely: boolean): void {
    const wide = wideEndpoint(rest);
    if (wide) {
      const group =
        wide.group === null ? 'instance-level endpoint' : `group-level endpoint of ${this.instance.group(wide.group)}`;
      this.unresolved(use.access ?? wide.access, rest, `${group}: it names no project`, use.at);
      return;
    }
    const match = /^projects\/([^/]+)\/([^]+)$/u.exec(rest);
    if (!match) {
      if (/^projects\/?$|^projects\/[^/]*$/u.test(rest) || !hasUnknown(rest)) return;
      this.unresolved(use.access ?? 'api', rest, 'the address holds a value that only the job knows', use.at);
      return;
    }
    const [, id = '', tail = ''] = match;
    const endpoint = projectEndpoint(tail, use.method ?? 'GET');
    const access = use.access ?? endpoint?.access;
    if (access === undefined) {
      if (hasUnknown(tail.split('/')[0] ?? '')) this.#unnamedEndpoint(id, rest, use);
      return;
    }
    const callee = this.instance.projectById(id);
    const doubtful = use.likely === true || likely;
    this.callee(callee, access, use.policies ?? endpoint?.policies ?? [], { ...use, likely: doubtful }, rest);
  }

  /** The project may be named while what is asked of it is not. */
  #unnamedEndpoint(id: string, rest: string, use: Use): void {
    const callee = this.instance.projectById(id);
    if (callee.kind === 'own') return;
    this.unresolved('api', rest, 'what is asked of the project is a value that only the job knows', use.at);
  }

  /** An image of the instance's registry that is pulled with the job token. */
  image(image: string, use: Use): void {
    if (image.includes('/dependency_proxy/')) return;
    const path = this.instance.registryPath(image);
    if (path === null || this.instance.isShipped(path)) return;
    this.callee(this.instance.imageProject(path), 'container-registry', [], use, image);
  }

  result(): Pick<ScanResult, 'edges' | 'unresolved'> {
    return {
      edges: [...this.#edges.values()].sort(byPlace),
      unresolved: [...this.#unresolved.values()].sort(byPlace),
    };
  }
}

/** Drops each `READ_X` beside its `ADMIN_X`; sorted. */
function widest(policies: readonly string[]): readonly string[] {
  const set = new Set(policies);
  return [...set].filter((name) => !name.startsWith('READ_') || !set.has(name.replace('READ_', 'ADMIN_'))).sort();
}

function byPlace(a: Origin & { access: string }, b: Origin & { access: string }): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || (a.access < b.access ? -1 : 1);
}
