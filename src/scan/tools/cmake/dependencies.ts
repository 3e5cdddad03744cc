import { splitUrl } from '../../reach/instance.ts';
import { hasToken } from '../../marks.ts';
import type { Arg, Call } from '../../shell/call.ts';
import type { GitConfig } from '../../shell/state.ts';
import { effectiveGitConfig, withSetting } from '../../reach/credentials.ts';
import { isTokenHeader } from '../http/request.ts';
import { authorised } from '../../reach/packages.ts';
import type { CmakeWord } from './commands.ts';
import { reachRepository } from '../../reach/repository.ts';

/** Texts that one word may become, each with the place of the word. */
export type Expand = (word: CmakeWord) => readonly Arg[];

const KEYWORDS = new Set([
  'GIT_REPOSITORY',
  'GIT_TAG',
  'GIT_CONFIG',
  'GIT_SHALLOW',
  'GIT_SUBMODULES',
  'GIT_PROGRESS',
  'GIT_REMOTE_NAME',
  'URL',
  'URL_HASH',
  'URL_MD5',
  'HTTP_HEADER',
  'HTTPHEADER',
  'HTTP_USERNAME',
  'HTTP_PASSWORD',
  'USERPWD',
  'NETRC',
  'NETRC_FILE',
  'DOWNLOAD_NAME',
  'DOWNLOAD_DIR',
  'DOWNLOAD_ONLY',
  'DOWNLOAD_COMMAND',
  'SOURCE_DIR',
  'BINARY_DIR',
  'INSTALL_DIR',
  'PREFIX',
  'CONFIGURE_COMMAND',
  'BUILD_COMMAND',
  'INSTALL_COMMAND',
  'UPDATE_COMMAND',
  'PATCH_COMMAND',
  'TEST_COMMAND',
  'CMAKE_ARGS',
  'CMAKE_CACHE_ARGS',
  'DEPENDS',
  'NAME',
  'VERSION',
  'OPTIONS',
  'URI',
  'FIND_PACKAGE_ARGS',
  'EXCLUDE_FROM_ALL',
  'SYSTEM',
  'OVERRIDE_FIND_PACKAGE',
  'BUILD_IN_SOURCE',
  'BUILD_BYPRODUCTS',
  'TIMEOUT',
  'LOG_DOWNLOAD',
  'SHOW_PROGRESS',
  'STATUS',
  'LOG',
  'EXPECTED_HASH',
  'EXPECTED_MD5',
  'TLS_VERIFY',
  'SUBDIR',
  'SOURCE_SUBDIR',
  'GITHUB_REPOSITORY',
  'GITLAB_REPOSITORY',
  'URLS',
  'HEADERS',
  'FILENAME',
  'SHA512',
  'REF',
  'HEAD_REF',
  'OUT_SOURCE_PATH',
  'PATCHES',
]);

/** What stands behind each keyword of a declaration. */
export type Fields = ReadonlyMap<string, readonly CmakeWord[]>;

/** Sorts words by the keyword before them; what stands before the first is under `''`. */
export function fieldsOf(words: readonly CmakeWord[]): Fields {
  const found = new Map<string, CmakeWord[]>();
  let open = '';
  for (const word of words) {
    if (!word.quoted && KEYWORDS.has(word.text)) open = word.text;
    else found.set(open, [...(found.get(open) ?? []), word]);
  }
  return found;
}

/** `FetchContent_Declare`, `ExternalProject_Add` and `CPMAddPackage`: a repository, or archives by HTTP. */
export function declared(call: Call, fields: Fields, expand: Expand): void {
  const config = gitConfig(call, fields, expand);
  for (const url of valuesOf(fields, expand, 'GIT_REPOSITORY'))
    reachRepository(url.value, 'git', url.at, { ...call, config });
  for (const url of [...valuesOf(fields, expand, 'URL'), ...valuesOf(fields, expand, 'URLS')])
    download(call, url, fields, expand);
}

/** `vcpkg_from_git(URL …)`. */
export function cloned(call: Call, fields: Fields, expand: Expand): void {
  for (const url of valuesOf(fields, expand, 'URL')) reachRepository(url.value, 'git', url.at, call);
}

/** CPM's short form: `https://host/a/b.git@1.2`, `…#tag`. The prefixes `gh:`, `gl:` and `bb:` name public hosts. */
export function shortForm(call: Call, word: Arg): void {
  const url = word.value.replace(/^((?:\w+:\/\/|git@)[^#]*?)(?:@[^/@:]+)?(?:#.*)?$/u, '$1');
  if (/^https?:\/\/|^git@/u.test(url)) reachRepository(url, 'git', word.at, call);
}

/** One request, with the login that the declaration names. */
export function download(call: Call, url: Arg, fields: Fields, expand: Expand): void {
  const texts = (...names: readonly string[]): readonly string[] =>
    names.flatMap((name) => valuesOf(fields, expand, name)).map(({ value }) => value);
  const sent =
    texts('HTTP_HEADER', 'HTTPHEADER', 'HEADERS').some(isTokenHeader) ||
    texts('HTTP_PASSWORD', 'USERPWD').some((text) => hasToken(text));
  const parts = splitUrl(url.value);
  if (!parts) return;
  const known = sent || hasToken(parts.query) || hasToken(parts.password);
  if (known || (fields.has('NETRC') && authorised(call, url.value, false)))
    call.findings.api(url.value, { at: url.at });
}

function valuesOf(fields: Fields, expand: Expand, name: string): readonly Arg[] {
  return (fields.get(name) ?? []).flatMap(expand);
}

/** `GIT_CONFIG KEY=VALUE`, which git gets by `-c`. */
function gitConfig(call: Call, fields: Fields, expand: Expand): GitConfig {
  return valuesOf(fields, expand, 'GIT_CONFIG').reduce(
    (config, { value }) => {
      const cut = /^url\..*?insteadof=/iu.exec(value)?.[0].length ?? value.indexOf('=') + 1;
      return withSetting(config, value.slice(0, cut - 1), value.slice(cut));
    },
    effectiveGitConfig(call.state, call.workspace),
  );
}
