import { withoutForged } from '../../../marks.ts';
import { child, itemsOf, readYaml, textOf } from '../../../ci/tree.ts';
import type { Arg, Call } from '../../../shell/call.ts';
import type { Line } from '../../../shell/state.ts';

/** `package.json` of a package, and the packages of its workspace. */

/** What a `package.json` says. */
export interface Manifest {
  readonly lines: readonly Line[];
  readonly dependencies: ReadonlyMap<string, { readonly spec: string; readonly at: Arg['at'] }>;
  readonly name: string;
  readonly scripts: ReadonlyMap<string, string>;
  /** Commands that it brings along, with their files. */
  readonly binaries: ReadonlyMap<string, string>;
  readonly folder: string;
  /** Patterns of the folders whose packages are installed with this one. */
  readonly workspaces: readonly string[];
  /** npm refuses to publish it. */
  readonly private: boolean;
}

/** The manifest of the folder that the job stands in, or null. */
export function manifest(call: Call): Manifest | null {
  const lines = call.workspace.lines('package.json', call.state);
  if (!lines) return null;
  const dependencies = new Map<string, { spec: string; at: Arg['at'] }>();
  const scripts = new Map<string, string>();
  const binaries = new Map<string, string>();
  let name = '';
  let isPrivate = false;
  let workspaces: readonly string[] = [];
  try {
    const root: unknown = JSON.parse(withoutForged(lines.map(({ text }) => text).join('\n')));
    if (typeof root !== 'object' || root === null) return null;
    for (const [key, value] of Object.entries(root as Record<string, unknown>)) {
      if (key === 'name' && typeof value === 'string') name = value;
      if (key === 'private') isPrivate = value === true;
      if (key === 'workspaces') workspaces = patternsOf(value);
      if (key === 'bin' && typeof value === 'string') binaries.set(name.replace(/^@[^/]+\//u, ''), value);
      if (typeof value !== 'object' || value === null) continue;
      for (const [inner, text] of Object.entries(value)) {
        if (typeof text !== 'string') continue;
        if (key === 'scripts') scripts.set(inner, text);
        else if (key === 'bin') binaries.set(inner, text);
        else if (/ependencies$|^resolutions$|^overrides$/u.test(key))
          dependencies.set(inner, { spec: text, at: place(lines, `"${inner}"`, text) });
      }
    }
  } catch {
    return null;
  }
  return { lines, dependencies, name, scripts, binaries, folder: call.state.cwd, workspaces, private: isPrivate };
}

/** `["packages/*"]`, or the same under `packages`. */
function patternsOf(value: unknown): readonly string[] {
  const list: unknown = Array.isArray(value) ? value : (value as { packages?: unknown } | null)?.packages;
  return Array.isArray(list) ? list.filter((one) => typeof one === 'string') : [];
}

const MAX_MEMBERS = 300;

/** Packages of the workspace: `workspaces` of the manifest, `packages` of `pnpm-workspace.yaml`. */
export function members(call: Call, own: Manifest): readonly Manifest[] {
  const text = call.workspace.text('pnpm-workspace.yaml', call.state);
  const listed = itemsOf(child(readYaml(text ?? '', '').documents[0], 'packages')).map(textOf);
  const folder = call.state.cwd;
  const found = [...own.workspaces, ...listed].flatMap((pattern) => {
    const key = call.workspace.resolve(`${pattern.replace(/\/+$/u, '')}/package.json`, folder);
    return key === null || pattern.startsWith('!') ? [] : call.workspace.checkout.matching(key, 'exists');
  });
  const manifests = [...new Set(found)].slice(0, MAX_MEMBERS).map((path) => {
    call.state.cwd = path.replace(/\/?package\.json$/u, '');
    return manifest(call);
  });
  call.state.cwd = folder;
  return manifests.filter((one) => one !== null);
}

/** Where an entry stands. */
export function place(lines: readonly Line[], key: string, value: string): Arg['at'] {
  const found =
    lines.find(({ text }) => text.includes(key) && text.includes(value)) ??
    lines.find(({ text }) => text.includes(key));
  return found?.at ?? lines[0]?.at ?? { file: 'package.json', line: 1 };
}
