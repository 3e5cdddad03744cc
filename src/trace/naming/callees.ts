import { edgeAccess } from './access.ts';
import { createInstance, expand, predefinedVariables } from './instance.ts';
import { LineScanner, type LineSink } from '../reading/lines.ts';
import { FLAG, traceAutomaton } from '../reading/needles.ts';
import { mentionsIn, type Target } from './target.ts';
import { readLine } from '../reading/text.ts';

/** Another project that a trace names in an address that jobs use. */
export interface NamedCallee {
  /** Full path, for an image its repository path; null where the address has an id alone. */
  readonly path: string | null;
  readonly id: number | null;
  /** In the words of edges. */
  readonly access: string;
  /** 1-based line of the trace. */
  readonly line: number;
}

/** Whose trace it is and which GitLab it speaks to. */
export interface CalleesContext {
  readonly callerPath: string;
  readonly gitlabUrl: string;
  readonly registryHost: string | null;
}

/** No job reaches so many others; beyond it a log lists projects for some other reason. */
const MOST = 200;

class Collector implements LineSink {
  readonly found = new Map<string, NamedCallee>();
  readonly #context: CalleesContext;
  readonly #variables: ReadonlyMap<string, string>;
  readonly instance: ReturnType<typeof createInstance>;

  constructor(context: CalleesContext) {
    this.#context = context;
    this.instance = createInstance(context.gitlabUrl, context.registryHost);
    this.#variables = new Map(predefinedVariables(this.instance, context.callerPath));
  }

  wants(flags: number): boolean {
    return (flags & (FLAG.address | FLAG.command)) !== 0 && this.found.size < MOST;
  }

  line(number: number, raw: string): void {
    const line = readLine(number, raw);
    const text = line.command ? expand(line.text, this.#variables) : line.text;
    for (const target of mentionsIn(text, { instance: this.instance, callerPath: this.#context.callerPath }).targets) {
      const { path, id, access, scope, self } = target;
      if (scope !== 'project' || self || access === null || (path === null && id === null)) continue;
      if (!isUse(target, text)) continue;
      const key = `${access} ${path ?? id}`;
      if (!this.found.has(key)) this.found.set(key, { path, id, access: edgeAccess(access), line: number });
    }
  }
}

/** The project that a request to this path of the instance is about, and how it is used; null where it names none. */
export function calleeOfRequest(path: string, context: CalleesContext): Omit<NamedCallee, 'line'> | null {
  const instance = createInstance(context.gitlabUrl, context.registryHost);
  const address = `${instance.scheme}://${instance.host}${path.startsWith(instance.root) ? '' : instance.root}${path}`;
  const [target] = mentionsIn(address, { instance, callerPath: context.callerPath }).targets;
  if (target?.scope !== 'project' || target.access === null) return null;
  return target.path === null && target.id === null
    ? null
    : { path: target.path, id: target.id, access: edgeAccess(target.access) };
}

/** An address that a client uses, rather than a page for people that somebody printed a link to. */
function isUse({ access, registry }: Target, text: string): boolean {
  if (registry || (access !== 'git' && access !== 'api')) return true;
  return access === 'api' ? text.includes('/api/v4/') : /\.git\b|gitlab-ci-token:/.test(text);
}

/**
 * Other projects that a job's trace names in addresses of repositories, packages, images and the API, in order. That an
 * address stands there does not prove that the job token was used for it.
 *
 * @throws TypeError when `gitlabUrl` is no URL; nothing else, whatever the bytes are
 */
export async function namedCallees(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  context: CalleesContext,
): Promise<readonly NamedCallee[]> {
  const collector = new Collector(context);
  const scanner = new LineScanner(traceAutomaton(collector.instance), collector);
  for await (const chunk of chunks) scanner.push(chunk);
  scanner.end();
  return [...collector.found.values()];
}
