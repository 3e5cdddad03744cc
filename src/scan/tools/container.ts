import { runDockerfile } from '../files/dockerfile.ts';
import { hasToken, hasUnknown } from '../marks.ts';
import type { Arg, Call } from '../shell/call.ts';
import { allOptions, option, parseArgs, valuesOf } from '../shell/call.ts';
import type { ShellState } from '../shell/state.ts';
import type { Workspace } from '../workspace.ts';
import { runCompose } from '../files/compose.ts';

const VALUED = new Set([
  'u',
  'username',
  'p',
  'password',
  'f',
  'file',
  't',
  'tag',
  'build-arg',
  'target',
  'platform',
  'e',
  'env',
  'v',
  'volume',
  'w',
  'workdir',
  'name',
  'network',
  'entrypoint',
  'mount',
  'label',
  'l',
  'cache-from',
  'cache-to',
  'secret',
  'ssh',
  'output',
  'o',
  'm',
  'memory',
  'user',
  'add-host',
  'env-file',
  'h',
  'hostname',
  'publish',
  'cpus',
  'progress',
  'builder',
  'iidfile',
  'metadata-file',
  'src-creds',
  'dest-creds',
  'creds',
  'authfile',
  'src-authfile',
  'dest-authfile',
  'dest-tls-verify',
  'src-tls-verify',
  'context',
  'dockerfile',
  'destination',
  'd',
  'c',
  'cache-repo',
  'registry-config',
  'format',
  'severity',
  'exit-code',
  'scale',
  'profile',
  'project-name',
  'build-context',
  'set',
  'gpus',
  'shm-size',
  'cap-add',
  'device',
  'ulimit',
  'restart',
  'link',
  'pull',
  'volumes-from',
  'image',
  'scanners',
  'cache-dir',
  'skopeo-config',
  'retry-times',
  'retry',
]);

/** Whether a login for the instance's registry with the job token is at hand. */
export function registryLogin(state: ShellState, workspace: Workspace): boolean {
  const note = state.notes.get('registry login');
  if (note) return hasToken(note.value);
  const config = state.value('DOCKER_CONFIG');
  const paths = [
    '~/.docker/config.json',
    '/kaniko/.docker/config.json',
    state.value('REGISTRY_AUTH_FILE') ?? '~/.config/containers/auth.json',
  ];
  if (config !== undefined) paths.push(`${config}/config.json`);
  if (paths.some((path) => hasToken(workspace.text(path, state) ?? ''))) return true;
  return hasToken(state.value('DOCKER_AUTH_CONFIG') ?? '');
}

/** Reports an image that is pulled, if the registry login is the job token. */
export function pull(call: Call, image: Arg, trusted = false): void {
  if (!trusted && !registryLogin(call.state, call.workspace)) return;
  call.findings.image(image.value, { at: image.at });
}

function login(call: Call, args: readonly Arg[]): void {
  const parsed = parseArgs(args, VALUED);
  const host = parsed.operands[0]?.value ?? 'docker.io';
  if (call.findings.instance.registryPath(`${host.replace(/\/.*$/u, '')}/x`) === null && !hasUnknown(host)) return;
  const stdin = call.stdin?.map(({ text }) => text).join('\n') ?? '';
  const password = parsed.options.has('password-stdin') ? stdin : (option(parsed, 'p', 'password')?.value ?? '');
  call.state.note('registry login', password, call.at);
}

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
      for (const image of parseArgs(rest, VALUED).operands.slice(
        verb === 'manifest' ? 1 : 0,
        verb === 'manifest' ? 2 : 1,
      ))
        pull(call, image);
      return;
    case 'run':
      runContainer(call, rest);
      return;
    case 'build':
    case 'bud':
    case 'build-using-dockerfile':
      build(call, rest);
      return;
    case 'imagetools':
      for (const image of parseArgs(rest.slice(1), VALUED).operands) pull(call, image);
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
  const parsed = parseArgs(args, VALUED);
  const image = parsed.operands[0];
  if (image) pull(call, image);
  // What runs inside may use the token that is handed in: only a shell with its text given can be followed.
  const handed = allOptions(parsed, 'e', 'env').some(
    ({ value }) => hasToken(value) || hasToken(call.state.value(value) ?? ''),
  );
  const at = image ? args.indexOf(image) : -1;
  const command = at < 0 ? [] : args.slice(at + 1);
  if (handed && /^(?:sh|bash|ash)$/u.test(command[0]?.value ?? '')) call.shell.rerun(call, command);
}

function build(call: Call, args: readonly Arg[]): void {
  const parsed = parseArgs(args, VALUED);
  const context = parsed.operands.at(-1)?.value ?? '.';
  const file = option(parsed, 'f', 'file')?.value ?? `${context}/Dockerfile`;
  for (const cache of allOptions(parsed, 'cache-from')) {
    const reference = /(?:^|,)ref=([^,]+)/u.exec(cache.value)?.[1] ?? cache.value;
    pull(call, { value: reference, at: cache.at });
  }
  const target = option(parsed, 'target')?.value ?? null;
  runDockerfile(call, file, {
    args: allOptions(parsed, 'build-arg'),
    secrets: allOptions(parsed, 'secret'),
    target,
    context,
  });
}

/** `docker-compose` and `docker compose`. */
export function compose(call: Call): void {
  const parsed = parseArgs(call.args, new Set([...VALUED].filter((name) => name !== 'd' && name !== 'pull')));
  const files = allOptions(parsed, 'f', 'file').map(({ value }) => value);
  const usual = [
    'docker-compose.yml',
    'docker-compose.yaml',
    'compose.yml',
    'compose.yaml',
    'docker-compose.override.yml',
  ];
  const verb = parsed.operands.find(({ value }) => /^(?:up|run|pull|build|create)$/u.test(value))?.value;
  if (verb === undefined) return;
  for (const file of files.length > 0 ? files : usual) runCompose(call, file, verb);
}

/** Kaniko's `executor`. */
export function kaniko(call: Call): void {
  const parsed = parseArgs(call.args, VALUED);
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

/** `skopeo copy|inspect|sync|list-tags`: credentials of the source count, the destination is a push. */
export function skopeo(call: Call): void {
  const parsed = parseArgs(call.args, VALUED);
  const [verb, ...operands] = parsed.operands;
  if (verb?.value === 'login') {
    login(call, call.args.slice(1));
    return;
  }
  if (!/^(?:copy|inspect|sync|list-tags)$/u.test(verb?.value ?? '')) return;
  const creds = option(parsed, 'src-creds', 'creds');
  const trusted = creds !== undefined && hasToken(creds.value);
  const source = operands[0];
  if (source && (creds === undefined || trusted)) pull(call, source, trusted);
}

/** `crane`, `gcrane`, `regctl`, `oras`: the first image is read, a second one is written. */
export function crane(call: Call): void {
  const words = call.args.filter(
    ({ value }) => value !== 'auth' && value !== 'registry' && value !== 'image' && value !== 'tag',
  );
  const parsed = parseArgs(words, VALUED);
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
  const parsed = parseArgs(call.args, VALUED);
  const given = ['TRIVY_PASSWORD', 'GRYPE_REGISTRY_AUTH_PASSWORD', 'SYFT_REGISTRY_AUTH_PASSWORD'].some((name) =>
    hasToken(call.state.value(name) ?? ''),
  );
  for (const image of parsed.operands) if (/[/:]/u.test(image.value)) pull(call, image, given);
}

/** `helm registry login` shares the store of `docker login` only by name. */
export const registryLoginCommand = login;
