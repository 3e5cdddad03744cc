import type { Tree } from '../../ci/tree.ts';
import { child, itemsOf, textOf } from '../../ci/tree.ts';
import { hasToken } from '../../marks.ts';
import type { Arg, Call } from '../../shell/call.ts';
import { pointSource } from '../../source.ts';
import { isTokenHeader } from '../http/request.ts';
import { authorised } from '../../reach/packages.ts';
import { reachRepository } from '../../reach/repository.ts';

/** What a module of a task is given. */
export interface ModuleCall {
  readonly call: Call;
  readonly args: Tree;
  /** Fills in a template. */
  readonly fill: (text: string) => string;
}
type Module = (task: ModuleCall) => void;

/** An argument with its template filled in; free-form arguments are `name=value` words. */
function argument({ args, fill }: ModuleCall, ...names: readonly string[]): Arg | null {
  for (const name of names) {
    const tree = child(args, name);
    if (tree?.kind === 'scalar' && tree.value !== null) return { value: fill(textOf(tree)), at: tree.at };
    const word = args.kind === 'scalar' ? wordOf(textOf(args), name) : undefined;
    if (word !== undefined) return { value: fill(word), at: args.at };
  }
  return null;
}

function wordOf(text: string, name: string): string | undefined {
  const start = new RegExp(`(?:^|\\s)${name}=`, 'u').exec(text);
  if (!start) return undefined;
  const rest = text.slice(start.index + start[0].length);
  return /^"([^"]*)"|^'([^']*)'|^((?:\{\{[^}]*\}\}|[^\s{]|\{(?!\{))*)/u
    .exec(rest)
    ?.slice(1)
    .find((one) => (one as string | undefined) !== undefined);
}

const git: Module = (task) => {
  const repo = argument(task, 'repo', 'name');
  if (repo) reachRepository(repo.value, 'git', repo.at, task.call);
};

const request: Module = (task) => {
  const url = argument(task, 'url', 'src');
  if (!url || !/^https?:/u.test(url.value)) return;
  const headers = child(task.args, 'headers');
  const lines =
    headers?.kind === 'dict' ? [...headers.entries].map(([name, value]) => `${name}: ${task.fill(textOf(value))}`) : [];
  const password = argument(task, 'url_password', 'password')?.value ?? '';
  const sent = lines.some(isTokenHeader) || hasToken(password) || hasToken(url.value);
  const method = argument(task, 'method')?.value ?? 'GET';
  if (authorised(task.call, url.value, sent)) task.call.findings.api(url.value, { at: url.at, method });
};

/** Text for a shell; what it is called in each module is the same. */
const shell: Module = (task) => {
  const text = argument(task, 'cmd') ?? freeForm(task);
  if (text) task.call.shell.runChild(pointSource(text.value, text.at), [], task.call);
};

function freeForm({ args, fill }: ModuleCall): Arg | null {
  return args.kind === 'scalar' ? { value: fill(textOf(args)), at: args.at } : null;
}

const rerun = ({ call }: ModuleCall, words: readonly (Arg | string)[]): void => {
  call.shell.rerun(
    call,
    words.map((word) => (typeof word === 'string' ? { value: word, at: call.at } : word)),
  );
};

const pip: Module = (task) => {
  const names = itemsOf(child(task.args, 'name')).map((item) => ({ value: task.fill(textOf(item)), at: item.at }));
  const file = argument(task, 'requirements');
  const extra = argument(task, 'extra_args');
  const words = (extra?.value ?? '').split(/\s+/u).filter((word) => word !== '');
  rerun(task, ['pip', 'install', ...words, ...names, ...(file ? ['-r', file] : [])]);
};

const image: Module = (task) => {
  const name = argument(task, 'image', 'name');
  if (name) rerun(task, ['docker', 'pull', name]);
};

const login: Module = (task) => {
  const [host, user, password] = [['registry_url', 'registry', 'url'], ['username'], ['password']].map((names) =>
    argument(task, ...names),
  );
  if (host && password) rerun(task, ['docker', 'login', '-u', user?.value ?? '', '-p', password, host]);
};

/** Modules by name, without the collection that they are from. */
export const MODULES: ReadonlyMap<string, Module> = new Map<string, Module>([
  ['git', git],
  ['get_url', request],
  ['uri', request],
  ['unarchive', request],
  ['shell', shell],
  ['command', shell],
  ['raw', shell],
  ['script', shell],
  ['pip', pip],
  ['docker_image', image],
  ['docker_image_pull', image],
  ['docker_container', image],
  ['podman_image', image],
  ['podman_container', image],
  ['docker_login', login],
  ['podman_login', login],
]);
