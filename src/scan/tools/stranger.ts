import { splitUrl } from '../reach/instance.ts';
import { hasToken } from '../marks.ts';
import type { Call } from '../shell/call.ts';
import { installedCommand } from './packages/python/own-programs.ts';

/** Programs that only keep an address, for a cluster or a server to use. */
const KEEPS =
  /^(?:kubectl|oc|helm|argocd|flux|vault|aws|az|gcloud|ssh|scp|gpg|jf|kubeseal|sops|consul|nomad|systemctl|exit)$/u;
/**
 * A program that the scan does not know, given an address that carries the token: it is read from there, though how is not
 * known. An address in a text counts too, as in `Rscript -e "install_git('https://…')"`.
 */
export function stranger(call: Call): void {
  if (KEEPS.test(call.name) || installedCommand(call)) return;
  const { instance } = call.findings;
  for (const { value, at } of call.args) {
    if (value.length > 4_000) continue;
    for (const [url] of value.matchAll(/https?:\/\/[^\s"'<>()|,;]+/gu)) {
      const parts = splitUrl(url);
      if (!parts || !instance.owns(parts)) continue;
      if (/^api\/v4\//u.test(instance.below(parts))) {
        if (hasToken(url)) call.findings.api(url, { at, likely: true });
      } else if (hasToken(parts.password) || hasToken(parts.user)) call.findings.repository(url, { at, likely: true });
    }
  }
}
