import { normalise } from './ci/config-files.ts';
import type { Tree } from './ci/tree.ts';
import { child, itemsOf, readYaml, textOf } from './ci/tree.ts';
import { splitUrl } from './reach/instance.ts';
import type { Interpreter } from './shell/interpret.ts';
import type { SourceText } from './source.ts';
import { pointSource } from './source.ts';

/** Steps inside of steps; GitLab's step runner stops a circle as well. */
const MAX_NESTED = 10;
const MAX_STEPS = 300;

/**
 * The commands of `run:` in their order: scripts, commands, and the steps of the checkout with theirs. A step of another
 * project is named as unresolved, as the runner fetches it.
 *
 * @param scriptOf the entries of a script
 */
export function stepScripts(
  run: Tree | undefined,
  shell: Interpreter,
  scriptOf: (tree: Tree | undefined) => readonly SourceText[],
): readonly SourceText[] {
  const { findings, workspace } = shell;
  let seen = 0;
  const visit = (steps: Tree | undefined, folder: string, depth: number): readonly SourceText[] =>
    itemsOf(steps).flatMap((step) => {
      seen += 1;
      if (depth > MAX_NESTED || seen > MAX_STEPS) {
        if (seen === MAX_STEPS + 1) findings.unresolved('unknown', 'run', 'more steps than are followed', step.at);
        return [];
      }
      const command = itemsOf(child(step, 'exec', 'command')).map((word) => quoted(textOf(word)));
      const executed = command.length > 0 ? [pointSource(command.join(' '), step.at)] : [];
      return [...scriptOf(child(step, 'script')), ...executed, ...used(child(step, 'step'), folder, depth)];
    });
  const used = (step: Tree | undefined, folder: string, depth: number): readonly SourceText[] => {
    if (step === undefined) return [];
    const name = textOf(step) || textOf(child(step, 'git', 'url'));
    if (!/^\.{0,2}\//u.test(name)) {
      const parts = splitUrl(name.includes('://') ? name : `https://${name}`);
      if (parts && findings.instance.owns(parts))
        findings.unresolved(
          'git',
          name,
          'a step that the runner fetches: the files do not tell with which login',
          step.at,
        );
      return [];
    }
    const below = workspace.checkout.has(normalise(`${folder}/${name}/step.yml`))
      ? normalise(`${folder}/${name}`)
      : name;
    const file = normalise(`${below}/step.yml`);
    const text = workspace.checkout.text(file);
    if (text === undefined) {
      findings.unresolved('unknown', name, 'the step is not in the checkout', step.at);
      return [];
    }
    const body = readYaml(text, file).documents.at(-1);
    const own = child(body, 'exec') ? body : undefined;
    return visit(child(body, 'run') ?? child(body, 'steps') ?? own, below, depth + 1);
  };
  return visit(run, '', 0);
}

const quoted = (word: string): string => `"${word.replace(/["\\`]/gu, '\\$&')}"`;
