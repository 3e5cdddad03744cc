import { child, itemsOf, readYaml, textOf } from '../../ci/tree.ts';
import { splitUrl } from '../../reach/instance.ts';
import { hasToken } from '../../marks.ts';
import type { Arg, Call } from '../../shell/call.ts';
import { option, parseArgs } from '../../shell/call.ts';
import { authorised } from '../../reach/packages.ts';
import { login } from './registry.ts';
import { pull } from '../../reach/image.ts';

const VALUED = new Set([
  'username',
  'password',
  'u',
  'p',
  'repo',
  'version',
  'n',
  'namespace',
  'f',
  'values',
  'set',
  'd',
  'destination',
  'kube-context',
  'timeout',
  'set-string',
  'untardir',
]);

/** `helm`: chart repositories and charts in the container registry. */
export function helm(call: Call): void {
  const parsed = parseArgs(call.args, VALUED);
  const [verb, second, third, fourth] = parsed.operands;
  const given = hasToken(
    passwordOf(call, option(parsed, 'password', 'p')?.value, parsed.options.has('password-stdin')),
  );
  if (verb?.value === 'registry' && second?.value === 'login') login(call, call.args.slice(2));
  else if (verb?.value === 'repo' && second?.value === 'add' && third && fourth) {
    call.state.note(`helm ${third.value}`, `${given ? 'token' : ''} ${fourth.value}`, fourth.at);
    if (authorised(call, fourth.value, given)) chart(call, fourth);
  } else if (/^(?:dependency|dep)$/u.test(verb?.value ?? '')) dependencies(call, third?.value ?? '.');
  else if (verb?.value === 'cm-push' || verb?.value === 'push') push(call, third, given);
  else charts(call, parsed.operands.slice(1), option(parsed, 'repo'), given);
}

function passwordOf(call: Call, given: string | undefined, stdin: boolean): string {
  return stdin ? (call.stdin ?? []).map(({ text }) => text).join('') : (given ?? '');
}

/** A chart repository that is asked with the token. */
export const chart = (call: Call, url: Arg): void => {
  call.findings.api(url.value, { at: url.at, access: 'helm', policies: [] });
};

function charts(call: Call, operands: readonly Arg[], repo: Arg | undefined, given: boolean): void {
  if (repo && authorised(call, repo.value, given)) chart(call, repo);
  for (const one of operands) {
    if (one.value.startsWith('oci://')) pull(call, one);
    else if (/^https?:/u.test(one.value) && authorised(call, one.value, given)) chart(call, one);
  }
}

/** Dependencies of `Chart.yaml`; logins come from `helm repo add`. */
function dependencies(call: Call, dir: string): void {
  const hosts = [...call.state.notes]
    .filter(([key, { value }]) => key.startsWith('helm ') && value.startsWith('token '))
    .map(([, { value }]) => value.slice(6).replace(/\/+$/u, ''));
  const path = `${dir}/Chart.yaml`;
  const text = call.workspace.text(path, call.state);
  if (text === null) return;
  const file = call.workspace.resolve(path, call.state.cwd) ?? path;
  for (const entry of itemsOf(child(readYaml(text, file).documents[0], 'dependencies'))) {
    const repository = child(entry, 'repository');
    if (repository?.kind !== 'scalar') continue;
    const { at } = repository;
    const url = textOf(repository);
    if (url.startsWith('oci://'))
      pull(call, { value: `${url.replace(/\/+$/u, '')}/${textOf(child(entry, 'name'))}`, at });
    else if (authorised(call, url, hosts.includes(url.replace(/\/+$/u, '')))) chart(call, { value: url, at });
  }
}

function push(call: Call, target: Arg | undefined, given: boolean): void {
  if (!target || target.value.startsWith('oci://')) return;
  const note = call.state.notes.get(`helm ${target.value}`);
  const url = note ? (note.value.split(' ').at(-1) ?? '') : target.value;
  const token = given || note?.value.startsWith('token ') === true;
  if (splitUrl(url) && authorised(call, url, token)) chart(call, { value: url, at: target.at });
}
