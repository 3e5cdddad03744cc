import picomatch from 'picomatch';
import type { Findings } from '../findings.ts';
import { hasUnknown, withoutLikely } from '../marks.ts';
import type { Origin } from '../types.ts';
import { inputValues, interpolateInputs } from './inputs.ts';
import type { Dict, Tree } from './tree.ts';
import { child, deepMerge, emptyDict, itemsOf, readYaml, textOf } from './tree.ts';

/** Where a configuration file lives: the checkout (`project` null) or another project. Relative includes stay there. */
interface Place {
  readonly project: string | null;
  readonly path: string;
}

/** Loads one configuration with all it includes, as one merged mapping. */
export interface ConfigSources {
  readonly files: ReadonlyMap<string, string>;
  readonly included: Readonly<Record<string, string>>;
  readonly findings: Findings;
  /** Expands variables in include addresses. */
  readonly expand: (text: string) => string;
  /** Whether some kind of pipeline passes the rules of an include. */
  readonly admits: (rules: readonly Tree[]) => boolean;
}

const MAX_INCLUDES = 150;
const MAX_GLOB_MATCHES = 200;

/** Resolves `include:` as GitLab does: later files over earlier ones, the including file over all of them. */
export class ConfigLoader {
  readonly #sources: ConfigSources;
  #count = 0;

  constructor(sources: ConfigSources) {
    this.#sources = sources;
  }

  /** The merged configuration that starts at a file of the checkout; null when there is no such file. */
  load(path: string): Dict | null {
    return this.#read({ project: null, path: normalise(path) }, new Map(), [], null);
  }

  /** The merged configuration of a list of includes, as `trigger: include` names them. */
  loadIncludes(include: Tree, at: Origin): Dict {
    return this.#includes(include, { project: null, path: '' }, [], emptyDict(at));
  }

  #read(place: Place, inputs: ReadonlyMap<string, Tree>, stack: readonly string[], from: Origin | null): Dict | null {
    const key = place.project === null ? place.path : `${place.project}:/${place.path}`;
    const { files, included, findings } = this.#sources;
    const text = place.project === null ? files.get(place.path) : lookUp(included, key);
    if (text === undefined) return null;
    this.#count += 1;
    if (stack.includes(key) || this.#count > MAX_INCLUDES) {
      const why = stack.includes(key) ? 'the file includes itself' : `more than ${MAX_INCLUDES} includes`;
      findings.unresolved('include', key, why, from ?? { file: key, line: 1 });
      return null;
    }
    const plain = readYaml(text, key);
    for (const problem of plain.problems.slice(0, 3))
      findings.unresolved('unknown', key, `YAML: ${problem}`, { file: key, line: 1 });
    const header = plain.documents.length > 1 ? plain.documents[0] : undefined;
    const values = inputValues(header, inputs);
    const documents = text.includes('$[[') ? readYaml(text, key, interpolateInputs(values)).documents : plain.documents;
    const body = documents.at(-1);
    if (body?.kind !== 'dict') return emptyDict({ file: key, line: 1 });
    return this.#includes(child(body, 'include'), place, [...stack, key], body);
  }

  #includes(include: Tree | undefined, place: Place, stack: readonly string[], body: Dict): Dict {
    let merged: Tree = emptyDict(body.at);
    for (const item of itemsOf(include)) {
      for (const part of this.#item(item, place, stack)) merged = deepMerge(merged, part);
    }
    merged = deepMerge(merged, body);
    return merged.kind === 'dict' ? merged : body;
  }

  #item(item: Tree, place: Place, stack: readonly string[]): readonly Dict[] {
    if (item.kind === 'scalar') {
      const address = this.#expand(item);
      const remote = /^https?:\/\//iu.test(address);
      if (!remote) return this.#local(address, place, new Map(), stack, item.at);
      this.#missing(address, 'remote configuration is not read', item.at);
      return [];
    }
    if (item.kind !== 'dict' || this.#excluded(item)) return [];
    const given = child(item, 'inputs');
    const inputs = given?.kind === 'dict' ? given.entries : new Map<string, Tree>();
    return this.#keyed(item, place, inputs, stack);
  }

  #keyed(item: Dict, place: Place, inputs: ReadonlyMap<string, Tree>, stack: readonly string[]): readonly Dict[] {
    const local = child(item, 'local');
    if (local) return itemsOf(local).flatMap((one) => this.#local(this.#expand(one), place, inputs, stack, one.at));
    const project = child(item, 'project');
    if (project) {
      const owner = this.#expand(project);
      return itemsOf(child(item, 'file')).flatMap((file) =>
        this.#foreign({ project: owner, path: normalise(this.#expand(file)) }, inputs, stack, file.at),
      );
    }
    const component = child(item, 'component');
    if (component) return this.#component(this.#expand(component), inputs, stack, component.at);
    const remote = child(item, 'remote');
    if (remote) this.#missing(this.#expand(remote), 'remote configuration is not read', remote.at);
    const artifact = child(item, 'artifact');
    if (artifact) {
      const expression = `${textOf(artifact)} (artifact of job ${textOf(child(item, 'job'))})`;
      this.#sources.findings.unresolved(
        'child-pipeline',
        expression,
        'configuration generated at run time',
        artifact.at,
      );
    }
    // `template:` names files that GitLab ships; they reach no other project.
    return [];
  }

  #local(
    address: string,
    place: Place,
    inputs: ReadonlyMap<string, Tree>,
    stack: readonly string[],
    at: Origin,
  ): readonly Dict[] {
    const path = normalise(address);
    if (place.project !== null && !/[*?[{]/u.test(path))
      return this.#foreign({ project: place.project, path }, inputs, stack, at);
    const paths = /[*?[{]/u.test(path) ? this.#glob(path, place) : [path];
    const loaded = paths.map((one) => this.#read({ project: place.project, path: one }, inputs, stack, at));
    if (paths.length === 1 && loaded[0] === null && !/[*?[{]/u.test(path) && !stack.includes(path)) {
      this.#missing(address, 'the file is not in the checkout', at);
    }
    return loaded.filter((one) => one !== null);
  }

  #glob(pattern: string, place: Place): readonly string[] {
    const { files, included } = this.#sources;
    const prefix = `${place.project ?? ''}:/`;
    const names =
      place.project === null
        ? [...files.keys()]
        : Object.keys(included).flatMap((key) => (key.startsWith(prefix) ? [key.slice(prefix.length)] : []));
    const matches = picomatch(pattern, { dot: true });
    return names
      .filter((name) => matches(name))
      .sort()
      .slice(0, MAX_GLOB_MATCHES);
  }

  #foreign(place: Place, inputs: ReadonlyMap<string, Tree>, stack: readonly string[], at: Origin): readonly Dict[] {
    const own = place.project?.toLowerCase() === this.#sources.findings.instance.caller.toLowerCase();
    const key = `${place.project ?? ''}:/${place.path}`;
    const inCheckout = own && lookUp(this.#sources.included, key) === undefined;
    const loaded = this.#read(inCheckout ? { ...place, project: null } : place, inputs, stack, at);
    if (loaded === null && !stack.includes(key))
      this.#missing(key, 'configuration of another project that was not given', at);
    return loaded === null ? [] : [loaded];
  }

  #component(
    address: string,
    inputs: ReadonlyMap<string, Tree>,
    stack: readonly string[],
    at: Origin,
  ): readonly Dict[] {
    const match = /^[^/]+\/(.+)\/([^/@]+)@[^@]+$/u.exec(withoutLikely(address));
    if (!match) {
      this.#missing(address, 'this is no component address', at);
      return [];
    }
    const [, owner = '', name = ''] = match;
    const root = this.#sources.findings.instance.root.replace(/^\//u, '');
    const project = root !== '' && owner.startsWith(`${root}/`) ? owner.slice(root.length + 1) : owner;
    const paths = [`templates/${name}.yml`, `templates/${name}/template.yml`];
    const path = paths.find((one) => this.#exists(project, one)) ?? paths[0] ?? '';
    return this.#foreign({ project, path }, inputs, stack, at);
  }

  #exists(project: string, path: string): boolean {
    const { included, files, findings } = this.#sources;
    if (lookUp(included, `${project}:/${path}`) !== undefined) return true;
    return project.toLowerCase() === findings.instance.caller.toLowerCase() && files.has(path);
  }

  /** `include:rules` that no kind of pipeline passes. */
  #excluded(item: Dict): boolean {
    const rules = itemsOf(child(item, 'rules'));
    return rules.length > 0 && !this.#sources.admits(rules);
  }

  #expand(tree: Tree): string {
    return this.#sources.expand(textOf(tree));
  }

  #missing(address: string, why: string, at: Origin): void {
    const reason = hasUnknown(address) ? 'the address holds a value that only the pipeline knows' : why;
    this.#sources.findings.unresolved('include', address, reason, at);
  }
}

function lookUp(included: Readonly<Record<string, string>>, key: string): string | undefined {
  if (Object.hasOwn(included, key)) return included[key];
  const loose = key.replace(':/', ':');
  return Object.hasOwn(included, loose) ? included[loose] : undefined;
}

/** `/a/./b` → `a/b`. */
export function normalise(path: string): string {
  const parts: string[] = [];
  for (const part of withoutLikely(path).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}
