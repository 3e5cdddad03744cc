import type { MiddlewareHandler } from 'hono';
import { setTimeout as sleep } from 'node:timers/promises';
import picomatch from 'picomatch';
import { presentedSecret } from '../authenticate.ts';
import type { Call, SandboxEnv, Stand } from '../env.ts';
import { DROPPED_HEADER, routePattern } from '../journal/journal-middleware.ts';
import { disturbWorld } from './disturbances.ts';
import { FaultFileError, type FaultFile, type FaultRule } from './schema.ts';

/** What the rules look at. */
export interface FaultProbe {
  readonly method: string;
  /** Whether it is a call of the API; a rule without `route` speaks of these alone. */
  readonly isApi: boolean;
  readonly path: string;
  readonly route: string | null;
  /** The GraphQL document, or an empty text. */
  readonly document: string;
}

interface ArmedRule {
  readonly rule: FaultRule;
  readonly matchesRoute: (path: string) => boolean;
  calls: number;
  fired: number;
}

/** Decides which faults a call meets; the same calls and the same seed meet the same faults. */
export class FaultEngine {
  readonly #rules: readonly ArmedRule[];
  readonly #seed: number;
  #draws = 0;

  constructor(file: FaultFile) {
    this.#seed = file.seed;
    this.#rules = file.rules.map((rule) => ({
      rule,
      matchesRoute: rule.when.route === undefined ? () => true : picomatch(rule.when.route, { dot: true }),
      calls: 0,
      fired: 0,
    }));
  }

  /**
   * Checks what the rules name: a project or entry that is nowhere would be a fault that never happens, unnoticed.
   *
   * @throws {FaultFileError} naming all of them
   */
  expectPlaces(isThere: (path: string) => boolean): void {
    const made = new Set(this.#rules.map(({ rule }) => ('to' in rule ? rule.to : null)));
    const problems = this.#rules.flatMap(({ rule }, index) =>
      (['project', 'entry', 'place'] as const).flatMap((key) => {
        const path = (rule as Partial<Record<typeof key, string>>)[key];
        return path === undefined || isThere(path) || made.has(path)
          ? []
          : [`rule ${String(index + 1)}: ${key}: no "${path}" in the organisation`];
      }),
    );
    if (problems.length > 0) throw new FaultFileError(problems);
  }

  /** The rules that fire for this call, in file order. */
  next(probe: FaultProbe): readonly FaultRule[] {
    return this.#rules.filter((armed) => this.#fires(armed, probe)).map(({ rule }) => rule);
  }

  #fires(armed: ArmedRule, probe: FaultProbe): boolean {
    const { when, times } = armed.rule;
    if (when.method !== undefined && when.method !== probe.method) return false;
    if (!probe.isApi && when.route === undefined) return false;
    if (!armed.matchesRoute(probe.path) && !armed.matchesRoute(probe.route ?? probe.path)) return false;
    if (when.graphql !== undefined && !probe.document.includes(when.graphql)) return false;
    armed.calls += 1;
    if (when.call !== undefined && when.call !== armed.calls) return false;
    if (when.every !== undefined && armed.calls % when.every !== 0) return false;
    if (when.rate !== undefined && this.#draw() >= when.rate) return false;
    if (times !== undefined && armed.fired >= times) return false;
    armed.fired += 1;
    return true;
  }

  /** Mulberry32 over the number of draws so far: 0 ≤ value < 1. */
  #draw(): number {
    this.#draws += 1;
    let state = (this.#seed + this.#draws * 0x6d2b79f5) | 0;
    state = Math.imul(state ^ (state >>> 15), state | 1);
    state ^= state + Math.imul(state ^ (state >>> 7), state | 61);
    return ((state ^ (state >>> 14)) >>> 0) / 4_294_967_296;
  }
}

const HTML_PAGE =
  '<!DOCTYPE html>\n<html><head><title>GitLab</title></head><body><h1>GitLab is not responding</h1></body></html>\n';

/** Lets the configured faults happen around the call. */
export function faultMiddleware(stand: Stand, engine: FaultEngine): MiddlewareHandler<SandboxEnv> {
  return async (call, next) => {
    const rules = engine.next(await probeOf(call));
    for (const rule of rules) {
      await before(stand, call, rule);
      const answer = replacement(call, rule);
      if (answer !== null) {
        call.res = answer;
        return;
      }
    }
    await next();
    for (const rule of rules) await after(call, rule);
  };
}

async function probeOf(call: Call): Promise<FaultProbe> {
  const route = routePattern(call);
  const document = route === '/api/graphql' ? await call.req.text() : '';
  const { method, path } = call.req;
  return { method, isApi: path.startsWith('/api/'), path, route, document };
}

async function before(stand: Stand, call: Call, rule: FaultRule): Promise<void> {
  if (rule.what === 'slow') await sleep(rule.ms);
  if (rule.what === 'expired_token') {
    const secret = presentedSecret(call);
    const token = secret === null ? null : stand.tokens.find(secret);
    if (token !== null) stand.tokens.expire(token);
  }
  disturbWorld(stand, rule);
}

/** The answer that a fault gives in place of the route's, or null. */
function replacement(call: Call, rule: FaultRule): Response | null {
  switch (rule.what) {
    case 'rate_limited':
      return call.text(
        'Retry later\n',
        429,
        rule.retryAfter === undefined ? {} : { 'Retry-After': String(rule.retryAfter) },
      );
    case 'status':
      // 502 and 503 come from the proxy before GitLab, which knows no JSON.
      return rule.status === 500 && call.req.path.startsWith('/api/')
        ? call.json({ message: '500 Internal Server Error' }, 500)
        : call.html(HTML_PAGE, rule.status);
    case 'html_200':
      return call.html(HTML_PAGE, 200);
    case 'reset_before':
      return dropped(call);
    case 'reset_after':
    case 'slow':
    case 'truncated':
    case 'expired_token':
    case 'person_adds_entry':
    case 'person_removes_entry':
    case 'role_changed':
    case 'project_moved':
    case 'project_deleted':
      return null;
  }
}

async function after(call: Call, rule: FaultRule): Promise<void> {
  if (rule.what === 'reset_after') call.res = dropped(call);
  if (rule.what === 'truncated') {
    const whole = new Uint8Array(await call.res.arrayBuffer());
    const headers = new Headers(call.res.headers);
    headers.delete('content-length');
    const part = whole.slice(0, Math.floor(whole.length / 2));
    // `call.res =` would merge the old headers back in; clear it first.
    const { status } = call.res;
    call.res = undefined;
    call.res = new Response(status === 204 ? null : part, { status, headers });
  }
}

/** Resets the connection. The answer that remains is only for the journal; nobody receives it. */
function dropped(call: Call): Response {
  call.env.incoming.socket.resetAndDestroy();
  return new Response(null, { status: 500, headers: { [DROPPED_HEADER]: '1' } });
}
