import { index } from './requirements.ts';
import { readSettings } from '../../../files/ini.ts';
import { hasToken } from '../../../marks.ts';
import { fileLines, gitDependency, withVariables, variableHasToken } from '../../../reach/packages.ts';
import type { Call } from '../../../shell/call.ts';
import { buildProject } from './own-programs.ts';

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
export function sourceLogin(call: Call, name: string): boolean {
  const upper = name.toUpperCase().replace(/[^A-Z0-9]/gu, '_');
  if (['UV_INDEX_', 'POETRY_HTTP_BASIC_'].some((prefix) => variableHasToken(call, `${prefix}${upper}_PASSWORD`)))
    return true;
  return hasToken(call.state.notes.get(`poetry ${name}`)?.value ?? '');
}
