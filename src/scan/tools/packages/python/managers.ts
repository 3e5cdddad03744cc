import { PYTHON_OPTIONS, index, pipSources, requirement } from './requirements.ts';
import { option, parseArgs } from '../../../shell/call.ts';
import { readSettings } from '../../../files/ini.ts';
import { hasToken } from '../../../marks.ts';
import { authorised, packageUse, firstFile, withVariables, fileLines, gitDependency } from '../../../reach/packages.ts';
import type { Call, Arg } from '../../../shell/call.ts';
import { project, sourceLogin } from './dependencies.ts';
import { pip } from './pip.ts';

/** `twine upload`. */
export function twine(call: Call): void {
  const parsed = parseArgs(call.args, PYTHON_OPTIONS);
  if (parsed.operands[0]?.value !== 'upload') return;
  const binding = call.state.vars.get('TWINE_REPOSITORY_URL');
  const url =
    option(parsed, 'repository-url') ?? (binding ? { value: binding.value, at: binding.at ?? call.at } : undefined);
  const password = option(parsed, 'p', 'password')?.value ?? call.state.value('TWINE_PASSWORD') ?? '';
  if (url) {
    if (authorised(call, url.value, hasToken(password))) call.findings.api(url.value, packageUse(url.at, 'pypi', true));
    return;
  }
  const name = option(parsed, 'repository', 'r')?.value ?? call.state.value('TWINE_REPOSITORY') ?? 'pypi';
  const section = readSettings(
    firstFile(call, [option(parsed, 'config-file')?.value ?? '~/.pypirc', '.pypirc']),
  ).filter((setting) => setting.section === name);
  const repository = section.find(({ key }) => key === 'repository');
  const stored = withVariables(section.find(({ key }) => key === 'password')?.value ?? password, call);
  if (repository && hasToken(stored))
    call.findings.api(withVariables(repository.value, call), packageUse(repository.at, 'pypi', true));
}

/** `poetry config|install|add|update|lock|publish|run`. */
export function poetry(call: Call): void {
  const parsed = parseArgs(call.args, PYTHON_OPTIONS);
  const [verb, key, first, second] = parsed.operands;
  if (verb?.value === 'config' && key && first) {
    const name = key.value.replace(/^(?:http-basic|pypi-token|repositories)\./u, '');
    if (key.value.startsWith('repositories.'))
      call.state.note(`poetry url ${name.replace(/\.url$/u, '')}`, first.value, first.at);
    else call.state.note(`poetry ${name}`, second?.value ?? first.value, first.at);
  } else if (/^(?:install|add|update|lock|sync|build)$/u.test(verb?.value ?? '')) {
    project(call, '.');
    for (const one of parsed.operands.slice(1)) requirement(call, one.value, one.at);
  } else if (verb?.value === 'publish') {
    const name = option(parsed, 'r', 'repository')?.value ?? '';
    const repository =
      call.state.notes.get(`poetry url ${name}`) ??
      call.state.vars.get(`POETRY_REPOSITORIES_${name.toUpperCase().replaceAll('-', '_')}_URL`);
    const known = sourceLogin(call, name) || hasToken(option(parsed, 'p', 'password')?.value ?? '');
    if (repository && authorised(call, repository.value, known))
      call.findings.api(repository.value, packageUse(repository.at ?? call.at, 'pypi', true));
  } else if (verb?.value === 'run') {
    call.state.note('python project .', '.', call.at);
    call.shell.rerun(call, call.args.slice(1));
  }
}

/** `uv pip …`, `uv sync`, `uv publish`, `uv run`. */
export function uv(call: Call): void {
  const [verb] = call.args;
  const rest = call.args.slice(1);
  if (verb?.value === 'pip' || verb?.value === 'tool') pip({ ...call, args: rest });
  else if (verb?.value === 'publish') {
    const parsed = parseArgs(rest, PYTHON_OPTIONS);
    const binding = call.state.vars.get('UV_PUBLISH_URL');
    const url =
      option(parsed, 'publish-url') ??
      (binding ? { value: binding.value, at: binding.at ?? call.at } : publishAddress(call, option(parsed, 'index')));
    const secret =
      option(parsed, 'p', 'password', 'token')?.value ??
      call.state.value('UV_PUBLISH_PASSWORD') ??
      call.state.value('UV_PUBLISH_TOKEN') ??
      '';
    if (url && authorised(call, url.value, hasToken(secret)))
      call.findings.api(url.value, packageUse(url.at, 'pypi', true));
  } else {
    if (verb?.value === 'build') project(call, '.');
    else pip(call);
    if (verb?.value === 'run') call.shell.rerun(call, commandOf(rest));
  }
}

/** Options of `uv run` that take a value, before the command. */
const RUN_VALUED =
  /^(?:-p|--(?:python|with|with-requirements|with-editable|extra|group|only-group|no-group|env-file|package|index|directory|project))$/u;

/** The command behind the options of `uv run`; its own options stay with it. */
function commandOf(args: readonly Arg[]): readonly Arg[] {
  let start = 0;
  while (/^-/u.test(args[start]?.value ?? '')) {
    const word = args[start]?.value ?? '';
    // `-m MODULE` and `-s FILE` say how the command is run.
    if (word === '-m') return [{ value: 'python', at: args[start]?.at ?? { file: '', line: 1 } }, ...args.slice(start)];
    start += RUN_VALUED.test(word) ? 2 : 1;
    if (word === '--') break;
  }
  const [first] = args.slice(start);
  const script = first && /\.py$/u.test(first.value) ? [{ value: 'python', at: first.at }] : [];
  return [...script, ...args.slice(start)];
}

/** `publish-url` of the index that `uv publish --index` names. */
function publishAddress(call: Call, index: Arg | undefined): Arg | undefined {
  if (!index) return undefined;
  const settings = ['pyproject.toml', 'uv.toml'].flatMap((path) => readSettings(fileLines(call, path)));
  const named = settings.find(({ key, value }) => key === 'name' && value === index.value);
  const url = settings.find(({ section, key }) => section === named?.section && key === 'publish-url');
  return url && { value: withVariables(url.value, call), at: url.at };
}

/** `pipenv install|sync`: the sources of `Pipfile`. */
export function pipenv(call: Call): void {
  const [verb] = call.args;
  if (verb?.value === 'run') call.shell.rerun(call, call.args.slice(1));
  if (!/^(?:install|sync|update|lock)$/u.test(verb?.value ?? '')) return;
  pipSources(call, null);
  for (const { key, value, at } of readSettings(fileLines(call, 'Pipfile'))) {
    const git = /\bgit\s*=\s*["']([^"']+)["']/u.exec(value)?.[1];
    if (git !== undefined) gitDependency(withVariables(git, call), at, call);
    else if (key === 'url') index(call, withVariables(value, call), at);
  }
}
