import { reachRepository } from '../git.ts';
import { child, readYaml } from '../../ci/tree.ts';
import { runBake } from '../../files/bake.ts';
import { runDockerfile } from '../../files/dockerfile.ts';
import { hasToken, hasUnknown } from '../../marks.ts';
import type { Arg, Call } from '../../shell/call.ts';
import { allOptions, option, parseArgs, valuesOf } from '../../shell/call.ts';
import { runCompose } from '../../files/compose.ts';
import { afterOperand, programOf, runInside } from './inside.ts';
import { CONTAINER_OPTIONS, login, pull } from './registry.ts';

const without = (...flags: readonly string[]): ReadonlySet<string> =>
  new Set([...CONTAINER_OPTIONS].filter((name) => !flags.includes(name)));
// The same letter is a flag of one command and takes a value in another.
const RUN_OPTIONS = without('d', 't', 'o', 'f', 'c', 'target', 'context', 'tag', 'image');
const BUILD_OPTIONS = without('pull', 'd', 'p', 'w', 'image');
const PULL_OPTIONS = without('pull', 'd', 't', 'f', 'c', 'o');
const COMPOSE_OPTIONS = without('d', 'pull', 't', 'o');

/** `docker`, `podman`, `nerdctl`, `buildah`. */
export function docker(call: Call): void {
  const args = withoutGlobals(call.args);
  const [first, second] = valuesOf(args);
  const grouped = first === 'image' || first === 'buildx' || first === 'container' || first === 'builder';
  const verb = grouped ? second : first;
  const rest = args.slice(grouped ? 2 : 1);
  switch (verb) {
    case 'login':
      login(call, rest);
      return;
    case 'logout':
      call.state.notes.delete('registry login');
      call.state.touch();
      return;
    case 'pull':
    case 'create':
    case 'from':
    case 'manifest':
      for (const image of parseArgs(rest, verb === 'create' ? RUN_OPTIONS : PULL_OPTIONS).operands.slice(
        verb === 'manifest' ? 1 : 0,
        verb === 'manifest' ? 2 : 1,
      ))
        pull(call, image);
      return;
    case 'run':
      runContainer(call, rest);
      return;
    case 'exec':
      // The first operand is the container.
      runInside(call, afterOperand(rest, RUN_OPTIONS), allOptions(parseArgs(rest, RUN_OPTIONS), 'e', 'env'));
      return;
    case 'build':
    case 'bud':
    case 'build-using-dockerfile':
      build(call, rest);
      return;
    case 'bake':
      bake(call, rest);
      return;
    case 'imagetools':
      for (const image of parseArgs(rest.slice(1), PULL_OPTIONS).operands) pull(call, image);
      return;
    case 'compose':
      compose({ ...call, args: rest });
      return;
    default:
  }
}

const withoutGlobals = (args: readonly Arg[]): readonly Arg[] => {
  let index = 0;
  while (/^-/u.test(args[index]?.value ?? ''))
    index += /^--?(?:config|host|H|context|c|log-level|l|storage-driver)$/u.test(args[index]?.value ?? '') ? 2 : 1;
  return args.slice(index);
};

function runContainer(call: Call, args: readonly Arg[]): void {
  const parsed = parseArgs(args, RUN_OPTIONS);
  // The value of an option that is not known here would stand before the image.
  const own = parsed.operands.slice(0, 3).find(({ value }) => call.findings.instance.registryPath(value) !== null);
  const image = own ?? parsed.operands[0];
  if (!image) return;
  pull(call, image);
  const command = args.slice(args.indexOf(image) + 1);
  const shell = /^(?:\/bin\/)?(?:ba|da|a)?sh$/u.test(command[0]?.value ?? '');
  const entrypoint = option(parsed, 'entrypoint') ?? (shell ? null : programOf(image));
  runInside(call, entrypoint === null ? command : [entrypoint, ...command], allOptions(parsed, 'e', 'env'));
}

/** `docker build https://…/x.git#ref:folder`: BuildKit clones it, with the header of a secret where one is given. */
function remoteContext(call: Call, { value, at }: Arg, secrets: readonly Arg[]): void {
  const url = value.replace(/#.*$/u, '');
  const given = secrets.some(({ value: secret }) => {
    const id = /(?:^|,)id=([^,]+)/u.exec(secret)?.[1] ?? '';
    const env = /(?:^|,)env=([^,]+)/u.exec(secret)?.[1] ?? id;
    return /^GIT_AUTH_(?:HEADER|TOKEN)/u.test(id) && hasToken(call.state.value(env) ?? '');
  });
  if (given) call.findings.repository(url, { at });
  else reachRepository(url, 'git', at, call);
}

function build(call: Call, args: readonly Arg[]): void {
  const parsed = parseArgs(args, BUILD_OPTIONS);
  const context = parsed.operands.at(-1)?.value ?? '.';
  const file = option(parsed, 'f', 'file')?.value ?? `${context}/Dockerfile`;
  for (const cache of allOptions(parsed, 'cache-from')) {
    const reference = /(?:^|,)ref=([^,]+)/u.exec(cache.value)?.[1] ?? cache.value;
    pull(call, { value: reference, at: cache.at });
  }
  for (const { value, at } of allOptions(parsed, 'build-context')) {
    const image = /=docker-image:\/\/(.+)$/u.exec(value)?.[1];
    if (image !== undefined) pull(call, { value: image, at });
  }
  const target = option(parsed, 'target')?.value ?? null;
  const remote = parsed.operands.at(-1);
  if (remote && /^https?:\/\/|^git@/u.test(context)) remoteContext(call, remote, allOptions(parsed, 'secret'));
  runDockerfile(call, file, {
    args: allOptions(parsed, 'build-arg'),
    secrets: allOptions(parsed, 'secret'),
    target,
    context,
  });
}

function bake(call: Call, args: readonly Arg[]): void {
  const parsed = parseArgs(args, CONTAINER_OPTIONS);
  const given = allOptions(parsed, 'f', 'file').map(({ value }) => value);
  const targets = parsed.operands.map(({ value }) => value);
  const compose = given.filter((path) => /\.ya?ml$/u.test(path));
  for (const path of compose) runCompose(call, path, 'build');
  const usual = ['docker-bake.hcl', 'docker-bake.override.hcl'];
  runBake(call, given.length > 0 ? given.filter((path) => !compose.includes(path)) : usual, targets);
}

/** `docker-compose` and `docker compose`. */
export function compose(call: Call): void {
  const parsed = parseArgs(call.args, COMPOSE_OPTIONS);
  const files = allOptions(parsed, 'f', 'file').map(({ value }) => value);
  const usual = [
    'docker-compose.yml',
    'docker-compose.yaml',
    'compose.yml',
    'compose.yaml',
    'docker-compose.override.yml',
  ];
  const verb = parsed.operands.find(({ value }) => /^(?:up|run|pull|build|create|exec)$/u.test(value))?.value;
  if (verb === undefined) return;
  if (verb === 'run' || verb === 'exec') {
    const rest = call.args.slice(call.args.findIndex(({ value }) => value === verb) + 1);
    runInside(call, afterOperand(rest, COMPOSE_OPTIONS), allOptions(parseArgs(rest, COMPOSE_OPTIONS), 'e', 'env'));
  }
  if (verb === 'exec') return;
  const named = call.state.value('COMPOSE_FILE');
  const chosen =
    named === undefined || named === '' ? usual : named.split(call.state.value('COMPOSE_PATH_SEPARATOR') ?? ':');
  const profiles = [...allOptions(parsed, 'profile').map(({ value }) => value), ...environmentProfiles(call)];
  const wanted = { profiles, named: parsed.operands.map(({ value }) => value) };
  for (const file of files.length > 0 ? files : chosen) runCompose(call, file, verb, wanted);
}

/** `COMPOSE_PROFILES`; a value that is not known may hold any. */
function environmentProfiles({ state }: Call): readonly string[] {
  const value = state.value('COMPOSE_PROFILES') ?? '';
  return hasUnknown(value) ? ['*'] : value.split(',').filter((name) => name !== '');
}

/** Kaniko's `executor`. */
export function kaniko(call: Call): void {
  const parsed = parseArgs(call.args, CONTAINER_OPTIONS);
  const context = option(parsed, 'context', 'c')?.value.replace(/^dir:\/\//u, '') ?? '.';
  const named = option(parsed, 'dockerfile', 'f')?.value;
  // Kaniko looks for the file beside the context as well as in the working directory.
  const file =
    named === undefined
      ? `${context}/Dockerfile`
      : call.workspace.lines(named, call.state)
        ? named
        : `${context}/${named}`;
  runDockerfile(call, file, {
    args: allOptions(parsed, 'build-arg'),
    secrets: [],
    target: option(parsed, 'target')?.value ?? null,
    context,
  });
}

/** BuildKit's own client: `buildctl build --local context=DIR --opt filename=FILE --opt build-arg:NAME=VALUE`. */
export function buildctl(call: Call): void {
  const valued = [
    'addr',
    'timeout',
    'frontend',
    'local',
    'opt',
    'secret',
    'output',
    'o',
    'ssh',
    'import-cache',
    'progress',
  ];
  const parsed = parseArgs(call.args, new Set([...valued, 'export-cache', 'metadata-file', 'allow', 'tlsdir']));
  if (parsed.operands[0]?.value !== 'build') return;
  const pick = (name: string, key: string): Arg | undefined =>
    allOptions(parsed, name)
      .filter(({ value }) => value.startsWith(`${key}=`))
      .map(({ value, at }) => ({ value: value.slice(key.length + 1), at }))[0];
  for (const { value, at } of allOptions(parsed, 'import-cache'))
    pull(call, { value: /(?:^|,)ref=([^,]+)/u.exec(value)?.[1] ?? value, at });
  const folder = pick('local', 'dockerfile')?.value ?? '.';
  runDockerfile(call, `${folder}/${pick('opt', 'filename')?.value ?? 'Dockerfile'}`, {
    args: allOptions(parsed, 'opt').flatMap(({ value, at }) =>
      value.startsWith('build-arg:') ? [{ value: value.slice(10), at }] : [],
    ),
    secrets: allOptions(parsed, 'secret'),
    target: pick('opt', 'target')?.value ?? null,
    context: pick('local', 'context')?.value ?? '.',
  });
}

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
