import type { Redirected, CompoundCommand, CompoundList } from 'unbash';
import type { SourceText } from '../source.ts';
import type { Origin } from '../types.ts';

/** One line of output, of a file or of a here-document, and where it was written. */
export interface Line {
  readonly text: string;
  readonly at: Origin;
}

/** A variable's value and the place that set it. */
export interface Binding {
  readonly value: string;
  readonly at: Origin | null;
}

/** A shell function with the text it was defined in. */
export interface ShellFunction {
  readonly body: CompoundCommand | Redirected | CompoundList;
  readonly source: SourceText;
}

/** `git config` as far as it decides where a clone goes and with which credentials. */
export interface GitConfig {
  /** `url.BASE.insteadOf PREFIX` */
  readonly rewrites: readonly { readonly base: string; readonly prefix: string }[];
  /** `http[.URL].extraHeader VALUE`; url `''` holds for every host. */
  readonly headers: readonly { readonly url: string; readonly value: string }[];
  /** `credential[.URL].helper VALUE`, and stored or answered credentials as text. */
  readonly credentials: readonly { readonly url: string; readonly value: string }[];
  /** `remote.NAME.url` */
  readonly remotes: ReadonlyMap<string, string>;
}

/** How a command of the shell ended: what follows runs, or the loop, function or script is left. */
export type Flow = 'next' | 'break' | 'continue' | 'return' | 'exit';

let revisions = 0;

/**
 * What a job's shell knows at one point. Branches that cannot be decided run on copies; equal revisions mean that
 * nothing changed, so that copies can be dropped again.
 */
export class ShellState {
  vars = new Map<string, Binding>();
  arrays = new Map<string, readonly string[]>();
  exported = new Set<string>();
  functions = new Map<string, ShellFunction>();
  /** Names that stand for other names: `local -n list=$1`. */
  references: ReadonlyMap<string, string> = new Map();
  /** Files written by the job; null where one was removed. */
  files = new Map<string, readonly Line[] | null>();
  /** Paths, folders among them, that show other files of the checkout. */
  links: ReadonlyMap<string, string> = new Map();
  git: GitConfig = { rewrites: [], headers: [], credentials: [], remotes: new Map() };
  /** Named facts of tools: logins, remotes, registries. */
  notes = new Map<string, Binding>();
  positional: readonly string[] = [];
  /** Relative to the checkout; starts with `/` or `~` when outside of it. */
  cwd = '';
  out: Line[] = [];
  flow: Flow = 'next';
  revision = 0;

  touch(): void {
    revisions += 1;
    this.revision = revisions;
  }

  clone(): ShellState {
    const copy = new ShellState();
    copy.vars = new Map(this.vars);
    copy.arrays = new Map(this.arrays);
    copy.exported = new Set(this.exported);
    copy.functions = new Map(this.functions);
    copy.references = this.references;
    copy.files = new Map(this.files);
    copy.links = this.links;
    copy.git = this.git;
    copy.notes = new Map(this.notes);
    copy.positional = this.positional;
    copy.cwd = this.cwd;
    copy.out = [...this.out];
    copy.flow = this.flow;
    copy.revision = this.revision;
    return copy;
  }

  /** A new process: exported variables and files only. */
  child(positional: readonly string[]): ShellState {
    const copy = this.clone();
    for (const name of copy.vars.keys()) if (!copy.exported.has(name)) copy.vars.delete(name);
    copy.arrays = new Map();
    copy.functions = new Map();
    copy.references = new Map();
    copy.positional = positional;
    copy.out = [];
    return copy;
  }

  /** Another machine or container: the files that are handed in, and nothing else of this shell. */
  elsewhere(): ShellState {
    const copy = this.child([]);
    copy.vars = new Map();
    copy.exported = new Set();
    copy.git = { rewrites: [], headers: [], credentials: [], remotes: new Map() };
    copy.notes = new Map();
    copy.touch();
    return copy;
  }

  /** What a finished child leaves behind: files and tool configuration. */
  adopt(child: ShellState): void {
    if (child.revision === this.revision) return;
    this.files = child.files;
    this.git = child.git;
    this.notes = child.notes;
    this.touch();
  }

  /** Makes a name stand for another one. */
  refer(name: string, target: string): void {
    this.references = new Map(this.references).set(name, this.named(target));
    this.touch();
  }

  /** The name that a name stands for, with the key of an entry: `list[0]`. */
  named(name: string): string {
    if (this.references.size === 0) return name;
    const [, own = name, key = ''] = /^(\w+)(\[.*\])$/su.exec(name) ?? [];
    return (this.references.get(own) ?? own) + key;
  }

  value(name: string): string | undefined {
    return this.vars.get(this.named(name))?.value;
  }

  set(name: string, value: string, at: Origin | null): void {
    this.vars.set(this.named(name), { value, at });
    this.touch();
  }

  export(name: string): void {
    this.exported.add(name);
  }

  note(name: string, value: string, at: Origin): void {
    this.notes.set(name, { value, at });
    this.touch();
  }

  print(text: string, at: Origin): void {
    const limit = 4000;
    for (const line of text.replace(/\n$/u, '').split('\n').slice(0, limit)) this.out.push({ text: line, at });
    this.touch();
  }
}

/** Text of lines, joined as a file would hold them. */
export const textOfLines = (lines: readonly Line[]): string => lines.map(({ text }) => text).join('\n');

/**
 * Keeps one of each revision. When more than `limit` are left, states that differ in nothing a later command can see
 * become one; `cut` is called when there are still more; only the first `limit` go on then.
 */
export function distinct(states: readonly ShellState[], limit: number, cut: () => void): readonly ShellState[] {
  const byRevision = unique(states, ({ revision, flow }) => `${revision} ${flow}`);
  if (byRevision.length <= limit) return byRevision;
  const differs = differences(byRevision);
  const byContent = unique(byRevision, (state) => fingerprint(state, differs));
  if (byContent.length > limit) cut();
  return byContent.slice(0, limit);
}

function unique(states: readonly ShellState[], key: (state: ShellState) => string): readonly ShellState[] {
  return [...new Map(states.map((state) => [key(state), state] as const).reverse()).values()].reverse();
}

/** Names under which the states do not all hold the very same object; only these need to be compared by content. */
interface Differences {
  readonly vars: readonly string[];
  readonly files: readonly string[];
}

function differences(states: readonly ShellState[]): Differences {
  const differing = (mapOf: (state: ShellState) => ReadonlyMap<string, unknown>): readonly string[] => {
    const [first, ...others] = states.map(mapOf);
    const names = new Set(states.flatMap((state) => [...mapOf(state).keys()]));
    return [...names].filter((name) => others.some((other) => other.get(name) !== first?.get(name)));
  };
  return { vars: differing(({ vars }) => vars), files: differing(({ files }) => files) };
}

/** What later commands can see; after `exit` only files and tool configuration are left to `after_script`. */
function fingerprint(state: ShellState, differs: Differences): string {
  const files = differs.files.map((path) => {
    const lines = state.files.get(path);
    if (lines) return textOfLines(lines);
    return lines === null ? 'removed' : 'absent';
  });
  const notes = [...state.notes].map(([name, { value }]) => [name, value]).sort();
  const lasting = [files, state.git, [...state.git.remotes], notes];
  if (state.flow === 'exit') return JSON.stringify(['exit', lasting]);
  const vars = differs.vars.map((name) => state.vars.get(name)?.value ?? null);
  const functions = [...state.functions].map(([name, { body }]) => [name, body.pos, body.end]);
  const shell = [
    vars,
    [...state.arrays],
    [...state.references],
    functions,
    state.positional,
    state.cwd,
    textOfLines(state.out),
  ];
  return JSON.stringify([state.flow, lasting, shell]);
}
