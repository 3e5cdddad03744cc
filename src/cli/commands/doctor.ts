import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { printable } from '../../domain/redact.ts';
import type { Project } from '../../domain/project.ts';
import { counted, samePath, type EpochMs } from '../../domain/values.ts';
import type { Capabilities, Identity, ScopeName } from '../../engine/ports.ts';
import { globalsOf, type CliContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import type { Paint } from '../terminal/output.ts';

/** One thing that was looked at. `problem` would make the rollout fail later, `warning` limits it. */
export interface Check {
  readonly name: string;
  readonly level: 'ok' | 'warning' | 'problem';
  readonly text: string;
}

/** `tidegate doctor`: what would fail later, told now. */
export function registerDoctor(program: Command, context: CliContext): void {
  program
    .command('doctor')
    .description('check reachability, version, features, token and scope before anything is changed')
    .addHelpText(
      'after',
      '\nExample:\n  $ tidegate doctor --gitlab https://gitlab.example.com --token-file ~/.tidegate-token',
    )
    .action(async (_: unknown, command: Command) => {
      const { connect } = await import('../session/connection.ts');
      const { openRollout } = await import('../session/session.ts');
      const globals = globalsOf(command);
      const session = existsSync(resolve(context.cwd, globals.db)) ? await openRollout(context, globals, 'look') : null;
      const known = session?.row ?? null;
      const begun = ((await session?.store.waves()) ?? []).length > 0;
      const projects = begun ? [] : ((await session?.store.projects()) ?? []);
      const names = (await session?.store.scopeNames()) ?? [];
      const now = session?.clock.now() ?? null;
      session?.store.close();
      const { forge, url } = await connect(context, globals, known?.gitlabUrl ?? null);
      const capabilities = await forge.capabilities();
      const identity = await forge.identity();
      const checks = [
        ...checkServer(capabilities),
        ...checkToken(identity),
        ...(await checkScope(context, forge, known, names)),
        ...(await checkRules(context, known)),
        ...(await checkFreeze(context, known, now)),
        ...(await checkPilots(context, known, projects)),
      ];
      const start = identity.instanceEnforced === true ? 'tighten' : 'migrate';
      const ok = !checks.some(({ level }) => level === 'problem');
      context.out.result({ schemaVersion: 1, url, start, capabilities, identity, checks, ok }, () =>
        render(url, start, checks, known !== null, context.out.paint),
      );
      if (!ok) context.setExit(EXIT.failed);
    });
}

function checkServer(server: Capabilities): readonly Check[] {
  const or = (good: boolean, name: string, text: string, otherwise: string): Check => ({
    name,
    level: good ? 'ok' : 'warning',
    text: good ? text : otherwise,
  });
  return [
    {
      name: 'version',
      level: 'ok',
      text: `GitLab ${server.version}${server.enterprise === true ? ' Enterprise' : ''}`,
    },
    or(
      server.graphql,
      'graphql',
      'answers',
      'does not answer: every project takes several requests of its own, and permissions of entries cannot be seen',
    ),
    or(
      server.authLog,
      'authentication log',
      'is there',
      'is missing before 17.6: edges have to come from `tidegate scan` or `edges import`',
    ),
    or(
      server.policies.length > 0,
      'fine-grained permissions',
      `${server.policies.length} of them`,
      'are missing: every entry has default permissions',
    ),
  ];
}

function checkToken(identity: Identity): readonly Check[] {
  const { scopes } = identity;
  const mayWrite = scopes === null || scopes.includes('api');
  return [
    {
      name: 'user',
      level: 'ok',
      text: `${identity.username}${identity.admin ? ', administrator' : ''}${identity.bot ? ', bot' : ''}`,
    },
    {
      name: 'scopes',
      level: mayWrite ? 'ok' : 'problem',
      text:
        scopes === null
          ? 'not told by GitLab'
          : `${scopes.join(', ')}${mayWrite ? '' : ': `api` is needed to change anything'}`,
    },
    {
      name: 'instance switch',
      level: identity.instanceEnforced === null ? 'warning' : 'ok',
      text:
        identity.instanceEnforced === null
          ? 'cannot be read: only an administrator may; the rollout ends with every project enforced'
          : identity.instanceEnforced
            ? 'on: nothing to switch on, entries can be tightened'
            : 'off: projects go from open to enforced in waves',
    },
    ...(identity.tokenExpiresAt === null
      ? []
      : [
          {
            name: 'expiry',
            level: 'warning' as const,
            text: `the token ends on ${identity.tokenExpiresAt}: a rollout takes weeks`,
          },
        ]),
  ];
}

async function checkScope(
  context: CliContext,
  forge: Awaited<ReturnType<typeof import('../session/connection.ts').connect>>['forge'],
  row: { readonly playbookText: string; readonly playbookName: string } | null,
  names: readonly ScopeName[],
): Promise<readonly Check[]> {
  if (!row)
    return [
      { name: 'scope', level: 'warning', text: 'no rollout here yet: `tidegate init` first to have the scope checked' },
    ];
  const { currentPlaybook } = await import('../playbook/file.ts');
  const { nameOf, scopesOf } = await import('../../engine/inventory/scope.ts');
  const { MAINTAINER } = await import('../session/reach.ts');
  const { playbook } = currentPlaybook(context.cwd, row);
  const checks: Check[] = [];
  for (const scope of scopesOf(playbook.scope)) {
    const name = scope.kind === 'group' ? `group ${scope.path}` : 'everything the token sees';
    let today = scope;
    if (scope.kind === 'group') {
      const group = await forge.group(nameOf(names, 'group', scope.path)?.id ?? scope.path);
      if (group === null) {
        checks.push({ name, level: 'problem', text: 'does not exist, or the token cannot see it' });
        continue;
      }
      if (!samePath(group.path, scope.path)) {
        checks.push({ name, level: 'warning', text: `is ${group.path} now, and is followed: name it so` });
      }
      today = { kind: 'group', path: group.path };
    }
    const page = await forge.projects(today, null);
    const poor = page.items.filter(
      ({ project }) => project.accessLevel !== null && project.accessLevel < MAINTAINER,
    ).length;
    const unread = page.items.filter(({ project }) => project.unread !== null).length;
    const size =
      page.total === null ? `at least ${counted(page.items.length, 'project')}` : counted(page.total, 'project');
    const none = unread === page.items.length;
    if (page.items.length === 0) checks.push({ name, level: 'problem', text: 'holds no project' });
    else if (none)
      checks.push({ name, level: 'problem', text: `${size}, and the token can read the settings of none` });
    else if (unread > 0)
      checks.push({
        name,
        level: 'warning',
        text: `${size}; of the first ${page.items.length}, ${unread} cannot be read and the role on ${poor} is below Maintainer`,
      });
    else checks.push({ name, level: 'ok', text: `${size}, readable as far as looked` });
  }
  return checks;
}

/** A rule that can never match gives a false sense of safety. */
async function checkRules(
  context: CliContext,
  row: { readonly playbookText: string; readonly playbookName: string } | null,
): Promise<readonly Check[]> {
  if (!row) return [];
  const { currentPlaybook } = await import('../playbook/file.ts');
  const { deadRules } = await import('../../domain/decisions/rule-check.ts');
  const { playbook } = currentPlaybook(context.cwd, row);
  return deadRules(playbook).map(({ rule, because }) => ({
    name: `rule ${rule}`,
    level: 'warning',
    text: `can never match: ${because}`,
  }));
}

/** Windows that leave no gap hold up every wave; those of some projects are told of with the plan. */
async function checkFreeze(
  context: CliContext,
  row: { readonly playbookText: string; readonly playbookName: string } | null,
  now: EpochMs | null,
): Promise<readonly Check[]> {
  if (!row || now === null) return [];
  const { currentPlaybook } = await import('../playbook/file.ts');
  const { freezeFor, neverThaws } = await import('../../domain/plan/freeze.ts');
  const { freeze } = currentPlaybook(context.cwd, row).playbook;
  if (!neverThaws(freezeFor(freeze, []), now)) return [];
  const text = 'no wave can ever start, as `freeze.windows` of the playbook leave no gap for a year';
  return [{ name: 'freeze', level: 'problem', text }];
}

/** Pilots that are not there. Before the first inventory nobody can tell, and after the first wave it is too late. */
async function checkPilots(
  context: CliContext,
  row: { readonly playbookText: string; readonly playbookName: string } | null,
  projects: readonly Project[],
): Promise<readonly Check[]> {
  if (!row || projects.length === 0) return [];
  const { currentPlaybook } = await import('../playbook/file.ts');
  const { lostPilots } = await import('../../domain/plan/pilot-check.ts');
  const { projects: named } = currentPlaybook(context.cwd, row).playbook.waves.pilot;
  const callees = projects.filter(({ inScope }) => inScope).map(({ path }) => path);
  const lost = lostPilots(named, callees);
  return lost.map((pattern) => ({
    name: `pilot ${pattern}`,
    level: lost.length === named.length ? 'problem' : 'warning',
    text: 'matches no project in scope: correct `waves.pilot.projects` of the playbook',
  }));
}

const STARTS = {
  migrate: 'projects go from open to enforced, wave by wave',
  tighten: 'all is enforced already: entries are pruned, split and narrowed, wave by wave',
} as const;

function render(
  url: string,
  start: keyof typeof STARTS,
  checks: readonly Check[],
  begun: boolean,
  paint: Paint,
): string {
  const mark = { ok: paint('green', 'ok     '), warning: paint('yellow', 'warning'), problem: paint('red', 'problem') };
  return [
    `${paint('bold', url)}: ${start} (${STARTS[start]})`,
    ...checks.map(({ name, level, text }) => `  ${mark[level]}  ${printable(name)}: ${printable(text)}`),
    nextStep(checks, begun),
  ].join('\n');
}

function nextStep(checks: readonly Check[], begun: boolean): string {
  const problems = checks.filter(({ level }) => level === 'problem').length;
  if (problems > 0) return `${counted(problems, 'problem')} to be solved before a rollout can go on.`;
  return `Nothing is in the way. Next: \`tidegate ${begun ? 'tick' : 'init'}\``;
}
