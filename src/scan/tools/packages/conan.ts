import type { Entries } from '../../code/program/entries.ts';
import { evaluateProgram } from '../../code/program/program.ts';
import { hasToken } from '../../marks.ts';
import type { Arg, Call } from '../../shell/call.ts';
import { option, parseArgs } from '../../shell/call.ts';
import { fileLines, firstFile } from '../../reach/packages.ts';

const VALUED = new Set([
  'r',
  'remote',
  'p',
  'pr',
  'profile',
  's',
  'o',
  'b',
  'of',
  'if',
  'pr:h',
  'pr:b',
  'index',
  'user',
  'channel',
  'version',
  'name',
  'e',
  'c',
  'if',
]);

/** `conan`: a project's remote names the project; the instance's remote names it in the package's user part. */
export function conan(call: Call): void {
  const parsed = parseArgs(call.args, VALUED);
  const [verb, second, third, fourth] = parsed.operands;
  if (verb?.value === 'remote' && /^(?:add|update)$/u.test(second?.value ?? '') && third && fourth) {
    call.state.note(`conan remote ${third.value}`, fourth.value, fourth.at);
  } else if (
    verb?.value === 'user' ||
    (verb?.value === 'remote' && /^(?:login|auth|set-user)$/u.test(second?.value ?? ''))
  ) {
    const password = option(parsed, 'p')?.value ?? '';
    const remote = option(parsed, 'r', 'remote')?.value ?? third?.value ?? '';
    call.state.note(`conan login ${verb.value === 'user' ? remote : (third?.value ?? '')}`, password, call.at);
  } else if (/^(?:install|create|build|info|graph|lock|download|test)$/u.test(verb?.value ?? ''))
    install(call, [second, third]);
  else if (verb?.value === 'upload') upload(call, second, option(parsed, 'r', 'remote')?.value);
  if (/^(?:install|create|build|source|export|test|export-pkg)$/u.test(verb?.value ?? ''))
    recipe(call, second?.value ?? '.');
}

const RECIPE: Entries = {
  classes: [
    {
      base: /(?:^|\.)ConanFile$/u,
      methods: [
        /^(?:set_version|config_options|configure|requirements|build_requirements|source|generate|build|package|test)$/u,
      ],
    },
  ],
};

/** `conanfile.py`: what its methods download and run. */
function recipe(call: Call, written: string): void {
  const path = written.endsWith('.py') ? written : `${written}/conanfile.py`;
  const key = call.workspace.resolve(path, call.state.cwd);
  const lines = key === null ? null : call.workspace.lines(path, call.state);
  if (key !== null && lines) evaluateProgram('python', key, lines, [], call, RECIPE);
}

/** Whether the login for a remote is the job token. */
function login(call: Call, remote: string): boolean {
  const upper = remote.toUpperCase().replace(/-/gu, '_');
  const note = call.state.notes.get(`conan login ${remote}`);
  if (note && note.value !== '') return hasToken(note.value);
  return [`CONAN_PASSWORD_${upper}`, 'CONAN_PASSWORD'].some((name) => hasToken(call.state.value(name) ?? ''));
}

interface Remote {
  readonly name: string;
  readonly url: string;
  readonly at: Arg['at'];
}

function remotes(call: Call): readonly Remote[] {
  return [...call.state.notes].flatMap(([key, { value, at }]): readonly Remote[] =>
    key.startsWith('conan remote ') ? [{ name: key.slice(13), url: value, at: at ?? call.at }] : [],
  );
}

const wide = (url: string): boolean => /\/api\/v4\/packages\/conan/u.test(url);

function install(call: Call, named: readonly (Arg | undefined)[]): void {
  const usable = remotes(call).filter(({ name }) => login(call, name));
  for (const remote of usable)
    if (!wide(remote.url))
      call.findings.api(`${remote.url}/`, { at: remote.at, access: 'conan', policies: ['READ_PACKAGES'] });
  const instance = usable.find(({ url }) => wide(url));
  if (!instance) return;
  const lines = [...fileLines(call, 'conanfile.txt'), ...firstFile(call, ['conanfile.py'])].map(({ text, at }) => ({
    value: text.replace(/^\s*#.*$/u, ''),
    at,
  }));
  const references = [...lines, ...named.filter((arg) => arg !== undefined)];
  let found = false;
  for (const { value, at } of references) {
    for (const match of value.matchAll(/[\w.+-]+\/[\w.+[\]<>=~-]+@([\w.+-]+)\/[\w.+-]+/gu)) {
      if (!(match[1] ?? '').includes('+')) continue;
      found = true;
      call.findings.callee(
        call.findings.instance.project((match[1] ?? '').replaceAll('+', '/')),
        'conan',
        ['READ_PACKAGES'],
        { at },
        match[0],
      );
    }
  }
  if (!found)
    call.findings.unresolved('conan', instance.url, 'instance-level endpoint: it names no project', instance.at);
}

function upload(call: Call, reference: Arg | undefined, named: string | undefined): void {
  const remote = remotes(call).find(({ name }) => name === named) ?? remotes(call)[0];
  if (!remote || !login(call, remote.name)) return;
  const user = /@([\w.+-]+)\//u.exec(reference?.value ?? '')?.[1] ?? '';
  if (!wide(remote.url))
    call.findings.api(`${remote.url}/`, { at: remote.at, access: 'conan', policies: ['ADMIN_PACKAGES'] });
  else if (user.includes('+') && reference) {
    call.findings.callee(
      call.findings.instance.project(user.replaceAll('+', '/')),
      'conan',
      ['ADMIN_PACKAGES'],
      { at: reference.at },
      reference.value,
    );
  }
}
