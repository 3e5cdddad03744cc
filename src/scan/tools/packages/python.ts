import { readSettings } from '../../files/ini.ts';
import { hasToken, withoutLikely } from '../../marks.ts';
import type { Arg, Call } from '../../shell/call.ts';
import type { ParsedArgs } from '../../shell/call.ts';
import { allOptions, option, parseArgs } from '../../shell/call.ts';
import {
  authorised,
  fileLines,
  firstFile,
  gitDependency,
  packageUse,
  variableHasToken,
  withVariables,
} from './shared.ts';
import { interpreterOf } from '../program/program.ts';
import { buildProject } from './python-project.ts';

/** Options of pip and its relatives that take a value. */
export const PYTHON_OPTIONS = new Set([
  'i',
  'index-url',
  'extra-index-url',
  'f',
  'find-links',
  'r',
  'requirement',
  'c',
  'constraint',
  'e',
  'editable',
  't',
  'target',
  'd',
  'dest',
  'trusted-host',
  'index',
  'default-index',
  'repository-url',
  'repository',
  'u',
  'username',
  'p',
  'password',
  'w',
  'wheel-dir',
  'python',
  'publish-url',
  'config-file',
  'source',
  'extra',
  'group',
  'with',
  'without',
  'cache-dir',
  'timeout',
  'retries',
  'platform',
  'python-version',
  'skip',
  'n',
  'm',
  'k',
  'token',
]);

/** Reports a package index that is asked with the token. */
export const index = (call: Call, url: string, at: Arg['at'], known = false): void => {
  if (authorised(call, url, known)) call.findings.api(url, { at, access: 'pypi', policies: ['READ_PACKAGES'] });
};

/** `pip install|download|wheel` with all places an index can be named in. */
export function pip(call: Call): void {
  const parsed = parseArgs(call.args, PYTHON_OPTIONS);
  const [verb, ...packages] = parsed.operands;
  if (verb?.value === 'config') {
    pipConfig(call, packages);
    return;
  }
  if (!/^(?:install|download|wheel|sync|compile|add|lock|run|tool)$/u.test(verb?.value ?? '')) return;
  pipSources(call, parsed);
  for (const file of allOptions(parsed, 'r', 'requirement', 'c', 'constraint')) compiledRequirements(call, file.value);
  for (const one of [...packages, ...allOptions(parsed, 'e', 'editable')]) {
    if (/^\.|^[\w./-]+\/$/u.test(one.value)) project(call, one.value.replace(/\[.*\]$/u, ''));
    else requirement(call, one.value, one.at);
  }
  if (/^(?:sync|add|lock|run)$/u.test(verb?.value ?? '')) project(call, '.');
}

function pipConfig(call: Call, words: readonly Arg[]): void {
  const [verb, key, value] = words;
  if (verb?.value !== 'set' || !key || !value) return;
  const [section = 'global', name = ''] = key.value.split(/\.(?=[^.]+$)/u);
  call.workspace.write(
    '~/.config/pip/pip.conf',
    [
      { text: `[${section}]`, at: key.at },
      { text: `${name} = ${value.value}`, at: value.at },
    ],
    true,
    call.state,
  );
}

const INDEX_VARIABLES = [
  'PIP_INDEX_URL',
  'PIP_EXTRA_INDEX_URL',
  'PIP_FIND_LINKS',
  'UV_INDEX_URL',
  'UV_EXTRA_INDEX_URL',
  'UV_INDEX',
  'UV_DEFAULT_INDEX',
  'UV_FIND_LINKS',
  'PIPENV_PYPI_MIRROR',
];

/** Indexes of the options, of the environment and of `pip.conf`. */
export function pipSources(call: Call, parsed: ParsedArgs | null): void {
  const given = parsed
    ? allOptions(parsed, 'i', 'index-url', 'extra-index-url', 'f', 'find-links', 'index', 'default-index')
    : [];
  for (const url of given) index(call, url.value.replace(/^[\w-]+=(?=https?:)/u, ''), url.at);
  for (const name of INDEX_VARIABLES) {
    const binding = call.state.vars.get(name);
    for (const url of binding?.value.split(/\s+/u) ?? [])
      if (url !== '') index(call, url.replace(/^[\w-]+=(?=https?:)/u, ''), binding?.at ?? call.at);
  }
  const files = [
    call.state.value('PIP_CONFIG_FILE') ?? '~/.config/pip/pip.conf',
    '~/.pip/pip.conf',
    '/etc/pip.conf',
    '~/.config/pip/pip.ini',
  ];
  for (const setting of files.flatMap((path) => readSettings(fileLines(call, path)))) {
    if (!/^(?:extra-)?index-url$|^find-links$/u.test(setting.key)) continue;
    for (const url of setting.value.split(/\s+/u)) index(call, withVariables(url, call), setting.at);
  }
}

/** A requirements file; `-r` in it is relative to the file. */
export function compiledRequirements(call: Call, path: string, depth = 0): void {
  if (depth > 8) return;
  for (const line of fileLines(call, path)) {
    const text = withVariables(line.text.replace(/(?:^|\s)#.*$/u, ''), call).trim();
    const flag =
      /^(-r|--requirement|-c|--constraint|-i|--index-url|--extra-index-url|-f|--find-links|-e|--editable)[\s=]+(\S.*)$/u.exec(
        text,
      );
    const value = flag?.[2] ?? '';
    if (!flag) requirement(call, text, line.at);
    else if (/^-(?:r|c|-requirement|-constraint)$/u.test(flag[1] ?? ''))
      compiledRequirements(call, `${path.includes('/') ? `${path.replace(/\/[^/]*$/u, '')}/` : ''}${value}`, depth + 1);
    else if (/^-(?:e|-editable)$/u.test(flag[1] ?? '')) requirement(call, value, line.at);
    else index(call, value, line.at);
  }
}

/** One requirement: an address of git or of a package file. */
export function requirement(call: Call, text: string, at: Arg['at']): void {
  if (/git\+|\.git(?:@|#|$)/u.test(text)) gitDependency(text, at, call);
  else {
    const url = /https?:\/\/\S+/u.exec(text)?.[0];
    if (url !== undefined && authorised(call, url, false)) call.findings.api(url, { at });
  }
}

/** `{env:X}` and `{env:X:default}`, the way Hatch writes a variable. */
const hatchVariables = (text: string): string =>
  text.replace(/\{env:(\w+)(?::([^{}]*))?\}/gu, (_, name: string, fallback?: string) =>
    fallback === undefined ? `\${${name}}` : `\${${name}:-${fallback}}`,
  );

/** `pyproject.toml`, `Pipfile`, `setup.cfg` and `setup.py` of a project that is installed. */
export function project(call: Call, dir: string): void {
  const settings = [`${dir}/pyproject.toml`, `${dir}/setup.cfg`, `${dir}/uv.toml`].flatMap((path) =>
    readSettings(fileLines(call, path)),
  );
  for (const { section, key, value, at } of settings) {
    if (key === 'git' && /dependencies|sources/u.test(section)) gitDependency(withVariables(value, call), at, call);
    const uv = /\bgit\s*=\s*["']([^"']+)["']/u.exec(value)?.[1];
    if (uv !== undefined) gitDependency(withVariables(uv, call), at, call);
    else if (/git\+/u.test(value)) gitDependency(withVariables(hatchVariables(value), call), at, call);
  }
  buildProject(call, dir, settings);
  const sections = new Set(
    settings.map(({ section }) => section).filter((section) => /(?:^|\.)(?:index|source)#\d+$/u.test(section)),
  );
  for (const section of sections) {
    const inside = settings.filter((setting) => setting.section === section);
    const url = inside.find(({ key }) => key === 'url');
    const name = inside.find(({ key }) => key === 'name')?.value ?? '';
    if (url) index(call, withVariables(url.value, call), url.at, sourceLogin(call, name));
  }
}

/** `UV_INDEX_NAME_PASSWORD`, `POETRY_HTTP_BASIC_NAME_PASSWORD` or `poetry config http-basic.name`. */
function sourceLogin(call: Call, name: string): boolean {
  const upper = name.toUpperCase().replace(/[^A-Z0-9]/gu, '_');
  if (['UV_INDEX_', 'POETRY_HTTP_BASIC_'].some((prefix) => variableHasToken(call, `${prefix}${upper}_PASSWORD`)))
    return true;
  return hasToken(call.state.notes.get(`poetry ${name}`)?.value ?? '');
}

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

/** `python -m MODULE`, `python -c TEXT`, `python FILE`. */
export function python(call: Call): void {
  const flag = call.args.findIndex(({ value }) => value === '-m');
  const module = call.args[flag + 1];
  if (flag >= 0 && module) {
    const path = withoutLikely(module.value).replaceAll('.', '/');
    const rest = call.args.slice(flag + 2);
    if (path === 'build') {
      project(call, rest.find(({ value }) => !value.startsWith('-'))?.value ?? '.');
      return;
    }
    const files = ['', 'src/'].flatMap((base) => [`${base}${path}.py`, `${base}${path}/__main__.py`]);
    if (files.some((file) => call.shell.runFile(file, rest, call))) return;
    call.shell.rerun(call, [{ value: withoutLikely(module.value), at: module.at }, ...call.args.slice(flag + 2)]);
    return;
  }
  interpreterOf('python')(call);
}
