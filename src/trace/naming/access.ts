/** What a job wanted of another project. The words are those of the labelled traces. */
export type Access =
  | 'git'
  | 'git-push'
  | 'submodule'
  | 'go'
  | 'lfs'
  | 'api'
  | 'artifacts'
  | 'trigger'
  | 'generic'
  | 'npm'
  | 'pypi'
  | 'maven'
  | 'composer'
  | 'nuget'
  | 'conan'
  | 'helm'
  | 'rubygems'
  | 'debian'
  | 'cargo'
  | 'terraform'
  | 'container-registry';

/**
 * The word that edges have for it, whose words are those of permissions. `terraform` stays: a trace does not tell a state from
 * a module, and a kind that edges do not know is an unknown one.
 */
export const edgeAccess = (access: string): string => (access === 'trigger' ? 'trigger-api' : access);

const PACKAGE_TYPES: Readonly<Record<string, Access>> = {
  generic: 'generic',
  npm: 'npm',
  pypi: 'pypi',
  maven: 'maven',
  composer: 'composer',
  nuget: 'nuget',
  conan: 'conan',
  go: 'go',
  helm: 'helm',
  rubygems: 'rubygems',
  debian: 'debian',
  debian_distributions: 'debian',
  cargo: 'cargo',
  terraform: 'terraform',
};

/** The access that `packages/TYPE/…` stands for; the packages API itself for anything else. */
export function packageAccess(type: string): Access {
  return PACKAGE_TYPES[type.toLowerCase()] ?? 'api';
}

/** The access of the part of an API path after `/projects/:id/`. */
export function projectApiAccess(rest: string): Access {
  const parts = rest.split('/');
  const [first = '', second = '', third = ''] = parts;
  if (first === 'packages') return packageAccess(second);
  if (first === '-' && second === 'packages') return packageAccess(third);
  if (first === 'jobs' && parts.includes('artifacts')) return 'artifacts';
  if (first === 'trigger' || (first === 'ref' && parts.includes('trigger'))) return 'trigger';
  if (first === 'terraform') return 'terraform';
  return 'api';
}

// Package managers and registries clients by the word they are started with: the hint where no URL tells. Those that start
// another program (`npm run`, `bundle exec`) tell nothing.
const TOOLS: readonly (readonly [RegExp, Access])[] = [
  [/\bgit\s(?:[^;&|]{0,200}\s)?submodule\b|--recurse-submodules|--recursive\b.{0,80}\.git/, 'submodule'],
  [/\bgit\s(?:[^;&|]{0,200}\s)?push\b/, 'git-push'],
  [/\bgit[ -]lfs\b/, 'lfs'],
  [/\bgo (?:mod|get|build|install|test|run|list|vet|generate|work)\b/, 'go'],
  [
    /\b(?:npm|yarn|pnpm|bun|lerna)\b(?!\s{1,4}(?:run|exec|test|start|dlx|x)\b)|\bnpx\s{1,4}(?:lerna|changeset|npm)\b/,
    'npm',
  ],
  [/\b(?:pip3?|pipenv|pipx|uv|poetry|pdm|twine|hatch|flit)\b(?!\s{1,4}run\b)/, 'pypi'],
  [/\b(?:mvnw?|gradlew?|sbt|lein)\b/, 'maven'],
  [/\bcomposer\b/, 'composer'],
  [/\b(?:dotnet|nuget|msbuild|paket)\b/i, 'nuget'],
  [/\b(?:docker|podman|buildah|skopeo|crane|nerdctl|buildctl|kaniko|oras|regctl|ko)\b/, 'container-registry'],
  [/\bhelm(?:file)?\b/, 'helm'],
  [/\b(?:terraform|tofu|terragrunt|gitlab-terraform|gitlab-tofu)\b/, 'terraform'],
  [/\bconan\b/, 'conan'],
  [/\b(?:gem|bundle|bundler)\b(?!\s{1,4}exec\b)/, 'rubygems'],
  [/\bcargo\b/, 'cargo'],
  [/\b(?:release-cli|glab)\b/, 'api'],
  [/\bgit\b/, 'git'],
];

/** The access a command line suggests by the program it starts, or null. */
export function toolAccess(command: string): Access | null {
  return TOOLS.find(([pattern]) => pattern.test(command))?.[1] ?? null;
}
