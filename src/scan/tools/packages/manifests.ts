import { stranger } from '../stranger.ts';
import { readSettings } from '../../files/ini.ts';
import type { Arg, Call, Tool } from '../../shell/call.ts';
import { gitDependency, fileLines } from './shared.ts';

/**
 * Programs that hand the git addresses of a file to git (or to a library that reads git's configuration). They differ in
 * the file, in the verbs that fetch, and in how a line spells an address.
 */
interface GitManifest {
  /** Verbs that fetch; null when every call does. */
  readonly verbs: RegExp | null;
  /** Files below the current directory, patterns allowed. */
  readonly files: (call: Call) => readonly string[];
  /** First group: the address. */
  readonly address: RegExp;
  /** Starts a comment; the rest of the line is not read. */
  readonly comment: RegExp;
}

const HASH = /(?:^|\s)#(?!\{).*$/u;
const SLASHES = /(?:^|\s)\/\/.*$/u;
const listed =
  (...names: readonly string[]) =>
  (): readonly string[] =>
    names;

/** The files that options name, else the usual ones. */
const named =
  (flags: RegExp, ...usual: readonly string[]) =>
  ({ args }: Call): readonly string[] => {
    const given = args.flatMap(({ value }, index) => {
      const equals = /^(--?[\w-]+)=(.+)$/u.exec(value);
      if (equals && flags.test(equals[1] ?? '')) return [equals[2] ?? ''];
      return flags.test(value) ? [args[index + 1]?.value ?? ''] : [];
    });
    return given.length > 0 ? given : usual;
  };

/** The manifest of the folder and those of the members that it lists. */
function cargoFiles(call: Call): readonly string[] {
  const members = readSettings(fileLines(call, 'Cargo.toml')).flatMap(({ section, key, value }) =>
    section === 'workspace' && key === 'members' ? [`${value}/Cargo.toml`] : [],
  );
  return ['Cargo.toml', ...members, 'Cargo.lock'];
}

const YAML_URL =
  /(?:^\s*(?:-\s*)?|[{,]\s*)["']?(?:url|git|repo|src|name|source|remote|location|import_url)["']?:\s*["']?((?:git\+)?(?:https?|ssh|git):\/\/[^"'\s,}]+|git@[^"'\s,}]+)/u;

const MANIFESTS: ReadonlyMap<string, GitManifest> = new Map<string, GitManifest>([
  [
    'cargo',
    {
      verbs:
        /^(?:build|b|check|c|test|t|run|r|bench|doc|fetch|update|install|clippy|generate-lockfile|vendor|tree|metadata|nextest|package|publish|llvm-cov)$/u,
      files: cargoFiles,
      address: /(?:\bgit\s*=\s*["']|source\s*=\s*"git\+)([^"']+)["']/u,
      comment: HASH,
    },
  ],
  [
    'swift',
    {
      verbs: /^(?:build|test|run|package)$/u,
      files: listed('Package.swift', 'Package.resolved'),
      address: /(?:\burl:\s*|"location"\s*:\s*|"repositoryURL"\s*:\s*)"([^"]+)"/u,
      comment: SLASHES,
    },
  ],
  [
    'pod',
    {
      verbs: /^(?:install|update|repo)$/u,
      files: listed('Podfile'),
      address: /(?::git\s*=>\s*|^\s*source\s+|\bgit:\s*)["']([^"']+)["']/u,
      comment: HASH,
    },
  ],
  [
    'carthage',
    {
      verbs: /^(?:bootstrap|update|checkout)$/u,
      files: listed('Cartfile', 'Cartfile.private', 'Cartfile.resolved'),
      address: /^\s*git\s+"([^"]+)"/u,
      comment: HASH,
    },
  ],
  [
    'flutter',
    { verbs: /^(?:pub|build|test|packages)$/u, files: listed('pubspec.yaml'), address: YAML_URL, comment: HASH },
  ],
  ['dart', { verbs: /^(?:pub|test|run|compile)$/u, files: listed('pubspec.yaml'), address: YAML_URL, comment: HASH }],
  [
    'mix',
    {
      verbs: /^(?:deps\.\w+|test|compile|do)$/u,
      files: listed('mix.exs'),
      address: /\bgit:\s*"([^"]+)"/u,
      comment: HASH,
    },
  ],
  ['rebar3', { verbs: null, files: listed('rebar.config'), address: /\{\s*git\s*,\s*"([^"]+)"/u, comment: /%.*$/u }],
  ['stack', { verbs: null, files: listed('stack.yaml'), address: YAML_URL, comment: HASH }],
  ['cabal', { verbs: null, files: listed('cabal.project'), address: /^\s*location:\s*(\S+)/u, comment: /--\s.*$/u }],
  [
    'bazel',
    {
      verbs: null,
      files: listed('WORKSPACE', 'WORKSPACE.bazel', 'MODULE.bazel'),
      address: /\bremote\s*=\s*"([^"]+)"/u,
      comment: HASH,
    },
  ],
  [
    'bazelisk',
    {
      verbs: null,
      files: listed('WORKSPACE', 'WORKSPACE.bazel', 'MODULE.bazel'),
      address: /\bremote\s*=\s*"([^"]+)"/u,
      comment: HASH,
    },
  ],
  [
    'pre-commit',
    {
      verbs: /^(?:run|install|install-hooks|autoupdate|try-repo)$/u,
      files: named(/^(?:-c|--config)$/u, '.pre-commit-config.yaml'),
      address: YAML_URL,
      comment: HASH,
    },
  ],
  [
    'prek',
    { verbs: null, files: named(/^(?:-c|--config)$/u, '.pre-commit-config.yaml'), address: YAML_URL, comment: HASH },
  ],
  [
    'ansible-galaxy',
    {
      verbs: /^(?:install|collection|role)$/u,
      files: named(/^(?:-r|--role-file|--requirements-file)$/u),
      address: YAML_URL,
      comment: HASH,
    },
  ],
  ['vcs', { verbs: /^(?:import|pull)$/u, files: named(/^--input$/u), address: YAML_URL, comment: HASH }],
  ['vendir', { verbs: /^sync$/u, files: named(/^(?:-f|--file)$/u, 'vendir.yml'), address: YAML_URL, comment: HASH }],
  [
    'antora',
    {
      verbs: null,
      files: ({ args }) => args.map(({ value }) => value).filter((value) => /\.ya?ml$/u.test(value)),
      address: YAML_URL,
      comment: HASH,
    },
  ],
  [
    'jb',
    {
      verbs: /^(?:install|update)$/u,
      files: listed('jsonnetfile.json', 'jsonnetfile.lock.json'),
      address: /"remote"\s*:\s*"([^"]+)"/u,
      comment: SLASHES,
    },
  ],
  [
    'meson',
    {
      verbs: /^(?:setup|subprojects)$/u,
      files: listed('subprojects/*.wrap'),
      address: /^\s*url\s*=\s*(\S+)/u,
      comment: HASH,
    },
  ],
  ['west', { verbs: /^(?:update|init)$/u, files: listed('west.yml', '*/west.yml'), address: YAML_URL, comment: HASH }],
  ['nix', { verbs: null, files: listed('flake.nix'), address: /"(git\+https?:[^"?]+)/u, comment: HASH }],
  ['shards', { verbs: null, files: listed('shard.yml'), address: YAML_URL, comment: HASH }],
  ['nimble', { verbs: null, files: listed('*.nimble'), address: /requires\s+"([^"#@]+)/u, comment: HASH }],
  [
    'conda-lock',
    { verbs: null, files: named(/^(?:-f|--file)$/u, 'environment.yml'), address: /(git\+https?:\S+)/u, comment: HASH },
  ],
]);

/** Reads the manifest of a program, and the addresses of its own command line. */
function manifestTool({ verbs, files, address, comment }: GitManifest): Tool {
  return (call) => {
    const verb = call.args.find(({ value }) => !/^[-+]/u.test(value))?.value ?? '';
    if (verbs && !verbs.test(verb)) return;
    const paths = files(call).flatMap((pattern) => matching(call, pattern));
    const lines = paths.length > 0 ? paths.flatMap((path) => fileLines(call, path)) : (call.stdin ?? []);
    for (const { text, at } of lines) {
      const url = address.exec(text.replace(comment, ''))?.[1];
      if (url !== undefined) gitDependency(url, at, call);
    }
    fromArguments(call);
    stranger(call);
  };
}

/** `cookiecutter URL`, `repo init -u URL` and the like. */
function fromArguments(call: Call): void {
  for (const { value, at } of call.args) {
    const url = value.replace(/^--?[\w-]+=/u, '').replace(/^gh?\+/u, '');
    if (/^(?:git\+)?(?:https?|ssh|git):\/\/|^git@/u.test(url)) gitDependency(url, at, call);
  }
}

function matching(call: Call, pattern: string): readonly string[] {
  const key = /[*?[{]/u.test(pattern) ? call.workspace.resolve(pattern, call.state.cwd) : null;
  if (key === null) return [pattern];
  return call.workspace.checkout.matching(key, 'exists').map((path) => call.workspace.absolute(path));
}

const ONLY_ARGUMENTS = ['cookiecutter', 'copier', 'cruft', 'repo', 'gclient', 'git-subrepo', 'vcs2l'];

/** Kustomize, and `kubectl` with `-k`: bases on the instance, those of local bases included. */
const kustomize: Tool = (call) => {
  const flagged = call.args.findIndex(({ value }) => value === '-k' || value === '--kustomize');
  const verb = call.args.findIndex(({ value }) => /^(?:build|kustomize|localize)$/u.test(value));
  if (flagged < 0 && verb < 0) return;
  const rest = call.args.slice((flagged >= 0 ? flagged : verb) + 1);
  const target: Arg = rest.find(({ value }) => !value.startsWith('-')) ?? { value: '.', at: call.at };
  overlay(call, target, new Set());
};

function overlay(call: Call, target: Arg, seen: Set<string>): void {
  if (/^(?:git::|git\+)?(?:https?|ssh):\/\/|^git@/u.test(target.value)) {
    const url = target.value
      .replace(/^git::/u, '')
      .replace(/\?.*$/u, '')
      .replace(/([^:/])\/\/.*$/u, '$1');
    gitDependency(url, target.at, call);
    return;
  }
  const key = call.workspace.resolve(target.value, call.state.cwd);
  if (key === null || seen.has(key) || seen.size > 100) return;
  seen.add(key);
  const folder = call.workspace.absolute(key);
  for (const name of ['kustomization.yaml', 'kustomization.yml', 'Kustomization'])
    for (const { text, at } of fileLines(call, `${folder}/${name}`)) {
      const item = /^\s*-\s*["']?([^"'\s#:]+(?::[^"'\s]*)?)["']?\s*(?:#.*)?$/u.exec(text)?.[1];
      if (item === undefined) continue;
      const remote = /:\/\/|^git@/u.test(item);
      overlay(call, { value: remote || item.startsWith('/') ? item : `${folder}/${item}`, at }, seen);
    }
}

/** Programs whose dependencies come from git, by name. */
export const GIT_MANIFESTS: ReadonlyMap<string, Tool> = new Map<string, Tool>([
  ...[...MANIFESTS].map(([name, manifest]) => [name, manifestTool(manifest)] as const),
  ...ONLY_ARGUMENTS.map((name) => [name, fromArguments] as const),
  ['kustomize', kustomize],
  ['kubectl', kustomize],
  ['oc', kustomize],
]);
