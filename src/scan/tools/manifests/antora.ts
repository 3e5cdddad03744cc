import { child, itemsOf, readYaml, textOf } from '../../ci/tree.ts';
import { splitUrl } from '../../reach/instance.ts';
import { hasToken } from '../../marks.ts';
import type { Call } from '../../shell/call.ts';
import { gitDependency } from '../../reach/packages.ts';
import { stranger } from '../stranger.ts';

/** `antora PLAYBOOK`: content repositories, opened by `GIT_CREDENTIALS` (a store of git's) or as git would, and bundles by address. */
export function antora(call: Call): void {
  stranger(call);
  const hosts = (call.state.value('GIT_CREDENTIALS') ?? '').split(/[\n,]/u).flatMap((line) => {
    const parts = splitUrl(line);
    return parts && hasToken(parts.password + parts.user) ? [parts.host] : [];
  });
  for (const { value } of call.args.filter((arg) => /\.ya?ml$/u.test(arg.value))) {
    const key = call.workspace.resolve(value, call.state.cwd);
    const text = call.workspace.text(value, call.state);
    if (key === null || text === null) continue;
    const root = readYaml(text, key).documents[0];
    for (const source of itemsOf(child(root, 'content', 'sources'))) {
      const url = child(source, 'url');
      if (!url) continue;
      if (hosts.includes(splitUrl(textOf(url))?.host ?? '')) call.findings.repository(textOf(url), { at: url.at });
      else gitDependency(textOf(url), url.at, call);
    }
  }
}
