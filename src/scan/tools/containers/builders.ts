import type { Tree } from '../../ci/tree.ts';
import { child, itemsOf, readYaml, textOf } from '../../ci/tree.ts';
import { runCompose } from '../../files/compose.ts';
import { runDockerfile } from '../../files/dockerfile.ts';
import { unknown } from '../../marks.ts';
import type { Call } from '../../shell/call.ts';
import { allOptions, option, parseArgs } from '../../shell/call.ts';
import { gitDependency } from '../../reach/packages.ts';
import { pull } from '../../reach/image.ts';

/** Programs that build images as a file of theirs says: Skaffold and the Dev Container CLI. */

interface ImageBuild {
  readonly context: string;
  readonly dockerfile: string;
  readonly args: Tree | undefined;
  readonly target: string;
}

/** Reads a file of YAML or JSON, whose comments may be those of JavaScript. */
function root(call: Call, path: string): Tree | undefined {
  const text = call.workspace.text(path, call.state);
  const plain = text?.replace(/^[ \t]*\/\/.*$/gmu, '').replace(/\s\/\/\s.*$/gmu, '');
  return plain === undefined
    ? undefined
    : readYaml(plain, call.workspace.resolve(path, call.state.cwd) ?? path).documents[0];
}

function build(call: Call, { context, dockerfile, args, target }: ImageBuild): void {
  const given = args?.kind === 'dict' ? [...args.entries] : [];
  runDockerfile(call, `${context}/${dockerfile === '' ? 'Dockerfile' : dockerfile}`, {
    args: given.map(([name, value]) => ({ value: `${name}=${filled(textOf(value), call)}`, at: value.at })),
    secrets: [],
    target: target === '' ? null : target,
    context,
  });
}

/** `{{.NAME}}` of Skaffold, `${localEnv:NAME}` of dev containers. */
const filled = (text: string, { state }: Call): string =>
  text.replace(/\{\{\s*\.(\w+)\s*\}\}|\$\{localEnv:(\w+)[^}]*\}/gu, (_, a?: string, b?: string) => {
    const name = a ?? b ?? '';
    return state.value(name) ?? unknown(name);
  });

/** `skaffold build|run|dev|render|test`: builds of the file, and repositories that it requires. */
export function skaffold(call: Call): void {
  const parsed = parseArgs(call.args, new Set(['f', 'filename', 'p', 'profile', 'm', 'module', 't', 'tag', 'd', 'n']));
  if (!/^(?:build|run|dev|render|test|debug|deploy|apply)$/u.test(parsed.operands[0]?.value ?? '')) return;
  const tree = root(call, option(parsed, 'f', 'filename')?.value ?? 'skaffold.yaml');
  const profiles = allOptions(parsed, 'p', 'profile').flatMap(({ value }) => value.split(','));
  const chosen = itemsOf(child(tree, 'profiles')).filter((one) => profiles.includes(textOf(child(one, 'name'))));
  for (const part of [tree, ...chosen])
    for (const artifact of itemsOf(child(part, 'build', 'artifacts'))) {
      const docker = child(artifact, 'docker');
      const context = textOf(child(artifact, 'context')) || '.';
      if (child(artifact, 'buildpacks', 'builder')) {
        const image = child(artifact, 'buildpacks', 'builder');
        if (image) pull(call, { value: textOf(image), at: image.at });
      } else
        build(call, {
          context,
          dockerfile: textOf(child(docker ?? child(artifact, 'kaniko'), 'dockerfile')),
          args: child(docker ?? child(artifact, 'kaniko'), 'buildArgs'),
          target: textOf(child(docker, 'target')),
        });
    }
  for (const needed of itemsOf(child(tree, 'requires'))) {
    const repository = child(needed, 'git', 'repo');
    if (repository) gitDependency(textOf(repository), repository.at, call);
  }
}

/** `devcontainer build|up|exec`: the image, the Dockerfile or the Compose file of the folder. */
export function devcontainer(call: Call): void {
  const parsed = parseArgs(call.args, new Set(['workspace-folder', 'config', 'image-name', 'id-label', 'cache-from']));
  const folder = option(parsed, 'workspace-folder')?.value ?? '.';
  const usual = [`${folder}/.devcontainer/devcontainer.json`, `${folder}/.devcontainer.json`];
  const named = option(parsed, 'config')?.value;
  const path = [named ?? '', ...usual].find((one) => one !== '' && call.workspace.lines(one, call.state) !== null);
  const tree = path === undefined ? undefined : root(call, path);
  if (path === undefined || !tree) return;
  const beside = path.replace(/[^/]*$/u, '');
  const image = child(tree, 'image');
  if (image) pull(call, { value: filled(textOf(image), call), at: image.at });
  const dockerfile = textOf(child(tree, 'build', 'dockerfile') ?? child(tree, 'dockerFile'));
  if (dockerfile !== '')
    build(call, {
      context: `${beside}${textOf(child(tree, 'build', 'context')) || '.'}`,
      dockerfile: dockerfile,
      args: child(tree, 'build', 'args'),
      target: textOf(child(tree, 'build', 'target')),
    });
  for (const file of itemsOf(child(tree, 'dockerComposeFile'))) runCompose(call, [`${beside}${textOf(file)}`], 'up');
}
