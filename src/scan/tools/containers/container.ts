import { runBake } from '../../files/bake.ts';
import { runCompose } from '../../files/compose.ts';
import { runDockerfile } from '../../files/dockerfile.ts';
import { hasToken } from '../../marks.ts';
import { reachRepository } from '../../reach/repository.ts';
import { pull } from '../../reach/image.ts';
import type { Arg, Call, ParsedArgs } from '../../shell/call.ts';
import { allOptions, option, parseArgs, valuesOf } from '../../shell/call.ts';
import { compose } from './compose.ts';
import { afterOperand, programOf, runInside } from './inside.ts';
import { CONTAINER_OPTIONS, login, optionsWithout } from './registry.ts';

// The same letter is a flag of one command and takes a value in another.
const RUN_OPTIONS = optionsWithout('d', 't', 'o', 'f', 'c', 'target', 'context', 'tag', 'image');
const BUILD_OPTIONS = optionsWithout('pull', 'd', 'p', 'w', 'image');
const PULL_OPTIONS = optionsWithout('pull', 'd', 't', 'f', 'c', 'o');

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

const SHELL = /^(?:\/bin\/|\/usr\/bin\/)?(?:ba|da|a|z)?sh$/u;

/** Words without variables that may hold options: before another option, or before the image of a command for a shell. */
function withoutLoose(args: readonly Arg[]): readonly Arg[] {
  const shell = args.findIndex(({ value }) => SHELL.test(value));
  return args.filter(({ loose }, index) => {
    const next = args[index + 1];
    return loose !== true || next === undefined || !(/^-/u.test(next.value) || index + 1 < shell);
  });
}

function runContainer(call: Call, written: readonly Arg[]): void {
  const args = withoutLoose(written);
  const parsed = parseArgs(args, RUN_OPTIONS);
  // The value of an option that is not known here would stand before the image.
  const own = parsed.operands.slice(0, 3).find(({ value }) => call.findings.instance.registryPath(value) !== null);
  const image = own ?? parsed.operands[0];
  if (!image) return;
  pull(call, image);
  const command = args.slice(args.indexOf(image) + 1);
  const shell = SHELL.test(command[0]?.value ?? '');
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
  const file = fromInput(call, parsed) ?? option(parsed, 'f', 'file')?.value ?? `${context}/Dockerfile`;
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

/** `docker build -` and `-f -` read the Dockerfile from the standard input. */
function fromInput(call: Call, parsed: ParsedArgs): string | null {
  const asked = parsed.operands.at(-1)?.value === '-' || option(parsed, 'f', 'file')?.value === '-';
  if (!asked || !call.stdin) return null;
  const path = '/tmp/Dockerfile of the standard input';
  call.workspace.write(path, call.stdin, false, call.state);
  return path;
}

function bake(call: Call, args: readonly Arg[]): void {
  const parsed = parseArgs(args, CONTAINER_OPTIONS);
  const given = allOptions(parsed, 'f', 'file').map(({ value }) => value);
  const targets = parsed.operands.map(({ value }) => value);
  const compose = given.filter((path) => /\.ya?ml$/u.test(path));
  for (const path of compose) runCompose(call, [path], 'build');
  const usual = ['docker-bake.hcl', 'docker-bake.override.hcl'];
  runBake(call, given.length > 0 ? given.filter((path) => !compose.includes(path)) : usual, targets);
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
