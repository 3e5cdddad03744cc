import { goTests } from './go-tests.ts';
import { splitUrl } from '../../reach/instance.ts';
import { withoutLikely } from '../../marks.ts';
import { pointSource } from '../../source.ts';
import type { Arg, Call } from '../../shell/call.ts';
import { parseArgs, valuesOf } from '../../shell/call.ts';
import { authorised, fileLines } from '../../reach/packages.ts';
import { effectiveGitConfig, rewritten } from '../../reach/credentials.ts';
import { reachRepository } from '../../reach/repository.ts';

const LOADS = /^(?:build|test|vet|run|get|install|mod|generate|list|tool|work|fix)$/u;

/** `go` and programs that load Go modules: private modules come from git, or from GitLab's Go proxy. */
export function go(call: Call): void {
  const parsed = parseArgs(call.args, new Set(['C', 'o', 'tags', 'ldflags', 'run', 'mod', 'modfile', 'timeout']));
  const [verb, sub] = parsed.operands;
  if (verb?.value === 'env') {
    for (const { value, at } of call.args) {
      const match = /^(\w+)=([^]*)$/u.exec(value);
      if (!match) continue;
      call.state.set(match[1] ?? '', match[2] ?? '', at);
      call.state.export(match[1] ?? '');
    }
    return;
  }
  if (!LOADS.test(verb?.value ?? '')) return;
  proxies(call);
  if (verb?.value === 'run') runPackage(call, sub);
  if (verb?.value === 'test') goTests(call, valuesOf(parsed.operands.slice(1)));
  if (verb?.value === 'generate') generate(call, valuesOf(parsed.operands.slice(1)));
  for (const one of parsed.operands.slice(1)) {
    if (/^[\w.-]+\.[\w.-]+(?::\d+)?\//u.test(one.value)) module(call, one.value.replace(/@.*$/u, ''), one.at);
  }
  // With a vendor folder nothing is downloaded, unless asked for.
  const modes = `${call.state.value('GOFLAGS') ?? ''} ${call.args.map(({ value }) => value).join(' ')}`;
  const vendored = call.workspace.lines('vendor/modules.txt', call.state) !== null;
  if (
    (vendored || modes.includes('-mod=vendor')) &&
    !(verb?.value === 'mod' && sub?.value !== 'verify') &&
    !modes.includes('-mod=mod')
  )
    return;
  const members = workspaceMembers(call);
  if (members.length === 0) required(call, new Set());
  const saved = call.state.cwd;
  const local = new Set(members.map((folder) => moduleName(call, folder)));
  for (const folder of members) {
    call.state.cwd = call.workspace.resolve(folder, saved) ?? saved;
    required(call, local);
    call.state.cwd = saved;
  }
}

/** `hugo`: themes and content that its modules name in `go.mod`. */
export function hugo(call: Call): void {
  const [verb, sub] = parseArgs(call.args, new Set(['s', 'source', 'd', 'destination', 'b', 'baseURL', 'e'])).operands;
  if (verb && !/^(?:mod|server|build)$/u.test(verb.value)) return;
  if (verb?.value === 'mod' && !/^(?:get|tidy|vendor|graph|verify)$/u.test(sub?.value ?? '')) return;
  required(call, new Set());
}

/** `go run ./cmd/x` or `go run x.go`: the program's text. */
function runPackage(call: Call, target: Arg | undefined): void {
  if (target === undefined || !/^\.|\.go$/u.test(target.value)) return;
  const key = call.workspace.resolve(target.value, call.state.cwd);
  if (key === null) return;
  const files = key.endsWith('.go')
    ? [key]
    : call.workspace.checkout
        .matching(key === '' ? '*.go' : `${key}/*.go`, 'shell')
        .filter((path) => !path.endsWith('_test.go'));
  // The other files of the package belong to the one that is run.
  const [main] = [...files.filter((path) => /(?:^|\/)main\.go$/u.test(path)), ...files];
  // Further files belong to the package, what follows them to the program, options included.
  const after = call.args.slice(call.args.indexOf(target) + 1);
  const own = target.value.endsWith('.go') ? after.findIndex(({ value }) => !value.endsWith('.go')) : 0;
  if (main !== undefined) call.shell.runFile(call.workspace.absolute(main), own < 0 ? [] : after.slice(own), call);
}

const MAX_GENERATED = 100;

/** `go generate ./…`: the commands of `//go:generate` lines, each in the folder of its file. */
function generate(call: Call, targets: readonly string[]): void {
  const { checkout } = call.workspace;
  const saved = call.state.cwd;
  for (const target of targets.length > 0 ? targets : ['.']) {
    const key = call.workspace.resolve(target.replace(/\/?\.\.\.$/u, '') || '.', saved) ?? '';
    const pattern = key.endsWith('.go')
      ? key
      : `${key === '' ? '' : `${key}/`}${target.endsWith('...') ? '**/' : ''}*.go`;
    for (const path of checkout.matching(pattern, 'exists').slice(0, MAX_GENERATED)) {
      for (const { text, at } of fileLines(call, call.workspace.absolute(path))) {
        const command = /^\/\/go:generate\s+(\S.*)$/u.exec(text)?.[1];
        if (command === undefined) continue;
        call.state.cwd = path.replace(/\/?[^/]*$/u, '');
        call.shell.runChild(pointSource(command, at), [], { ...call, stdin: null });
      }
    }
  }
  call.state.cwd = saved;
}

/** Folders that `go.work` uses; none without such a file. */
function workspaceMembers(call: Call): readonly string[] {
  if (call.state.value('GOWORK') === 'off') return [];
  const text = fileLines(call, 'go.work')
    .map((line) => line.text.replace(/\/\/.*$/u, ''))
    .join('\n');
  const lists = [...text.matchAll(/\buse\s*(?:\(([^)]*)\)|(\S+))/gu)];
  return lists.flatMap((match) => (match[1] ?? match[2] ?? '').split(/\s+/u)).filter((folder) => folder !== '');
}

function moduleName(call: Call, folder: string): string {
  const line = fileLines(call, `${folder}/go.mod`).find(({ text }) => /^\s*module\s/u.test(text));
  return /module\s+"?([^\s"]+)/u.exec(line?.text ?? '')?.[1] ?? '';
}

/** `GOPROXY` entries on the instance. */
function proxies(call: Call): void {
  const binding = call.state.vars.get('GOPROXY');
  for (const url of binding?.value.split(/[,|]/u) ?? []) {
    if (url.includes('://') && authorised(call, url, false))
      call.findings.api(`${url.replace(/\/+$/u, '')}/`, {
        at: binding?.at ?? call.at,
        access: 'go',
        policies: ['READ_PACKAGES'],
      });
  }
}

interface Requirement {
  readonly path: string;
  readonly at: Arg['at'];
}

/** Modules of `go.mod`, with replacements applied. */
function required(call: Call, local: ReadonlySet<string>): void {
  const wanted = new Map<string, Requirement>();
  const replaced = new Map<string, Requirement | null>();
  let block = '';
  for (const { text, at } of fileLines(call, 'go.mod')) {
    const line = text.replace(/\/\/.*$/u, '').trim();
    const opens = /^(require|replace|exclude|retract|tool)\s*\($/u.exec(line)?.[1];
    if (opens !== undefined) block = opens;
    else if (line === ')') block = '';
    const body = block === '' ? /^(require|replace|tool)\s+(.*)$/u.exec(line) : null;
    const kind = body?.[1] ?? block;
    const words = (body?.[2] ?? line).split(/\s+/u);
    const first = (words[0] ?? '').replace(/"/gu, '');
    if (kind === 'require' && /\./u.test(first)) wanted.set(first, { path: first, at });
    const arrow = words.indexOf('=>');
    if (kind !== 'replace' || arrow < 0) continue;
    const target = words[arrow + 1] ?? '';
    replaced.set(first, /^[./]/u.test(target) ? null : { path: target, at });
  }
  for (const [path, requirement] of wanted) {
    if (local.has(path)) continue;
    const target = replaced.has(path) ? replaced.get(path) : requirement;
    if (target) module(call, target.path, target.at);
  }
}

/** A module path on the instance's host: the project is its longest known prefix. */
function module(call: Call, written: string, at: Arg['at']): void {
  const { instance } = call.findings;
  const path = withoutLikely(written);
  const prefix = `${instance.fqdn}${instance.root}/`;
  const host = `${instance.host}${instance.root}/`;
  const below = path.startsWith(prefix)
    ? path.slice(prefix.length)
    : path.startsWith(host)
      ? path.slice(host.length)
      : null;
  if (below === null) {
    elsewhere(call, path, at);
    return;
  }
  const repository =
    /^(.+?)\.git(?:\/|$)/u.exec(below)?.[1] ??
    instance.longestProject(below.replace(/\/v\d+$/u, '').replace(/\/(?:cmd|internal)\/.*$/u, ''));
  const url = `${instance.url}/${repository}.git`;
  if (splitUrl(url)) reachRepository(url, 'git', at, call);
}

/** A module of another host, whose address git turns into one of the instance (`url.….insteadOf`). */
function elsewhere(call: Call, path: string, at: Arg['at']): void {
  const config = effectiveGitConfig(call.state, call.workspace);
  if (config.rewrites.length === 0) return;
  const parts = path.split('/');
  // Hosts whose repositories have two names; on others the module is taken for the repository.
  const repository = /^(?:github\.com|bitbucket\.org)$/u.test(parts[0] ?? '')
    ? parts.slice(0, 3).join('/')
    : path.replace(/\/v\d+$/u, '').replace(/\/(?:cmd|internal)\/.*$/u, '');
  const url = `https://${repository}`;
  if (rewritten(url, config) !== url) reachRepository(url, 'git', at, { ...call, config });
}
