import type { Redirection } from 'unbash';
import { unknown } from '../marks.ts';
import { lineStarts } from '../source.ts';
import type { Expander } from './expand.ts';
import type { Frame, Runner, Step } from './frame.ts';
import type { Line, ShellState } from './state.ts';

/** Applies redirections around `body`. */
export function redirected(
  shell: Runner,
  redirects: readonly Redirection[],
  frame: Frame,
  state: ShellState,
  body: (frame: Frame) => readonly Step[],
): readonly Step[] {
  if (redirects.length === 0) return body(frame);
  const expander = shell.expander(frame, state);
  let stdin = frame.stdin;
  let target: { readonly path: string; readonly append: boolean } | null = null;
  for (const redirect of redirects) {
    if (redirect.type !== 'Redirect') stdin = inline(redirect, frame, expander);
    else if (/^<&?$/u.test(redirect.operator) && redirect.target) {
      const text = expander.text(redirect.target);
      const path = redirect.operator === '<' ? text : `/dev/fd/${text}`;
      const lines = shell.workspace.lines(path, state) ?? [
        { text: unknown(`< ${path}`), at: frame.source.at(redirect.pos) },
      ];
      const descriptor = descriptorOf(redirect);
      // What another descriptor shows is read by `read -u 3` and `<&3`, as late as the shell runs.
      if (descriptor === null) stdin = lines;
      else shell.workspace.write(`/dev/fd/${descriptor}`, lines, false, state);
    } else if (/^(?:&?>>?|>\|)$/u.test(redirect.operator) && redirect.target && isStdout(redirect)) {
      target = { path: expander.text(redirect.target), append: redirect.operator.endsWith('>>') };
    }
  }
  const inner = { ...frame, stdin };
  if (!target) return body(inner);
  const saved = state.out;
  state.out = [];
  const steps = body(inner);
  for (const step of steps) {
    shell.workspace.write(target.path, step.state.out, target.append, step.state);
    step.state.out = [...saved];
  }
  return steps;
}

/** The lines of a here-document or a here-string. */
function inline(
  redirect: Exclude<Redirection, { type: 'Redirect' }>,
  frame: Frame,
  expander: Expander,
): readonly Line[] {
  if (redirect.type === 'HereString') {
    const at = frame.source.at(redirect.pos);
    return expander
      .text(redirect.target)
      .split('\n')
      .map((text) => ({ text, at }));
  }
  const { body, delimiter } = redirect;
  // Without anything to expand the body comes as written, backslashes before `$` among it.
  const plain = delimiter?.quoted === true ? body.text : body.text.replace(/\\([$`\\])/gu, '$1');
  const text = delimiter?.quoted === true || !body.parts ? plain : expander.parts(body.parts);
  const strip = redirect.operator === '<<-';
  // Expansions seldom add lines, so the n-th line of the text is the n-th line of the file.
  const starts = lineStarts(frame.source.text, body.pos);
  return text
    .replace(/\n$/u, '')
    .split('\n')
    .map((line, index) => ({
      text: strip ? line.replace(/^\t+/u, '') : line,
      at: frame.source.at(starts[Math.min(index, starts.length - 1)] ?? body.pos),
    }));
}

/** The descriptor of `3< file`; null for the standard input. */
function descriptorOf({ descriptor }: Extract<Redirection, { type: 'Redirect' }>): number | string | null {
  if (descriptor?.type === 'FileDescriptor') return descriptor.value === 0 ? null : descriptor.value;
  return null;
}

function isStdout(redirect: Extract<Redirection, { type: 'Redirect' }>): boolean {
  const descriptor = redirect.descriptor;
  return descriptor?.type !== 'FileDescriptor' || descriptor.value === 1;
}
