import { child, readYaml } from '../../ci/tree.ts';
import { hasToken } from '../../marks.ts';
import { pull } from '../../reach/image.ts';
import type { Arg, Call } from '../../shell/call.ts';
import { allOptions, option, parseArgs } from '../../shell/call.ts';
import { CONTAINER_OPTIONS, login } from './registry.ts';

/** Programs that read images of a registry without running them. */

/** `skopeo copy|inspect|sync|list-tags`: credentials of the source count, the destination is a push. */
export function skopeo(call: Call): void {
  const parsed = parseArgs(call.args, new Set([...CONTAINER_OPTIONS, 'src', 'dest', 's', 'd']));
  const [verb, ...operands] = parsed.operands;
  if (verb?.value === 'login') {
    login(call, call.args.slice(1));
    return;
  }
  if (!/^(?:copy|inspect|sync|list-tags)$/u.test(verb?.value ?? '')) return;
  const creds = option(parsed, 'src-creds', 'creds');
  const trusted = creds !== undefined && hasToken(creds.value);
  const source = operands[0];
  if (verb?.value === 'sync' && option(parsed, 'src', 's')?.value === 'yaml' && source) {
    syncFile(call, source.value);
    return;
  }
  if (source && (creds === undefined || trusted)) pull(call, source, trusted);
}

/** `skopeo sync --src yaml`: hosts, and the images of each. */
function syncFile(call: Call, path: string): void {
  const root = readYaml(
    call.workspace.text(path, call.state) ?? '',
    call.workspace.resolve(path, call.state.cwd) ?? path,
  ).documents[0];
  if (root?.kind !== 'dict') return;
  for (const [host, entry] of root.entries) {
    const images = child(entry, 'images');
    if (images?.kind === 'dict')
      for (const [image, tags] of images.entries) pull(call, { value: `${host}/${image}`, at: tags.at });
  }
}

/** `pack build`: the builder and the run image; `ko build`: the base image. */
export function builder(call: Call): void {
  const parsed = parseArgs(
    call.args,
    new Set(['builder', 'B', 'run-image', 'buildpack', 'b', 'path', 'p', 'env', 'e']),
  );
  for (const image of allOptions(parsed, 'builder', 'B', 'run-image', 'buildpack', 'b')) pull(call, image);
  const base = call.state.vars.get('KO_DEFAULTBASEIMAGE');
  if (call.name === 'ko' && base) pull(call, { value: base.value, at: base.at ?? call.at });
}

/** `crane`, `gcrane`, `regctl`, `oras`: the first image is read, a second one is written. */
export function crane(call: Call): void {
  const words = call.args.filter(
    ({ value }) => value !== 'auth' && value !== 'registry' && value !== 'image' && value !== 'tag',
  );
  const parsed = parseArgs(words, CONTAINER_OPTIONS);
  const [verb, image, other] = parsed.operands;
  if (verb?.value === 'login') {
    login(call, words.slice(words.indexOf(verb) + 1));
    return;
  }
  if (
    /^(?:copy|cp|pull|export|digest|manifest|ls|config|validate|inspect|get-file|mod|append|rebase|mutate|blob|discover)$/u.test(
      verb?.value ?? '',
    )
  ) {
    if (image) pull(call, image);
  } else if (verb?.value === 'push' && other === undefined) return;
}

/** Scanners that fetch the image they are given. */
export function imageScanner(call: Call): void {
  const parsed = parseArgs(call.args, CONTAINER_OPTIONS);
  const given = ['TRIVY_PASSWORD', 'GRYPE_REGISTRY_AUTH_PASSWORD', 'SYFT_REGISTRY_AUTH_PASSWORD'].some((name) =>
    hasToken(call.state.value(name) ?? ''),
  );
  const [verb] = parsed.operands;
  if (verb?.value === 'login') login(call, call.args.slice(call.args.indexOf(verb) + 1));
  else
    for (const { value, at } of parsed.operands)
      if (/[/:]/u.test(value))
        pull(call, { value: value.replace(/^(?:registry|docker|podman):(?!\/)/u, ''), at }, given);
}

/** `apptainer` and `singularity`: `pull`, `build`, `run` of an image by address, and the base of a definition file. */
export function apptainer(call: Call): void {
  const parsed = parseArgs(call.args, new Set(['u', 'username', 'p', 'password', 'B', 'bind', 'F', 'name', 'dir']));
  const [verb, ...operands] = parsed.operands;
  if (/^(?:remote|registry)$/u.test(verb?.value ?? '') && operands[0]?.value === 'login') {
    const words = call.args.slice(call.args.indexOf(operands[0]) + 1);
    login(
      call,
      words.map((word) => ({ ...word, value: word.value.replace(/^(?:oras|docker):\/\//u, '') })),
    );
    return;
  }
  if (!/^(?:pull|build|run|exec|shell|instance)$/u.test(verb?.value ?? '')) return;
  const names = ['APPTAINER_DOCKER_PASSWORD', 'SINGULARITY_DOCKER_PASSWORD', 'DOCKER_PASSWORD'];
  const given = names.some((name) => hasToken(call.state.value(name) ?? ''));
  const image = ({ value, at }: Arg): void => {
    const address = /^(?:docker|oras):\/\/(.+)$/u.exec(value)?.[1];
    if (address !== undefined) pull(call, { value: address, at }, given);
  };
  operands.forEach(image);
  for (const { value } of operands.filter(({ value }) => /\.(?:def|recipe)$|(?:^|\/)Singularity/u.test(value))) {
    const lines = call.workspace.lines(value, call.state) ?? [];
    const kind = lines.map(({ text }) => /^\s*Bootstrap:\s*(\w+)/iu.exec(text)?.[1]).find((one) => one !== undefined);
    for (const { text, at } of lines) {
      const from = /^\s*From:\s*(\S+)/iu.exec(text)?.[1];
      if (from !== undefined) image({ value: `${kind?.toLowerCase() ?? ''}://${from}`, at });
    }
  }
}
