import type { Tool } from '../../shell/call.ts';
import { stranger } from '../stranger.ts';
import { kas } from './kas.ts';
import { kustomize } from './kustomize.ts';
import { fromArguments, manifestTool } from './manifest.ts';
import { mix } from './mix.ts';
import { repo } from './repo.ts';
import { MANIFESTS, ONLY_ARGUMENTS } from './table.ts';
import { west } from './west.ts';

const argumentsOnly: Tool = (call) => {
  fromArguments(call);
  stranger(call);
};

/** Programs whose dependencies come from git, by name. */
export const GIT_MANIFESTS: ReadonlyMap<string, Tool> = new Map<string, Tool>([
  ...[...MANIFESTS].map(([name, manifest]) => [name, manifestTool(manifest)] as const),
  ...ONLY_ARGUMENTS.map((name) => [name, argumentsOnly] as const),
  ['kas', kas],
  ['kas-container', kas],
  ['kustomize', kustomize],
  ['mix', mix],
  ['repo', repo],
  ['west', west],
]);
