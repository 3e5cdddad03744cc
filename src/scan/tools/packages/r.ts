import type { Call } from '../../shell/call.ts';
import { interpreterOf } from '../program/program.ts';
import { fileLines, gitDependency } from '../../reach/packages.ts';

/** Calls that fetch what a package or a project names. */
const INSTALLS = /\b(?:install_\w+|local_install\w*|restore|pkg_install|pak|setup|install)\b/u;

/** `R` and `Rscript`: the program, and the git addresses of `Remotes:` and of `renv.lock` where it installs them. */
export function r(call: Call): void {
  interpreterOf('r')(call);
  const texts = [...call.args, ...(call.stdin ?? []).map(({ text, at }) => ({ value: text, at }))].map(({ value }) =>
    /\.R$/iu.test(value) ? (call.workspace.text(value, call.state) ?? '') : value,
  );
  if (!texts.some((text) => INSTALLS.test(text))) return;
  let remotes = false;
  for (const { text, at } of fileLines(call, 'DESCRIPTION')) {
    const field = /^(\w[\w/@]*):/u.exec(text)?.[1];
    if (field !== undefined) remotes = field === 'Remotes';
    if (remotes)
      for (const [, url = ''] of text.matchAll(/git::((?:https?|ssh):\/\/[^\s,]+|git@[^\s,]+)/gu))
        gitDependency(url, at, call);
  }
  for (const { text, at } of fileLines(call, 'renv.lock')) {
    const url = /"RemoteUrl"\s*:\s*"([^"]+)"/u.exec(text)?.[1];
    if (url !== undefined) gitDependency(url, at, call);
  }
}
