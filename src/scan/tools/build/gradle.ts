import type { Call } from '../../shell/call.ts';
import { option, parseArgs } from '../../shell/call.ts';
import type { Line } from '../../shell/state.ts';
import { fileLines } from '../../reach/packages.ts';
import { hasToken } from '../../marks.ts';
import { givesLoginToAll } from './repository.ts';
import { readBuildScript } from './script.ts';

const PUBLISHING = /^\s*(?:publishing|uploadArchives)\s*\{/u;
const GRADLE_FILES = ['settings.gradle', 'settings.gradle.kts', 'build.gradle', 'build.gradle.kts'];

/** `gradle`, `gradlew`: the build scripts of the project and of `-I`; publishing counts only when it is asked for. */
export function gradle(call: Call): void {
  const parsed = parseArgs(
    // A property is no cluster of short options.
    call.args.filter(({ value }) => !/^-[PD]\w/u.test(value)),
    new Set([
      'p',
      'project-dir',
      'I',
      'init-script',
      'b',
      'build-file',
      'x',
      'exclude-task',
      'c',
      'g',
      'gradle-user-home',
    ]),
  );
  const publishes = parsed.operands.some(({ value }) => /publish|upload/iu.test(value));
  const inits = parsed.options.get('I') ?? parsed.options.get('init-script') ?? [];
  const folder = option(parsed, 'p', 'project-dir')?.value;
  const modules = call.workspace.checkout.paths
    .filter((path) => /\/(?:build\.gradle(?:\.kts)?)$/u.test(path) && !path.startsWith('buildSrc'))
    .slice(0, 50);
  const files = folder === undefined ? [...GRADLE_FILES, ...modules] : GRADLE_FILES.map((name) => `${folder}/${name}`);
  const properties = propertiesOf(call, folder ?? '.');
  const home = option(parsed, 'g', 'gradle-user-home')?.value ?? call.state.value('GRADLE_USER_HOME') ?? '~/.gradle';
  const scripts = [...files, ...inits.map(({ value }) => value), ...initScripts(home, call)]
    .map((path) => withProperties(call.workspace.lines(path, call.state) ?? [], properties))
    .filter((lines) => lines.length > 0);
  const loginForAll = scripts.some((lines) => givesJobTokenToAll(lines, call));
  for (const lines of scripts) {
    readBuildScript(withoutBlock(lines, PUBLISHING), call, { properties, loginForAll });
    if (publishes) publishing(lines, call);
  }
}

/** Scripts that Gradle runs before each build: `init.gradle` and those of `init.d` in its home. */
function initScripts(home: string, { workspace, state }: Call): readonly string[] {
  const folder = workspace.resolve(home, state.cwd);
  if (folder === null) return [];
  const found = [...state.files.keys(), ...workspace.checkout.paths].filter(
    (path) =>
      path.startsWith(`${folder}/`) &&
      /^(?:init|init\.d\/[^/]+)\.gradle(?:\.kts)?$/u.test(path.slice(folder.length + 1)),
  );
  return [...new Set(found)].slice(0, 20).map((path) => workspace.absolute(path));
}

function givesJobTokenToAll(lines: readonly Line[], call: Call): boolean {
  const text = lines.map((line) => line.text).join('\n');
  return (
    givesLoginToAll(text) && [...call.state.vars].some(([name, { value }]) => hasToken(value) && text.includes(name))
  );
}

/** Properties of the project: of its file and the user's, of the environment, of the command line, the later ones over the earlier. */
function propertiesOf(call: Call, folder: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const home = call.state.value('GRADLE_USER_HOME') ?? '~/.gradle';
  for (const path of ['gradle.properties', `${folder}/gradle.properties`, `${home}/gradle.properties`])
    for (const { text } of fileLines(call, path)) {
      const [, name = '', value = ''] = /^\s*([\w.-]+)\s*[=:](.*)$/u.exec(text) ?? [];
      if (name !== '') found.set(name, value.trim());
    }
  for (const [name, { value }] of call.state.vars)
    if (name.startsWith('ORG_GRADLE_PROJECT_')) found.set(name.slice(19), value);
  for (const { value } of call.args) {
    const [, name = '', text = ''] = /^(?:-P|-Dorg\.gradle\.project\.)([\w.-]+)=([^]*)$/u.exec(value) ?? [];
    if (name !== '') found.set(name, text);
  }
  return found;
}

/** The patterns below are tried on each line. */
const MAX_LINE = 2_000;
const LOOKUP =
  /(?:providers\.)?\b(?:gradleProperty|findProperty|property)\(\s*["']([\w.-]+)["']\s*\)(?:\s*as\s+String\??|\.(?:get\(\)|orNull|toString\(\)|getOrElse\([^()]*\)|orElse\([^()]*\)(?:\.get\(\))?))*/gu;
const ENVIRONMENT = /providers\.environmentVariable\(\s*(["']\w+["'])\s*\)(?:\.(?:get\(\)|orNull))?/gu;
const DELEGATED = /\b(val\s+(\w+))\s*(?::\s*String\??)?\s*by\s+(?:project|settings|extra)\b/gu;

/** Lines in which what looks a property up is its text; a property that is not known is left to the reader. */
function withProperties(lines: readonly Line[], properties: ReadonlyMap<string, string>): readonly Line[] {
  const textOf = (name: string): string | undefined => properties.get(name)?.replace(/["\\]/gu, '\\$&');
  return lines.map(({ text, at }) => {
    if (text.length > MAX_LINE) return { text, at };
    const filled = text
      .replace(ENVIRONMENT, 'System.getenv($1)')
      .replace(DELEGATED, (whole, start: string, name: string) => {
        const value = textOf(name);
        return value === undefined ? whole : `${start} = "${value}"`;
      })
      .replace(LOOKUP, (whole, name: string) => {
        const value = textOf(name);
        return value === undefined ? whole : `"${value}"`;
      })
      // Within a template the text stands for itself.
      .replace(/\$\{"([^"{}$]*)"\}/gu, '$1');
    return { text: filled, at };
  });
}

/** Reads the publishing block once more for what is uploaded. */
function publishing(lines: readonly Line[], call: Call): void {
  const others = withoutBlock(lines, PUBLISHING);
  readBuildScript(lines, call, {
    method: 'PUT',
    trusted: lines.some(({ text }) => text.includes('CI_JOB_TOKEN')),
    reports: (row) => others[row]?.text !== lines[row]?.text,
  });
}

/** Blanks out a brace block. */
function withoutBlock(lines: readonly Line[], start: RegExp): readonly Line[] {
  let depth = 0;
  return lines.map((line) => {
    if (depth === 0 && !start.test(line.text)) return line;
    for (const char of line.text) depth += char === '{' ? 1 : char === '}' ? -1 : 0;
    return { ...line, text: '' };
  });
}
