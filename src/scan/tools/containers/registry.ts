import { hasUnknown } from '../../marks.ts';
import type { Arg, Call } from '../../shell/call.ts';
import { option, parseArgs } from '../../shell/call.ts';

/** Options of container programs that take a value. */
export const CONTAINER_OPTIONS = new Set([
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

/** Options of container programs but for some, which take no value in a command. */
export const optionsWithout = (...flags: readonly string[]): ReadonlySet<string> =>
  new Set([...CONTAINER_OPTIONS].filter((name) => !flags.includes(name)));

/** `login` of every container program, and `helm registry login`. */
export function login(call: Call, args: readonly Arg[]): void {
  const parsed = parseArgs(args, CONTAINER_OPTIONS);
  const host = parsed.operands[0]?.value ?? 'docker.io';
  if (call.findings.instance.registryPath(`${host.replace(/\/.*$/u, '')}/x`) === null && !hasUnknown(host)) return;
  const stdin = call.stdin?.map(({ text }) => text).join('\n') ?? '';
  const password = parsed.options.has('password-stdin') ? stdin : (option(parsed, 'p', 'password')?.value ?? '');
  call.state.note('registry login', password, call.at);
}
