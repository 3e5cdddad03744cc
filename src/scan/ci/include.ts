import type { Findings } from '../reach/findings.ts';
import { hasUnknown, withoutLikely } from '../marks.ts';
import type { Line } from '../shell/state.ts';
import { pointSource } from '../source.ts';
import type { Origin } from '../types.ts';
import type { ConfigFiles, Place } from './config-files.ts';
import { keyOf, normalise } from './config-files.ts';
import { inputChoices, inputValues, interpolateInputs } from './inputs.ts';
import { rulesOf } from './scenario.ts';
import type { Dict, Tree } from './tree.ts';
import { child, deepMerge, emptyDict, itemsOf, readYaml, textOf } from './tree.ts';

/** Lines of a file that a job of the pipeline wrote, or undefined. */
export type ArtifactText = (job: string, path: string) => readonly Line[] | undefined;

/** Loads one configuration with all it includes, as one merged mapping. */
export interface ConfigSources {
  readonly files: ConfigFiles;
  readonly findings: Findings;
  /** Expands variables in include addresses. */
  readonly expand: (text: string) => string;
  /** Whether some kind of pipeline passes the rules of an include. */
  readonly admits: (rules: readonly Tree[]) => boolean;
  readonly artifact?: ArtifactText | undefined;
}

const MAX_INCLUDES = 150;
/** GitLab's own limit (`max_yaml_size_bytes`), here in characters. */
const MAX_CONFIG = 2_097_152;
const NO_INPUTS: ReadonlyMap<string, Tree> = new Map();
const PATTERN = /\*/u;

/** Where the setting `path`, `path@project[:ref]` says that a pipeline starts; null for an address. */
function startOf(setting: string): Place | null {
  if (/^https?:\/\//iu.test(setting)) return null;
  const [, path = setting, project = null, ref = null] = /^([^@]+)@([^:]+)(?::(.+))?$/u.exec(setting) ?? [];
  return { project, path: normalise(path), ref };
}

/** Resolves `include:` as GitLab does: later files over earlier ones, the including file over all of them. */
export class ConfigLoader {
  readonly #sources: ConfigSources;
  #count = 0;

  constructor(sources: ConfigSources) {
    this.#sources = sources;
  }

  /**
   * The merged configuration that starts at the file of the project's settings: a path, `path@project[:ref]`, or an
   * address; null when there is no such file.
   */
  load(setting: string, inputs: ReadonlyMap<string, Tree> = NO_INPUTS): Dict | null {
    const start: Origin = { file: setting, line: 1 };
    const place = startOf(setting);
    if (place === null) return this.#remote(setting, inputs, [], start)[0] ?? null;
    if (place.project !== null) return this.#foreign(place, inputs, [], start)[0] ?? null;
    return this.#read(place, inputs, [], null);
  }

  /**
   * What may be chosen for the inputs of the file that a pipeline starts with: the defaults, then each option of each
   * input in their place.
   */
  choices(setting: string): readonly ReadonlyMap<string, Tree>[] {
    const { files } = this.#sources;
    const place = startOf(setting);
    const text = place === null ? files.remote(setting) : files.text(files.settled(place));
    return text?.includes('$[[') === true ? inputChoices(readYaml(text, setting).documents[0]) : [NO_INPUTS];
  }

  /** The merged configuration of a list of includes, as `trigger: include` names them. */
  loadIncludes(include: Tree, at: Origin): Dict {
    return this.#includes(include, { project: null, path: '', ref: null }, [], emptyDict(at));
  }

  #read(place: Place, inputs: ReadonlyMap<string, Tree>, stack: readonly string[], from: Origin | null): Dict | null {
    const text = this.#sources.files.text(place);
    return text === undefined ? null : this.#parse(text, place, inputs, stack, from);
  }

  #parse(
    text: string,
    place: Place,
    inputs: ReadonlyMap<string, Tree>,
    stack: readonly string[],
    from: Origin | null,
    where?: (at: Origin) => Origin,
  ): Dict | null {
    const key = keyOf(place);
    const { findings } = this.#sources;
    this.#count += 1;
    if (stack.includes(key) || this.#count > MAX_INCLUDES) {
      const why = stack.includes(key) ? 'the file includes itself' : `more than ${MAX_INCLUDES} includes`;
      findings.unresolved('include', key, why, from ?? { file: key, line: 1 });
      return null;
    }
    const start = where?.({ file: key, line: 1 }) ?? { file: key, line: 1 };
    if (text.length > MAX_CONFIG) {
      findings.unresolved('unknown', key, 'larger than the 2 MB of YAML that GitLab reads', start);
      return null;
    }
    const plain = readYaml(text, key, undefined, where);
    // A text that is known in part was reported as such.
    for (const problem of hasUnknown(text) ? [] : plain.problems.slice(0, 3))
      findings.unresolved('unknown', key, `YAML: ${problem}`, start);
    const header = plain.documents.length > 1 ? plain.documents[0] : undefined;
    const values = inputValues(this.#declaredInputs(header, place), inputs);
    const documents = text.includes('$[[')
      ? readYaml(text, key, interpolateInputs(values), where).documents
      : plain.documents;
    const body = documents.at(-1);
    if (body?.kind !== 'dict') {
      if (!hasUnknown(text) && (body?.kind === 'sequence' || textOf(body) !== ''))
        findings.unresolved(
          'unknown',
          key,
          'the configuration is no mapping of jobs: GitLab refuses it',
          body?.at ?? start,
        );
      return emptyDict(start);
    }
    return this.#includes(child(body, 'include'), place, [...stack, key], body);
  }

  /** `spec:inputs`, over those of the files that `spec:include` names. */
  #declaredInputs(header: Tree | undefined, place: Place): Tree | undefined {
    let declared = child(header, 'spec', 'inputs');
    for (const item of [...itemsOf(child(header, 'spec', 'include'))].reverse()) {
      const local = textOf(item) || textOf(child(item, 'local'));
      const project = textOf(child(item, 'project'));
      const ref = textOf(child(item, 'ref'));
      const named = { project: normalise(project), path: normalise(textOf(child(item, 'file'))), ref: ref || null };
      const from = project === '' ? { ...place, path: normalise(local) } : named;
      const text = this.#sources.files.text(this.#sources.files.settled(from));
      if (text === undefined) this.#missing(keyOf(from), 'inputs of a file that was not given', item.at);
      const more = text === undefined ? undefined : child(readYaml(text, keyOf(from)).documents.at(-1), 'inputs');
      if (more) declared = declared ? deepMerge(more, declared) : more;
    }
    return declared;
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
      if (remote) return this.#remote(address, NO_INPUTS, stack, item.at);
      return this.#local(address, place, NO_INPUTS, stack, item.at);
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
      const owner = normalise(this.#expand(project));
      const ref = this.#expand(child(item, 'ref'));
      return itemsOf(child(item, 'file')).flatMap((file) => {
        const path = normalise(this.#expand(file));
        return this.#foreign({ project: owner, path, ref: ref === '' ? null : ref }, inputs, stack, file.at);
      });
    }
    const component = child(item, 'component');
    if (component) return this.#component(this.#expand(component), inputs, stack, component.at);
    const remote = child(item, 'remote');
    if (remote) return this.#remote(this.#expand(remote), inputs, stack, remote.at);
    const artifact = child(item, 'artifact');
    if (artifact) return this.#artifact(artifact, textOf(child(item, 'job')), inputs, stack);
    // `template:` names files that GitLab ships; they reach no other project.
    return [];
  }

  /** A file that a job writes: followed as far as the scan knows what the job writes. */
  #artifact(path: Tree, job: string, inputs: ReadonlyMap<string, Tree>, stack: readonly string[]): readonly Dict[] {
    const name = normalise(textOf(path));
    const lines = this.#sources.artifact?.(job, name);
    const text = lines?.map((line) => line.text).join('\n') ?? '';
    const why = 'configuration generated at run time';
    const seen = lines ? `${why}: followed as far as the files tell` : why;
    this.#sources.findings.unresolved('child-pipeline', `${name} (artifact of job ${job})`, seen, path.at);
    if (!lines) return [];
    const where = ({ line }: Origin): Origin => lines[line - 1]?.at ?? path.at;
    const loaded = this.#parse(text, { project: null, path: name, ref: null }, inputs, stack, path.at, where);
    return loaded === null ? [] : [loaded];
  }

  #local(
    address: string,
    place: Place,
    inputs: ReadonlyMap<string, Tree>,
    stack: readonly string[],
    at: Origin,
  ): readonly Dict[] {
    const path = normalise(address);
    if (PATTERN.test(path)) {
      const places = this.#sources.files.matching(path, place);
      if (!places) this.#missing(address, 'the pattern costs too much to follow', at);
      return (places ?? []).flatMap((one) => this.#read(one, inputs, stack, at) ?? []);
    }
    if (place.project !== null) return this.#foreign({ ...place, path }, inputs, stack, at);
    const loaded = this.#read({ ...place, path }, inputs, stack, at);
    // One that is there and cannot be read is named as such.
    if (loaded === null && !stack.includes(path) && !this.#sources.files.has(path))
      this.#missing(address, 'the file is not in the checkout', at);
    return loaded === null ? [] : [loaded];
  }

  #foreign(place: Place, inputs: ReadonlyMap<string, Tree>, stack: readonly string[], at: Origin): readonly Dict[] {
    const loaded = this.#read(this.#sources.files.settled(place), inputs, stack, at);
    const key = keyOf(place);
    if (loaded === null && !stack.includes(key))
      this.#missing(key, 'configuration of another project that was not given', at);
    return loaded === null ? [] : [loaded];
  }

  #remote(url: string, inputs: ReadonlyMap<string, Tree>, stack: readonly string[], at: Origin): readonly Dict[] {
    const { files } = this.#sources;
    const raw = files.rawFile(url);
    if (raw) return this.#foreign(raw, inputs, stack, at);
    const text = files.remote(url);
    if (text === undefined) {
      this.#missing(url, 'remote configuration that was not given', at);
      return [];
    }
    const loaded = this.#parse(text, { project: null, path: url, ref: null }, inputs, stack, at);
    return loaded === null ? [] : [loaded];
  }

  #component(
    address: string,
    inputs: ReadonlyMap<string, Tree>,
    stack: readonly string[],
    at: Origin,
  ): readonly Dict[] {
    const match = /^[^/]+\/(.+)\/([^/@]+)@([^@]+)$/u.exec(withoutLikely(address));
    if (!match) {
      this.#missing(address, 'this is no component address', at);
      return [];
    }
    const [, owner = '', name = '', ref = ''] = match;
    const { files, findings } = this.#sources;
    const root = findings.instance.root.replace(/^\//u, '');
    const project = root !== '' && owner.startsWith(`${root}/`) ? owner.slice(root.length + 1) : owner;
    const place = (path: string): Place => files.settled({ project, path, ref });
    const found = files.firstOf([place(`templates/${name}.yml`), place(`templates/${name}/template.yml`)]);
    const fact = (text: string): Tree => ({ kind: 'scalar', value: text, source: pointSource(text, at), at });
    const facts = new Map([
      ...inputs,
      ['component.name', fact(name)] as const,
      ['component.reference', fact(ref)] as const,
      ...(/^v?\d+\.\d+\.\d+/u.test(ref) ? [['component.version', fact(ref)] as const] : []),
    ]);
    return this.#foreign({ ...found, project }, facts, stack, at);
  }

  /** `include:rules` that no kind of pipeline passes. */
  #excluded(item: Dict): boolean {
    const rules = rulesOf(child(item, 'rules'));
    return rules.length > 0 && !this.#sources.admits(rules);
  }

  #expand(tree: Tree | undefined): string {
    return this.#sources.expand(textOf(tree));
  }

  #missing(address: string, why: string, at: Origin): void {
    const reason = hasUnknown(address) ? 'the address holds a value that only the pipeline knows' : why;
    this.#sources.findings.unresolved('include', address, reason, at);
  }
}
