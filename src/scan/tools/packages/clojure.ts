import { hasToken } from '../../marks.ts';
import type { Arg, Call } from '../../shell/call.ts';
import { allOptions, linesSource, parseArgs } from '../../shell/call.ts';
import { mavenServer } from './jvm.ts';
import { authorised, fileLines, packageUse } from '../../reach/packages.ts';

/** Tools of the JVM that name Maven repositories in files of their own: Leiningen, the Clojure CLI, Coursier. */

interface Repository {
  readonly id: string;
  readonly url: Arg;
  /** What stands beside the address: user, password, headers. */
  readonly options: string;
}

/** `["id" {:url "…" …}]`, `"id" {:url "…"}` and `["id" "…"]`. */
const REPOSITORY = /"([\w.-]+)"\s+(?:\{([^{}]{1,1500})\}|"(https?:[^"]+)")/gu;
const ADDRESS = /:url\s+"(https?:[^"]+)"/u;

function repositories(call: Call, path: string): readonly Repository[] {
  const lines = fileLines(call, path).map(({ text, at }) => ({ text: text.replace(/(?:^|\s);.*$/u, ''), at }));
  const { text, at } = linesSource(lines);
  return [...text.matchAll(REPOSITORY)].map((match): Repository => {
    const url = ADDRESS.exec(match[2] ?? '')?.[1] ?? match[3] ?? '';
    return {
      id: match[1] ?? '',
      url: { value: url, at: at(match.index + match[0].indexOf(url)) },
      options: match[2] ?? '',
    };
  });
}

/** `:password :env/name`, `:env` for `LEIN_PASSWORD`, or `(System/getenv "NAME")`. */
function login({ id, options }: Repository, call: Call): boolean {
  const named = [...options.matchAll(/:env\/([\w-]+)|getenv\s+"(\w+)"|env\s+:([\w-]+)/gu)].map(
    ([, key, variable, keyword]) => variable ?? (key ?? keyword ?? '').replaceAll('-', '_'),
  );
  if (/:(?:password|passphrase)\s+:env(?![\w/-])/u.test(options)) named.push('LEIN_PASSWORD');
  return (
    named.some((name) => hasToken(call.state.value(name) ?? call.state.value(name.toUpperCase()) ?? '')) ||
    mavenServer(call, id)
  );
}

/** `lein`: repositories of `project.clj`; `lein deploy ID` writes. */
export function lein(call: Call): void {
  const words = call.args.map(({ value }) => value);
  const deploys = words.indexOf('deploy');
  const target = deploys < 0 ? null : (words[deploys + 1] ?? 'releases');
  for (const repository of repositories(call, 'project.clj')) {
    const upload = repository.id === target;
    if (authorised(call, repository.url.value, login(repository, call)))
      call.findings.api(repository.url.value, packageUse(repository.url.at, 'maven', upload));
  }
}

/** `clojure` and `clj`: `:mvn/repos` of `deps.edn`, with the logins of `settings.xml`. */
export function clojure(call: Call): void {
  for (const repository of repositories(call, 'deps.edn'))
    if (authorised(call, repository.url.value, login(repository, call)))
      call.findings.api(repository.url.value, packageUse(repository.url.at, 'maven', false));
}

/** `cs fetch -r URL …`, logged in by `COURSIER_CREDENTIALS` (`host user:password`) or `--credentials`. */
export function coursier(call: Call): void {
  const parsed = parseArgs(call.args, new Set(['r', 'repository', 'credentials', 'o', 'output', 'M', 'main']));
  const stored = call.state.value('COURSIER_CREDENTIALS') ?? '';
  const text = [
    stored,
    call.workspace.text(stored, call.state) ?? '',
    ...allOptions(parsed, 'credentials').map(({ value }) => value),
  ];
  const known = text.some((one) => one.includes(call.findings.instance.host) && hasToken(one));
  const urls = [
    ...allOptions(parsed, 'r', 'repository'),
    { value: call.state.value('COURSIER_REPOSITORIES') ?? '', at: call.at },
  ];
  for (const { value, at } of urls.flatMap(({ value, at }) => value.split('|').map((url) => ({ value: url, at }))))
    if (authorised(call, value, known)) call.findings.api(value, packageUse(at, 'maven', false));
}
