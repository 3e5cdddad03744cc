import type { Call } from '../shell/call.ts';
import { unknown } from '../marks.ts';
import { runDockerfile } from './dockerfile.ts';
import type { HclBlock, HclValue } from './hcl.ts';
import { blocksOf, literalOf, readHcl } from './hcl.ts';
import { pull } from '../reach/image.ts';

type Attributes = HclBlock['attributes'];

/** `docker buildx bake`: the targets that are named, those of named groups, and what they inherit. */
export function runBake(call: Call, paths: readonly string[], targets: readonly string[]): void {
  const files = paths.map((path) => readHcl(call.workspace.lines(path, call.state) ?? []));
  const named = (type: string): ReadonlyMap<string, Attributes> =>
    new Map(
      files
        .flatMap((file) => blocksOf(file, type))
        .map(({ labels, attributes, blocks }) => [labels[0] ?? '', withBlocks(attributes, blocks)]),
    );
  const variables = new Map<string, string>();
  for (const [name, attributes] of named('variable')) variables.set(name, defaultOf(name, attributes, call));
  const groups = named('group');
  const all = named('target');
  const done = new Set<string>();
  const run = (name: string): void => {
    if (done.has(name) || done.size > 200) return;
    done.add(name);
    for (const inner of listed(groups.get(name)?.get('targets'))) run(inner);
    const target = all.get(name);
    if (target) build(call, inherited(target, all, 0), variables);
  };
  for (const name of targets.length > 0 ? targets : ['default']) run(name);
}

function defaultOf(name: string, attributes: Attributes, call: Call): string {
  const written = attributes.get('default')?.text;
  return call.state.value(name) ?? (written === undefined ? null : literalOf(written)) ?? written ?? unknown(name);
}

/** `args { … }` says the same as `args = { … }`. */
function withBlocks(attributes: Attributes, blocks: readonly HclBlock[]): Attributes {
  const all = new Map(attributes);
  for (const { type, at, attributes: entries } of blocks) all.set(type, { text: '', at, items: [], entries });
  return all;
}

const listed = (value: HclValue | undefined): readonly string[] =>
  (value?.items ?? []).flatMap(({ text }) => literalOf(text) ?? []);

/** A target over what it inherits; tables such as `args` are merged. */
function inherited(target: Attributes, all: ReadonlyMap<string, Attributes>, depth: number): Attributes {
  if (depth > 5) return target;
  const merged = new Map<string, HclValue>();
  for (const name of listed(target.get('inherits'))) {
    const base = all.get(name);
    if (base) merge(merged, inherited(base, all, depth + 1));
  }
  merge(merged, target);
  return merged;
}

function merge(into: Map<string, HclValue>, from: Attributes): void {
  for (const [name, value] of from) {
    const before = into.get(name)?.entries ?? new Map<string, HclValue>();
    into.set(name, { ...value, entries: new Map([...before, ...value.entries]) });
  }
}

function build(call: Call, target: Attributes, variables: ReadonlyMap<string, string>): void {
  const valueOf = (name: string): string => variables.get(name) ?? call.state.value(name) ?? unknown(name);
  const expand = (text: string): string => {
    const literal = literalOf(text);
    if (literal === null) return /^\w+$/u.test(text) ? valueOf(text) : unknown(text);
    return literal.replace(/\$\{(\w+)\}/gu, (_, name: string) => valueOf(name));
  };
  const text = (name: string, usual: string): string => {
    const written = target.get(name)?.text;
    return written === undefined ? usual : expand(written);
  };
  for (const { text: written, at } of (target.get('contexts')?.entries ?? new Map<string, HclValue>()).values()) {
    const image = /^docker-image:\/\/(.+)$/u.exec(expand(written))?.[1];
    if (image !== undefined) pull(call, { value: image, at });
  }
  const context = text('context', '.');
  const file = text('dockerfile', 'Dockerfile');
  const stage = text('target', '');
  runDockerfile(call, context === '.' ? file : `${context}/${file}`, {
    args: [...(target.get('args')?.entries ?? [])].map(([name, value]) => ({
      value: `${name}=${expand(value.text)}`,
      at: value.at,
    })),
    secrets: (target.get('secret')?.items ?? []).map(({ text: written, at }) => ({ value: expand(written), at })),
    target: stage === '' ? null : stage,
    context,
  });
}
