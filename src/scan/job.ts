import type { JobVariant } from './ci/variants.ts';
import { parse } from 'unbash';
import type { Handover } from './ci/handover.ts';
import type { Tree } from './ci/tree.ts';
import { child, itemsOf, textOf } from './ci/tree.ts';
import { expandText } from './ci/variables.ts';
import type { Findings } from './reach/findings.ts';
import { hasToken, isLikely, unknown } from './marks.ts';
import { looksLikeBatch } from './shell/batch/recognise.ts';
import { batchSource } from './shell/batch/translate.ts';
import type { Interpreter } from './shell/interpret.ts';
import { ShellState } from './shell/state.ts';
import type { SourceText } from './source.ts';
import { joinSources } from './source.ts';
import { handedOver } from './artifacts.ts';
import { runnerSubmodules } from './runner.ts';
import { stepScripts } from './steps.ts';
import { linesOf, looksLikePowerShell, runPowerShell } from './tools/program/powershell.ts';

const MAX_SCRIPT_VISITS = 5_000;
// GitLab itself allows ten levels of nested lists.
const MAX_SCRIPT_DEPTH = 12;
/** Entries, and characters of them, over which one construct of the shell may go. */
const MAX_CONSTRUCT = 40;
const MAX_CONSTRUCT_TEXT = 5_000;
/** Entries in a row that open something and find no end. */
const MAX_OPEN = 5;

/** Runs one job variant: what the runner does for it, then its scripts. Gives what it leaves to later jobs. */
export function runJob(variant: JobVariant, shell: Interpreter): readonly Handover[] {
  const { findings } = shell;
  let left: readonly Handover[] = [];
  findings.doubtful = variant.doubtful;
  shell.refill();
  needs(variant, findings);
  if (!child(variant.job, 'trigger')) {
    images(variant, findings);
    const state = freshState(variant);
    runnerSubmodules(state, shell);
    const script = (...keys: readonly string[]): readonly SourceText[] =>
      scriptOf(child(variant.job, ...keys), findings);
    const steps = stepScripts(child(variant.job, 'run'), shell, (tree) => scriptOf(tree, findings));
    const hook = script('hooks', 'pre_get_sources_script');
    const main = [...script('before_script'), ...script('script'), ...steps];
    const ends = runScript([...hook, ...main], [state], shell);
    // `after_script` is a new shell in the same container: files stay, variables do not.
    const after = script('after_script');
    const last =
      after.length > 0
        ? runScript(
            after,
            ends.map((end) => nextShell(variant, end)),
            shell,
          )
        : ends;
    left = handedOver(variant, last, shell.workspace);
  }
  findings.doubtful = false;
  return left;
}

function freshState(variant: JobVariant): ShellState {
  const state = new ShellState();
  for (const [name, binding] of variant.variables) {
    state.vars.set(name, binding);
    state.exported.add(name);
  }
  for (const [path, lines] of variant.received.files) state.files.set(path, lines);
  return state;
}

function nextShell(variant: JobVariant, end: ShellState): ShellState {
  const state = freshState(variant);
  state.adopt(end);
  return state;
}

function runScript(
  entries: readonly SourceText[],
  start: readonly ShellState[],
  shell: Interpreter,
): readonly ShellState[] {
  let states = start;
  const known = (name: string): boolean => start.some((state) => state.vars.has(name));
  if (looksLikeBatch(entries, known)) {
    const ends = states.flatMap((state) => shell.run(batchSource(linesOf(entries), state.vars.keys()), [state]));
    for (const state of ends) state.flow = 'next';
    return ends;
  }
  if (looksLikePowerShell(entries)) {
    for (const state of states) runPowerShell(entries, state, shell);
    return states;
  }
  for (const entry of constructs(entries.map(withSlashes))) {
    const going = states.filter(({ flow }) => flow !== 'exit');
    const ended = states.filter(({ flow }) => flow === 'exit');
    states = shell.settled([...ended, ...shell.run(entry, going)], entry);
    for (const state of states) if (state.flow !== 'exit') state.flow = 'next';
  }
  return states;
}

/** Entries as commands: an `if` or a quote that one entry opens and a later one closes makes one command of them. */
function constructs(entries: readonly SourceText[]): readonly SourceText[] {
  const found: SourceText[] = [];
  // Nobody opens more: a job of nothing but beginnings must not be parsed over and over.
  let open = 0;
  for (let index = 0; index < entries.length; index += 1) {
    const whole = closedConstruct(entries.slice(index, index + (open < MAX_OPEN ? MAX_CONSTRUCT : 1)));
    open = whole.length > 1 ? 0 : open + (isWhole(whole) ? 0 : 1);
    found.push(whole.length === 1 ? (entries[index] as SourceText) : joinSources(whole));
    index += whole.length - 1;
  }
  return found;
}

/** The first entries that parse as a whole; the first alone where none do. */
function closedConstruct(entries: readonly SourceText[]): readonly SourceText[] {
  if (isWhole(entries.slice(0, 1))) return entries.slice(0, 1);
  let length = 0;
  for (let count = 2; count <= entries.length; count += 1) {
    length += entries[count - 2]?.text.length ?? 0;
    if (length > MAX_CONSTRUCT_TEXT) break;
    if (isWhole(entries.slice(0, count))) return entries.slice(0, count);
  }
  return entries.slice(0, 1);
}

const isWhole = (entries: readonly SourceText[]): boolean => parse(joinSources(entries).text).errors === undefined;

/** `scripts\\build.bat` is a path for Windows runners, while a POSIX shell would drop the backslash. */
function withSlashes(entry: SourceText): SourceText {
  if (!/\\[\w.-]+\.(?:bat|cmd|ps1|exe)\b/iu.test(entry.text)) return entry;
  const text = entry.text.replace(/(?:[A-Za-z]:)?[\w.\\-]+\.(?:bat|cmd|ps1|exe)\b/giu, (path) =>
    path.replaceAll('\\', '/'),
  );
  return { text, at: entry.at };
}

/** The entries of a script, nested lists flattened as GitLab flattens them. */
function scriptOf(tree: Tree | undefined, findings: Findings): readonly SourceText[] {
  const found: SourceText[] = [];
  // Anchors can make a short file stand for billions of entries, so visits are counted, not only results.
  let visits = 0;
  const visit = (node: Tree, depth: number): void => {
    visits += 1;
    if (visits > MAX_SCRIPT_VISITS || depth > MAX_SCRIPT_DEPTH) {
      findings.unresolved('unknown', 'script', 'the script has too many entries: the rest is not followed', node.at);
      return;
    }
    if (node.kind === 'reference')
      findings.unresolved('unknown', `!reference [${node.path.join(', ')}]`, 'the reference names nothing', node.at);
    if (node.kind === 'dict')
      findings.unresolved(
        'unknown',
        'script',
        'YAML reads the entry as a map, which GitLab refuses: quote it',
        node.at,
      );
    if (node.kind === 'scalar' && node.value !== null) found.push(node.source);
    if (node.kind !== 'sequence') return;
    for (const item of node.items) {
      if (visits > MAX_SCRIPT_VISITS) return;
      visit(item, depth + 1);
    }
  };
  if (tree) visit(tree, 0);
  return found;
}

/** `needs:project` downloads artifacts with the token of this job. */
function needs(variant: JobVariant, findings: Findings): void {
  // A reference in the list brings a list.
  for (const need of itemsOf(variant.needs).flatMap(itemsOf)) {
    const project = child(need, 'project');
    if (!project || textOf(child(need, 'artifacts')) === 'false') continue;
    const written = textOf(project);
    const path = expanded(written, variant);
    const likely = /\$/u.test(written) || isLikely(path);
    const at = project.kind === 'scalar' ? project.at : need.at;
    findings.callee(findings.instance.project(path, likely), 'needs-project', ['READ_JOBS'], { at }, path);
  }
}

/** The runner pulls `image` and `services` with the job token unless other credentials are set for the registry. */
function images(variant: JobVariant, findings: Findings): void {
  const registry = variant.variables.get('CI_REGISTRY')?.value ?? '';
  const auth = variant.variables.get('DOCKER_AUTH_CONFIG')?.value ?? '';
  // A stored secret cannot be read, so it is taken to hold what people put there: a login for this registry.
  const replaced = auth !== '' && !hasToken(auth) && (auth.includes(registry) || !auth.includes('{'));
  if (replaced) return;
  for (const tree of [child(variant.job, 'image'), ...itemsOf(child(variant.job, 'services'))]) {
    const name = tree?.kind === 'dict' ? child(tree, 'name') : tree;
    if (name?.kind === 'scalar') findings.image(expanded(textOf(name), variant), { at: name.at });
  }
}

function expanded(text: string, variant: JobVariant): string {
  return expandText(text, (name) => variant.variables.get(name)?.value ?? unknown(name));
}
