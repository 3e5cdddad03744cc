import { readSettings } from '../../files/ini.ts';
import type { Call } from '../../shell/call.ts';
import { rubyLines } from '../packages/ruby-text.ts';
import { fileLines } from '../../reach/packages.ts';
import type { GitManifest } from './manifest.ts';
import { listed, named } from './manifest.ts';

const HASH = /(?:^|\s)#(?!\{).*$/u;
const SLASHES = /(?:^|\s)\/\/.*$/u;
const SEMICOLON = /(?:^|\s);.*$/u;

/** `KEY: ADDRESS` of YAML, block and flow style, for keys that take one. */
const YAML_URL =
  /(?:^[ \t]*(?:-[ \t]*)?|[{,]\s*)["']?(?:url|git|repo|src|name|source|remote|location|import_url|uri)["']?:\s*["']?((?:git\+)?(?:https?|ssh|git):\/\/[^"'\s,}]+|git@[^"'\s,}]+)/u;
/** `key = "ADDRESS"` of TOML and its like. */
const TOML_GIT = /\b(?:git|url)\s*=\s*["'](?:git\+)?([^"']+)["']/u;
const JSON_GIT = /"((?:git\+)?(?:https?|ssh):\/\/[^"]+|git@[^"]+)"/u;
/** Any address in quotes. */
const QUOTED = /["'](?:[\w.-]+\s+)?((?:git\+)?(?:https?|ssh):\/\/[^\s"']+|git@[^\s"']+)/u;
const PLUS_GIT = /(git\+(?:https?|ssh):\/\/[^\s"']+)/u;

/** The manifest of the folder and those of the members that it lists. */
function cargoFiles(call: Call): readonly string[] {
  const [manifest] = named(/^--manifest-path$/u)(call);
  if (manifest !== undefined) return [manifest];
  const members = readSettings(fileLines(call, 'Cargo.toml')).flatMap(({ section, key, value }) =>
    section === 'workspace' && key === 'members' ? [`${value}/Cargo.toml`] : [],
  );
  return ['Cargo.toml', ...members, 'Cargo.lock', '.cargo/config.toml', '.cargo/config'];
}

const operandFiles =
  (name: RegExp) =>
  ({ args }: Call): readonly string[] =>
    args.map(({ value }) => value).filter((value) => name.test(value));

const XCODE = ['Package.resolved', '**/Package.resolved', '*.xcodeproj/project.pbxproj', 'Package.swift'] as const;
const SWIFT = /(?:\burl:\s*|"location"\s*:\s*|"?repositoryURL"?\s*[:=]\s*)"([^"]+)"/u;

const BAZEL: GitManifest = {
  verbs: null,
  files: listed('WORKSPACE', 'WORKSPACE.bazel', 'WORKSPACE.bzlmod', 'MODULE.bazel', '**/*.bzl', '**/*.MODULE.bazel'),
  // Lists of mirrors: each address of the API counts.
  address:
    /\b(?:remote|urls?)\s*=\s*\[?\s*"([^"]+)"|"(https?:\/\/[^"\s/]{1,200}\/(?:[^"\s/]{1,50}\/){0,3}?api\/v4\/[^"\s]{1,500})"/u,
  comment: HASH,
};
const PRE_COMMIT: GitManifest = {
  verbs: null,
  files: named(/^(?:-c|--config)$/u, '.pre-commit-config.yaml'),
  address: YAML_URL,
  comment: HASH,
};
const DART: GitManifest = {
  verbs: /^(?:pub|test|run|build|packages|compile|get)$/u,
  files: listed('pubspec.yaml'),
  address: YAML_URL,
  comment: HASH,
};
const CLOJURE: GitManifest = {
  verbs: null,
  files: listed('deps.edn', 'bb.edn'),
  address: /:git\/url\s+"([^"]+)"/u,
  comment: SEMICOLON,
};
const PUPPET_GIT = /(?::git\s*=>|\bgit:|remote:)\s*["']([^"']+)["']/u;
const PUPPET: GitManifest = {
  verbs: null,
  files: listed('Puppetfile'),
  address: PUPPET_GIT,
  comment: HASH,
  filled: rubyLines,
};
/** Modules that the tests of a Puppet module need. */
const FIXTURES: GitManifest = {
  verbs: null,
  files: listed('.fixtures.yml'),
  address: /:[ \t]*["']?((?:https?|ssh|git):\/\/[^\s"'},]+|git@[^\s"'},]+)/u,
  comment: HASH,
};
const CHEF: GitManifest = {
  verbs: /^(?:install|update|export|push)$/u,
  files: ({ args }) => [...operandFiles(/\.rb$/u)({ args } as Call), 'Policyfile.rb'].slice(0, 1),
  address: /(?:\bgit:|:git\s*=>)\s*["']([^"']+)["']/u,
  comment: HASH,
  filled: rubyLines,
};
const LEFTHOOK: GitManifest = {
  verbs: /^(?:install|run)$/u,
  files: listed('lefthook.yml', '.lefthook.yml', 'lefthook.yaml', '.lefthook.yaml'),
  address: /\bgit_url:\s*["']?([^\s"']+)/u,
  comment: HASH,
};
/** Certificates that `match` keeps in a repository. */
const MATCH: GitManifest = {
  verbs: null,
  files: listed('fastlane/Matchfile', 'fastlane/Fastfile', 'Matchfile', 'Fastfile'),
  address: /\bgit_url(?:\s*\(|\s*:|\s*=>)?\s*["']([^"']+)["']/u,
  comment: HASH,
  filled: rubyLines,
};
const NIX: GitManifest = {
  verbs: null,
  files: ({ args }) => ['flake.nix', 'default.nix', 'shell.nix', ...operandFiles(/\.nix$/u)({ args } as Call)],
  address: /"(git\+(?:https?|ssh):[^"?]+)|\bfetch[Gg]it\s*(?:\{[^}"]{0,300}?\burl\s*=\s*)?"([^"?]+)/u,
  comment: HASH,
};
const ARDUINO: GitManifest = {
  verbs: null,
  files: named(/^(?:-c|--project-conf)$/u, 'platformio.ini'),
  address: /((?:git\+)?https?:\/\/[^\s,;"']+|git@[^\s,;"']+)/u,
  comment: /(?:^|\s)[;#](?!\S*\.git).*$/u,
};

/** What is known of each program, by its name. */
export const MANIFESTS: ReadonlyMap<string, GitManifest> = new Map<string, GitManifest>([
  [
    'cargo',
    {
      verbs:
        /^(?:build|b|check|c|test|t|run|r|bench|doc|fetch|update|install|clippy|generate-lockfile|vendor|tree|metadata|nextest|package|publish|llvm-cov|deny|audit|zigbuild|xbuild|chef|udeps|hack)$/u,
      files: cargoFiles,
      // An index of crates is a repository, unless it is `sparse+`.
      address: /(?:\bgit\s*=\s*["']|source\s*=\s*"git\+|\bindex\s*=\s*["'])([^"']+)["']/u,
      comment: HASH,
    },
  ],
  [
    'swift',
    {
      verbs: /^(?:build|test|run|package)$/u,
      files: listed('Package.swift', 'Package.resolved'),
      address: SWIFT,
      comment: SLASHES,
    },
  ],
  ['xcodebuild', { verbs: null, files: listed(...XCODE), address: SWIFT, comment: SLASHES }],
  [
    'pod',
    {
      verbs: /^(?:install|update|repo)$/u,
      files: listed('Podfile'),
      address: /(?::git\s*=>\s*|^[ \t]*source\s+|\bgit:\s*)["']([^"']+)["']/u,
      comment: HASH,
      filled: rubyLines,
    },
  ],
  [
    'carthage',
    {
      verbs: /^(?:bootstrap|update|checkout)$/u,
      files: listed('Cartfile', 'Cartfile.private', 'Cartfile.resolved'),
      address: /^[ \t]*git\s+"([^"]+)"/u,
      comment: HASH,
    },
  ],
  ['flutter', DART],
  ['dart', DART],
  ['melos', { ...DART, verbs: /^(?:bs|bootstrap)$/u, files: listed('pubspec.yaml', '*/*/pubspec.yaml') }],
  ['gleam', { verbs: null, files: listed('gleam.toml'), address: TOML_GIT, comment: HASH }],
  [
    'rebar3',
    { verbs: null, files: listed('rebar.config'), address: /\{\s*git(?:_subdir)?\s*,\s*"([^"]+)"/u, comment: /%.*$/u },
  ],
  ['stack', { verbs: null, files: listed('stack.yaml'), address: YAML_URL, comment: HASH }],
  ['cabal', { verbs: null, files: listed('cabal.project'), address: /^[ \t]*location:\s*(\S+)/u, comment: /--\s.*$/u }],
  [
    'opam',
    {
      verbs: /^(?:install|pin|update|upgrade|switch|repository|repo|remote|init|exec)$/u,
      files: listed('*.opam', 'opam', 'opam/*.opam'),
      address: PLUS_GIT,
      comment: HASH,
    },
  ],
  ['bazel', BAZEL],
  ['bazelisk', BAZEL],
  ['pre-commit', { ...PRE_COMMIT, verbs: /^(?:run|install|install-hooks|autoupdate|try-repo)$/u }],
  ['prek', PRE_COMMIT],
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
  ['wstool', { verbs: null, files: listed('.rosinstall', '*.rosinstall'), address: YAML_URL, comment: HASH }],
  ['vendir', { verbs: /^sync$/u, files: named(/^(?:-f|--file)$/u, 'vendir.yml'), address: YAML_URL, comment: HASH }],
  ['gitman', { verbs: null, files: listed('gitman.yml', '.gitman.yml'), address: YAML_URL, comment: HASH }],
  ['peru', { verbs: null, files: listed('peru.yaml'), address: YAML_URL, comment: HASH }],
  ['mr', { verbs: null, files: listed('.mrconfig'), address: /((?:https?|ssh):\/\/[^\s'"]+)/u, comment: HASH }],
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
      address: /^[ \t]*(?:source_url|patch_url|url)[ \t]*=[ \t]*(\S+)/u,
      comment: HASH,
    },
  ],
  ['nix', NIX],
  ['nix-build', NIX],
  ['nix-shell', NIX],
  ['nix-instantiate', NIX],
  ['julia', { verbs: null, files: listed('Project.toml', 'Manifest.toml'), address: TOML_GIT, comment: HASH }],
  ['shards', { verbs: null, files: listed('shard.yml'), address: YAML_URL, comment: HASH }],
  ['nimble', { verbs: null, files: listed('*.nimble'), address: /requires\s+"([^"#@]+)/u, comment: HASH }],
  ['zig', { verbs: /^(?:build|fetch)$/u, files: listed('build.zig.zon'), address: JSON_GIT, comment: SLASHES }],
  ['dub', { verbs: null, files: listed('dub.json', 'dub.selections.json'), address: JSON_GIT, comment: SLASHES }],
  ['fpm', { verbs: null, files: listed('fpm.toml'), address: TOML_GIT, comment: HASH }],
  ['pixi', { verbs: null, files: listed('pixi.toml', 'pyproject.toml'), address: TOML_GIT, comment: HASH }],
  ['rye', { verbs: null, files: listed('pyproject.toml'), address: /(git\+\S+?)["'\s]/u, comment: HASH }],
  ['clojure', CLOJURE],
  ['clj', CLOJURE],
  ['bb', CLOJURE],
  ['pio', ARDUINO],
  ['platformio', ARDUINO],
  [
    'idf.py',
    { verbs: null, files: listed('main/idf_component.yml', '*/*/idf_component.yml'), address: YAML_URL, comment: HASH },
  ],
  [
    'r10k',
    {
      verbs: null,
      files: listed('Puppetfile', 'r10k.yaml'),
      address: PUPPET_GIT,
      comment: HASH,
      filled: rubyLines,
    },
  ],
  ['g10k', PUPPET],
  ['librarian-puppet', PUPPET],
  ['pdk', FIXTURES],
  ['rake', { ...FIXTURES, verbs: /spec|validate|acceptance|^$/u }],
  ['berks', { ...CHEF, verbs: null, files: listed('Berksfile') }],
  ['chef', CHEF],
  ['chef-cli', CHEF],
  ['lefthook', LEFTHOOK],
  ['fastlane', MATCH],
  ['xmake', { verbs: null, files: listed('xmake.lua', '**/xmake.lua'), address: QUOTED, comment: /(?:^|\s)--.*$/u }],
  [
    'gclient',
    { verbs: null, files: listed('DEPS', '.gclient'), address: /["'](https?:\/\/[^"']+)["']/u, comment: HASH },
  ],
  [
    'vcpkg',
    {
      verbs: /^(?:install|update|x-\S+|search|fetch)$/u,
      files: listed('vcpkg-configuration.json', 'vcpkg.json'),
      address: /"repository"\s*:\s*"([^"]+)"/u,
      comment: SLASHES,
    },
  ],
  [
    'copier',
    {
      verbs: null,
      files: ({ args }) =>
        args.some(({ value }) => /^(?:update|recopy|check-update)$/u.test(value))
          ? named(/^(?:-a|--answers-file)$/u, '.copier-answers.yml', '.copier-answers.*.yml')({ args } as Call)
          : ['.none'],
      address: /^_src_path:\s*["']?((?:git\+)?(?:https?|ssh):\/\/[^\s"']+|git@[^\s"']+)/u,
      comment: HASH,
    },
  ],
  [
    'cruft',
    {
      verbs: /^(?:update|check|diff|create|link)$/u,
      files: listed('.cruft.json'),
      address: /"template"\s*:\s*"([^"]+)"/u,
      comment: SLASHES,
    },
  ],
  [
    'conda-lock',
    { verbs: null, files: named(/^(?:-f|--file)$/u, 'environment.yml'), address: PLUS_GIT, comment: HASH },
  ],
  ['unity-editor', { verbs: null, files: listed('Packages/manifest.json'), address: JSON_GIT, comment: SLASHES }],
]);

/** Programs that clone with git whatever addresses they are given, and read none from a file. */
export const ONLY_ARGUMENTS = [
  'cookiecutter',
  'degit',
  'tiged',
  'git-subrepo',
  'vcs2l',
  'mu-repo',
  'asdf',
  'mise',
  'brew',
  'buf',
  'luarocks',
  'arduino-cli',
  'mdbook',
  'dvc',
  'bower',
  'tk',
  'grafana-cli',
  'kpt',
  'pulumi',
  'cdktf',
  'pkgx',
  'bitbake-layers',
  'spack',
  'gittuf',
  'jsonnet-bundler',
] as const;
