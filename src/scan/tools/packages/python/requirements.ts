import { readSettings } from '../../../files/ini.ts';
import { authorised, fileLines, gitDependency, withVariables } from '../../../reach/packages.ts';
import type { Arg, Call, ParsedArgs } from '../../../shell/call.ts';
import { allOptions } from '../../../shell/call.ts';

/** What pip and its relatives read: indexes, requirements files, single requirements. */

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
