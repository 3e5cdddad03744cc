import type { GitScope } from '../../reach/repository.ts';
import { withJobToken } from '../../reach/repository.ts';
import { authorised, fileLines, gitAddress, gitDependency } from '../../reach/packages.ts';
import type { Arg, Call, Tool } from '../../shell/call.ts';
import { linesSource } from '../../shell/call.ts';
import type { Line } from '../../shell/state.ts';
import { stranger } from '../stranger.ts';

/**
 * A program that hands the git addresses of a file to git, or to a library that reads git's configuration. Such programs
 * differ in the file, in the verbs that fetch, and in how a line spells an address.
 */
export interface GitManifest {
  /** Verbs that fetch; null when every call does. */
  readonly verbs: RegExp | null;
  /** Files below the current directory, patterns allowed. */
  readonly files: (call: Call) => readonly string[];
  /** The group that matches is an address. Read over the whole text: `^` stands for the start of a line. */
  readonly address: RegExp;
  /** Starts a comment; the rest of the line is not read. */
  readonly comment: RegExp;
  /** Fills in what the language of the file computes. */
  readonly filled?: (lines: readonly Line[], call: Call) => readonly Line[];
}

/** Always the same files. */
export const listed =
  (...names: readonly string[]) =>
  (): readonly string[] =>
    names;

/** The files that options name, else the usual ones. */
export const named =
  (flags: RegExp, ...usual: readonly string[]) =>
  ({ args }: Call): readonly string[] => {
    const given = args.flatMap(({ value }, index) => {
      const equals = /^(--?[\w-]+)=(.+)$/u.exec(value);
      if (equals && flags.test(equals[1] ?? '')) return [equals[2] ?? ''];
      return flags.test(value) ? [args[index + 1]?.value ?? ''] : [];
    });
    return given.length > 0 ? given : usual;
  };

/** Reads the manifest of a program, and the addresses of its own command line. */
export function manifestTool(manifest: GitManifest): Tool {
  return (call) => {
    const verb = call.args.find(({ value }) => !/^[-+]/u.test(value))?.value ?? '';
    if (manifest.verbs && !manifest.verbs.test(verb)) return;
    const paths = manifest.files(call).flatMap((pattern) => matching(call, pattern));
    const lines = paths.length > 0 ? paths.flatMap((path) => fileLines(call, path)) : (call.stdin ?? []);
    readManifest(call, lines, manifest);
    fromArguments(call);
    stranger(call);
  };
}

/** Reports the addresses of a text that is written as a manifest says. */
export function readManifest(call: Call, lines: readonly Line[], { address, comment, filled }: GitManifest): void {
  const plain = lines.map(({ text, at }) => ({ text: text.replace(comment, ''), at }));
  const { text, at } = linesSource(filled?.(plain, call) ?? plain);
  for (const match of text.matchAll(new RegExp(address, 'gmu'))) {
    const groups: readonly (string | undefined)[] = match.slice(1);
    const value = groups.find((group) => group !== undefined) ?? '';
    reach(call, { value, at: at(match.index + match[0].lastIndexOf(value)) });
  }
}

/** An archive of the API, which the program's own login (`.netrc`) opens, or a repository. */
export function reach(call: Call, { value, at }: Arg): void {
  // Pages such as `/-/archive/` take no job token.
  if (/^https?:\/\/[^?#]*\/-\//u.test(value) && !/\/api\/v4\//u.test(value)) return;
  if (!/\/api\/v4\//u.test(value)) gitDependency(value, at, call);
  else if (authorised(call, value, false)) call.findings.api(value, { at, likely: true });
}

/** `cookiecutter URL`, `repo init -u URL` and the like. */
export function fromArguments(call: Call): void {
  for (const { value, at } of call.args) {
    const url = value.replace(/^--?[\w-]+=/u, '').replace(/^gh?\+/u, '');
    if (/^(?:git\+)?(?:https?|ssh|git):\/\/|^git@/u.test(url)) gitDependency(url, at, call);
  }
}

/**
 * Says that a file of another project lists repositories which are fetched too, where the job token opens that project.
 *
 * @param url - address of the repository with that file
 */
export function listedElsewhere(call: Call & GitScope, url: string, at: Arg['at']): void {
  const target = withJobToken(gitAddress(url) ?? url, call);
  if (target !== null)
    call.findings.unresolved('git', target, 'what it lists is fetched, and it lies in another project', at);
}

/** Each file is a request where a repository is read from afar. */
const MAX_MATCHES = 60;

/** Files that a pattern stands for. */
export function matching(call: Call, pattern: string): readonly string[] {
  const key = /[*?[{]/u.test(pattern) ? call.workspace.resolve(pattern, call.state.cwd) : null;
  if (key === null) return [pattern];
  const found = call.workspace.checkout.matching(key, 'exists').slice(0, MAX_MATCHES);
  return found.map((path) => call.workspace.absolute(path));
}
