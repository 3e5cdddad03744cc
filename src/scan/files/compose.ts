import { child, deepMerge, itemsOf, readYaml, textOf } from '../ci/tree.ts';
import type { Dict, Tree } from '../ci/tree.ts';
import { hasUnknown, unknown } from '../marks.ts';
import { pull } from '../reach/image.ts';
import type { Call } from '../shell/call.ts';
import { runDockerfile } from './dockerfile.ts';

/** Follows compose files, later ones over earlier ones: images that are pulled, and builds with their arguments. */
export function runCompose(call: Call, paths: readonly string[], verb: string, wanted = EVERYTHING, depth = 0): void {
  const files = paths.flatMap((path) => composeFile(call, path) ?? []);
  const [first] = files;
  if (!first) return;
  // Paths in all of them count from the folder of the first.
  const { key } = first;
  const root = files.map((file) => file.root).reduce((left, right) => deepMerge(left, right));
  const beside = (name: string): string => call.workspace.absolute(`${key.replace(/[^/]*$/u, '')}${name}`);
  for (const item of itemsOf(child(root, 'include')))
    if (depth < MAX_DEPTH) {
      const included = itemsOf(item.kind === 'dict' ? child(item, 'path') : item);
      runCompose(
        call,
        included.map((one) => beside(textOf(one))),
        verb,
        wanted,
        depth + 1,
      );
    }
  const services = child(root, 'services');
  if (services?.kind !== 'dict') return;
  const expand = (tree: Tree | undefined): string => composeText(textOf(tree), call);
  const started = startedBy(services, verb, wanted.named);
  for (const [name, service] of services.entries) {
    if (!chosen(name, service, wanted) || started?.has(name) === false) continue;
    const base = textOf(child(service, 'extends', 'file'));
    const named = [textOf(child(service, 'extends', 'service'))];
    if (base !== '' && depth < MAX_DEPTH)
      runCompose(call, [beside(base)], verb, { profiles: [], named, only: true }, depth + 1);
    const build = child(service, 'build');
    if (build && verb !== 'pull') {
      const context = expand(child(build, 'context')) || '.';
      const folder = key.includes('/')
        ? `/builds/${call.findings.instance.caller}/${key.replace(/\/[^/]*$/u, '')}/${context}`
        : context;
      const file = expand(child(build, 'dockerfile')) || 'Dockerfile';
      for (const { value, at } of buildArgs(child(build, 'additional_contexts'), expand)) {
        const base = /(?:^|=)docker-image:\/\/(.+)$/u.exec(value)?.[1];
        if (base !== undefined) pull(call, { value: base, at });
      }
      runDockerfile(call, `${folder}/${file}`, {
        args: buildArgs(child(build, 'args'), expand),
        secrets: secretsOf(itemsOf(child(build, 'secrets')), child(root, 'secrets'), expand),
        target: expand(child(build, 'target')) || null,
        context: folder,
      });
      continue;
    }
    const image = child(service, 'image');
    if (image?.kind === 'scalar' && verb !== 'build') pull(call, { value: expand(image), at: image.at });
  }
}

/** A compose file in which every build is a mapping, so that another file can add to it. */
function composeFile(call: Call, path: string): { readonly key: string; readonly root: Tree } | null {
  const text = call.workspace.text(path, call.state);
  const key = call.workspace.resolve(path, call.state.cwd);
  const root = text === null || key === null ? undefined : readYaml(text, key).documents[0];
  if (key === null || root === undefined) return null;
  const services = child(root, 'services');
  if (root.kind !== 'dict' || services?.kind !== 'dict') return { key, root };
  const whole = new Map(
    [...services.entries].map(([name, service]) => {
      const build = child(service, 'build');
      if (service.kind !== 'dict' || build?.kind !== 'scalar') return [name, service] as const;
      const asDict: Tree = { kind: 'dict', entries: new Map([['context', build]]), at: build.at };
      return [name, { ...service, entries: new Map(service.entries).set('build', asDict) }] as const;
    }),
  );
  return { key, root: { ...root, entries: new Map(root.entries).set('services', { ...services, entries: whole }) } };
}

/** Secrets of a build as BuildKit's `id=NAME,env=VARIABLE` and `id=NAME,src=FILE`. */
function secretsOf(
  used: readonly Tree[],
  declared: Tree | undefined,
  expand: (tree: Tree | undefined) => string,
): readonly { value: string; at: Tree['at'] }[] {
  return used.map((item) => {
    const name = expand(item.kind === 'dict' ? child(item, 'source') : item);
    const id = expand(child(item, 'target')) || name;
    const variable = expand(child(declared, name, 'environment'));
    const source = variable === '' ? `src=${expand(child(declared, name, 'file'))}` : `env=${variable}`;
    return { value: `id=${id},${source}`, at: item.at };
  });
}

/** Which services a command is about. */
export interface ComposeChoice {
  /** Profiles that are on; `*` for all. */
  readonly profiles: readonly string[];
  /** Services that the command names, which need no profile. */
  readonly named: readonly string[];
  /** No other services than the named ones. */
  readonly only?: boolean;
}

const MAX_DEPTH = 5;

const EVERYTHING: ComposeChoice = { profiles: ['*'], named: [] };

/** The services that a command names, with those they depend on where it starts them; null when it names none. */
function startedBy(services: Dict, verb: string, named: readonly string[]): ReadonlySet<string> | null {
  const found = new Set(named.filter((name) => services.entries.has(name)));
  if (found.size === 0) return null;
  if (verb === 'build' || verb === 'pull') return found;
  // A set that grows while it is gone through is gone through to its end.
  for (const name of found)
    for (const key of ['depends_on', 'links']) {
      const needed = child(services.entries.get(name), key);
      const names = needed?.kind === 'dict' ? [...needed.entries.keys()] : itemsOf(needed).map(textOf);
      for (const one of names) found.add(one.replace(/:.*$/u, ''));
    }
  return found;
}

/** A service with profiles starts with one of them, or by its name. */
function chosen(name: string, service: Tree, { profiles, named, only }: ComposeChoice): boolean {
  if (only === true) return named.includes(name);
  const own = itemsOf(child(service, 'profiles')).map(textOf);
  if (own.length === 0 || profiles.includes('*') || named.includes(name)) return true;
  return own.some((profile) => profiles.includes(profile) || hasUnknown(profile));
}

function buildArgs(
  tree: Tree | undefined,
  expand: (tree: Tree | undefined) => string,
): readonly { value: string; at: Tree['at'] }[] {
  if (tree?.kind !== 'dict') return itemsOf(tree).map((item) => ({ value: expand(item), at: item.at }));
  return [...tree.entries].map(([name, value]) => ({
    value: value.kind === 'scalar' && value.value === null ? name : `${name}=${expand(value)}`,
    at: value.at,
  }));
}

/** `${X:-default}` and `$X`, which compose takes from the environment. */
function composeText(text: string, call: Call): string {
  return text.replace(
    /\$\{(\w+)(?::?[-?]([^}]*))?\}|\$(\w+)/gu,
    (_, braced?: string, fallback?: string, bare?: string) => {
      const name = braced ?? bare ?? '';
      return call.state.value(name) ?? fallback ?? unknown(name);
    },
  );
}
