import type { Arg, Call } from '../../shell/call.ts';
import { allOptions, parseArgs } from '../../shell/call.ts';
import { runCompose } from '../../files/compose.ts';
import { hasUnknown } from '../../marks.ts';
import { afterOperand, runInside } from './inside.ts';
import { optionsWithout } from './registry.ts';

/** Options of Compose alone, whose values may be names of services. */
const OF_SERVICES = [
  'exit-code-from',
  'attach',
  'no-attach',
  'scale',
  'profile',
  'env-file',
  'project-directory',
  'wait-timeout',
];
const COMPOSE_OPTIONS = new Set([...optionsWithout('d', 'pull', 't', 'o'), ...OF_SERVICES]);

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
    'docker-compose.override.yaml',
    'compose.override.yml',
    'compose.override.yaml',
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
  const own = environmentFiles(call, allOptions(parsed, 'env-file'));
  const profiles = [...allOptions(parsed, 'profile').map(({ value }) => value), ...environmentProfiles(call)];
  const operands = parsed.operands.map(({ value }) => value);
  const services = operands.slice(operands.indexOf(verb) + 1);
  // Behind the service that runs stands its command.
  const wanted = { profiles, named: verb === 'run' ? services.slice(0, 1) : services };
  runCompose(own, files.length > 0 ? files : chosen, verb, wanted);
}

/** The call with the variables of `--env-file` or `.env`; those of the shell win. */
function environmentFiles(call: Call, named: readonly Arg[]): Call {
  const state = call.state.clone();
  for (const { value } of named.length > 0 ? named : [{ value: '.env' }])
    for (const { text, at } of call.workspace.lines(value, call.state) ?? []) {
      const [, name = '', written = ''] = /^\s*(?:export\s+)?([A-Za-z_]\w*)=(.*)$/u.exec(text) ?? [];
      if (name !== '' && state.value(name) === undefined)
        state.set(name, written.replace(/^(["'])(.*)\1\s*$/u, '$2'), at);
    }
  return { ...call, state };
}

/** `COMPOSE_PROFILES`; a value that is not known may hold any. */
function environmentProfiles({ state }: Call): readonly string[] {
  const value = state.value('COMPOSE_PROFILES') ?? '';
  return hasUnknown(value) ? ['*'] : value.split(',').filter((name) => name !== '');
}
