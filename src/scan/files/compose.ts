import { child, itemsOf, readYaml, textOf } from '../ci/tree.ts';
import type { Tree } from '../ci/tree.ts';
import { hasUnknown, unknown } from '../marks.ts';
import { pull } from '../reach/image.ts';
import type { Call } from '../shell/call.ts';
import { runDockerfile } from './dockerfile.ts';

/** Follows a compose file: images that are pulled, and builds with their arguments. */
export function runCompose(call: Call, path: string, verb: string, wanted = EVERYTHING, depth = 0): void {
  const text = call.workspace.text(path, call.state);
  const key = call.workspace.resolve(path, call.state.cwd);
  if (text === null || key === null) return;
  const root = readYaml(text, key).documents[0];
  const beside = (name: string): string => call.workspace.absolute(`${key.replace(/[^/]*$/u, '')}${name}`);
  for (const item of itemsOf(child(root, 'include')))
    for (const one of itemsOf(item.kind === 'dict' ? child(item, 'path') : item))
      if (depth < MAX_DEPTH) runCompose(call, beside(textOf(one)), verb, wanted, depth + 1);
  const services = child(root, 'services');
  if (services?.kind !== 'dict') return;
  const expand = (tree: Tree | undefined): string => composeText(textOf(tree), call);
  for (const [name, service] of services.entries) {
    if (!chosen(name, service, wanted)) continue;
    const base = textOf(child(service, 'extends', 'file'));
    const named = [textOf(child(service, 'extends', 'service'))];
    if (base !== '' && depth < MAX_DEPTH)
      runCompose(call, beside(base), verb, { profiles: [], named, only: true }, depth + 1);
    const build = child(service, 'build');
    if (build && verb !== 'pull') {
      const context = expand(build.kind === 'scalar' ? build : child(build, 'context')) || '.';
      const folder = key.includes('/')
        ? `/builds/${call.findings.instance.caller}/${key.replace(/\/[^/]*$/u, '')}/${context}`
        : context;
      const file = expand(child(build, 'dockerfile')) || 'Dockerfile';
      runDockerfile(call, `${folder}/${file}`, {
        args: buildArgs(child(build, 'args'), expand),
        secrets: [],
        target: build.kind === 'dict' ? expand(child(build, 'target')) || null : null,
        context: folder,
      });
      continue;
    }
    const image = child(service, 'image');
    if (image?.kind === 'scalar' && verb !== 'build') pull(call, { value: expand(image), at: image.at });
  }
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
