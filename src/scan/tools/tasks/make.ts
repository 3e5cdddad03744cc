import type { Call } from '../../shell/call.ts';
import { linesSource, option, parseArgs } from '../../shell/call.ts';
import type { Line } from '../../shell/state.ts';
import { expandMake, patternMatch } from './make-text.ts';
import type { Expanding } from './make-variables.ts';
import { automaticVariable } from './make-variables.ts';
import { fileLines } from '../../reach/packages.ts';

interface Rule {
  readonly needs: readonly string[];
  readonly recipe: readonly Line[];
  /** What `%` stood for. */
  readonly stem: string;
}

const MAX_TARGETS = 200;
const FILES = ['GNUmakefile', 'makefile', 'Makefile'];

/** `make TARGET`: recipes of the target and of what it needs, in the shell. */
export function make(call: Call): void {
  const parsed = parseArgs(
    call.args,
    new Set(['f', 'file', 'makefile', 'C', 'directory', 'j', 'I', 'o', 'W', 'O', 'l']),
  );
  const saved = call.state.cwd;
  const directory = option(parsed, 'C', 'directory')?.value;
  if (directory !== undefined) call.state.cwd = call.workspace.resolve(directory, saved) ?? '/unknown';
  const file = option(parsed, 'f', 'file', 'makefile')?.value;
  const lines =
    file === undefined
      ? FILES.map((name) => fileLines(call, name)).find((one) => one.length > 0)
      : fileLines(call, file);
  if (lines) {
    const words = parsed.operands.map(({ value }) => value);
    const given = words.filter((word) => word.includes('='));
    const makefile = new Makefile(
      call,
      new Map(
        given.map((word) => [
          word.slice(0, word.indexOf('=')).replace(/[:?+]$/u, ''),
          word.slice(word.indexOf('=') + 1),
        ]),
      ),
    );
    makefile.read(lines);
    const targets = words.filter((word) => !word.includes('=') && !/^\d+$/u.test(word));
    for (const target of targets.length > 0 ? targets : [makefile.first]) makefile.run(target);
  }
  call.state.cwd = saved;
}

class Makefile {
  readonly #call: Call;
  /** Variables of the command line, which no assignment of the file changes. */
  readonly #given: ReadonlyMap<string, string>;
  readonly #variables = new Map<string, string>();
  /** Variables that were expanded when they were set (`:=`, `!=`). */
  readonly #simple = new Set<string>();
  readonly #rules = new Map<string, Rule>();
  readonly #done = new Set<string>();
  #evaluated = 0;
  readonly #included = new Set<string>();
  /** Conditionals that are open: whether their lines count, and whether some branch has. */
  readonly #branches: { live: boolean; taken: boolean }[] = [];
  first = '';

  constructor(call: Call, given: ReadonlyMap<string, string>) {
    this.#call = call;
    this.#given = given;
  }

  read(lines: readonly Line[]): void {
    let open: readonly string[] = [];
    let pending: Line | null = null;
    let define: string | null = null;
    for (const raw of lines.slice(0, 10_000)) {
      if (define !== null) {
        if (/^\s*endef\b/u.test(raw.text)) define = null;
        else this.#variables.set(define, `${this.#variables.get(define) ?? ''}${raw.text}\n`);
        continue;
      }
      // Where no rule is open, a tab is a blank like any other.
      if (raw.text.startsWith('\t') && pending === null && open.length > 0) {
        if (this.#live) for (const target of open) this.#add(target, [], raw);
        continue;
      }
      const joined: Line =
        pending === null ? raw : { text: `${pending.text.replace(/\\$/u, '')} ${raw.text.trim()}`, at: pending.at };
      pending = joined.text.endsWith('\\') ? joined : null;
      if (pending) continue;
      const line = joined.text.replace(/(?:^|\s)#.*$/u, '');
      if (this.#conditional(line.trim()) || !this.#live) continue;
      define = /^\s*define\s+([\w.-]+)/u.exec(line)?.[1] ?? null;
      if (define !== null) this.#variables.set(define, '');
      else open = this.#line(line, joined, open);
    }
  }

  /** A line that is no recipe; gives the targets that recipe lines belong to from here on. */
  #line(line: string, joined: Line, open: readonly string[]): readonly string[] {
    const assignment = /^\s*(?:export\s+|override\s+|private\s+)*([\w.-]+)\s*(\?|:{1,3}|\+|!)?=\s*(.*?)\s*$/u.exec(
      line,
    );
    const include = /^\s*(?:-|s)?include\s+(.+)$/u.exec(line)?.[1];
    if (line.trim() === '') return open;
    if (/^\s*\$[({](?:eval|foreach|call|if)\b/u.test(line)) return this.#evaluate(line, joined.at);
    if (include !== undefined) this.#include(include);
    else if (assignment) this.#assign(assignment[1] ?? '', assignment[2] ?? '', assignment[3] ?? '', joined.at);
    else {
      const rule =
        /^([^:=\s](?:\$\([^()]*(?:\([^()]*\)[^()]*)*\)|[^:=])*?)\s*:{1,2}(?!=)\s*([^;]*)(?:;\s*(.*))?$/u.exec(line);
      if (rule) return this.#rule(rule[1] ?? '', rule[2] ?? '', rule[3], joined);
    }
    return [];
  }

  /** A line that is a function: the rules and variables which its `$(eval …)` makes. */
  #evaluate(line: string, at: Line['at']): readonly string[] {
    const made: string[] = [];
    this.#expand(line, { evaluate: (text) => made.push(text) });
    this.#evaluated += made.length;
    if (this.#evaluated < MAX_TARGETS)
      for (const text of made) this.read(text.split('\n').map((one) => ({ text: one, at })));
    return [];
  }

  #rule(names: string, list: string, inline: string | undefined, joined: Line): readonly string[] {
    const targets = this.#words(names);
    const own = /^\s*([\w.-]+)\s*(\?|:{1,3}|\+)?=\s*(.*?)\s*$/u.exec(list);
    if (own) {
      // A variable of one target is taken for all: which target runs is not known yet.
      this.#assign(own[1] ?? '', own[2] ?? '', own[3] ?? '', joined.at);
      return targets;
    }
    // The colon of a static pattern rule, not the one of `$(LIST:%=x-%)`.
    const fixed = /^((?:\$[({][^(){}]*[)}]|[^:$]|\$(?![({]))*?[^:]):(?!=)\s*(.*)$/u.exec(list);
    const pattern = fixed?.[1]?.trim();
    const needs = this.#words(fixed?.[2] ?? list).filter((need) => need !== '|');
    const recipe = inline === undefined ? null : { text: inline, at: joined.at };
    for (const target of targets) {
      const stem = pattern === undefined ? null : patternMatch(pattern, target);
      this.#add(target, stem === null ? needs : needs.map((need) => need.replace('%', stem)), recipe, stem ?? '');
    }
    if (this.first === '' && targets[0]?.startsWith('.') === false && !targets[0].includes('%'))
      this.first = targets[0];
    return targets;
  }

  get #live(): boolean {
    return this.#branches.every(({ live }) => live);
  }

  /** `ifeq`, `ifdef`, `else` and `endif`; what is not decided counts as true. */
  #conditional(line: string): boolean {
    const match = /^(else\s+)?(ifn?eq|ifn?def)\b\s*(.*)$/u.exec(line);
    if (line === 'endif') this.#branches.pop();
    else if (match) {
      const holds = this.#holds(match[2] ?? '', match[3] ?? '');
      const last = match[1] === undefined ? undefined : this.#branches.at(-1);
      if (last) {
        last.live = !last.taken && holds;
        last.taken ||= holds;
      } else this.#branches.push({ live: holds, taken: holds });
    } else if (line === 'else') {
      const last = this.#branches.at(-1);
      if (last) last.live = !last.taken;
    } else return false;
    return true;
  }

  #holds(kind: string, text: string): boolean {
    if (kind.endsWith('def')) {
      const name = text.trim();
      const value = this.#given.get(name) ?? this.#variables.get(name) ?? this.#call.state.value(name) ?? '';
      return (value !== '') === (kind === 'ifdef');
    }
    const sides = /^\(\s*([^]*?)\s*,\s*([^]*?)\s*\)$/u.exec(text) ?? /^["']([^"']*)["']\s+["']([^"']*)["']/u.exec(text);
    const [left, right] = [sides?.[1] ?? '', sides?.[2] ?? ''].map((side) => this.#expand(side, { whole: true }));
    return (left === right) === (kind === 'ifeq');
  }

  #include(list: string): void {
    for (const path of this.#words(list)) {
      if (this.#included.has(path) || this.#included.size > 50) continue;
      this.#included.add(path);
      this.read(fileLines(this.#call, path));
    }
  }

  #assign(name: string, kind: string, value: string, at: Line['at']): void {
    if (this.#given.has(name)) return;
    const before = this.#variables.get(name);
    if (kind === '?' && (before !== undefined || this.#call.state.value(name) !== undefined)) return;
    if (kind === '+') {
      const added = this.#simple.has(name) ? this.#now(value, at) : value;
      const old = before ?? this.#call.state.value(name);
      this.#variables.set(name, old === undefined ? added : `${old} ${added}`);
      return;
    }
    const simple = kind.startsWith(':') || kind === '!';
    if (simple) this.#simple.add(name);
    else this.#simple.delete(name);
    this.#variables.set(name, simple ? this.#now(kind === '!' ? `$(shell ${value})` : value, at) : value);
  }

  /** Expands a text while the makefile is read; its `$(shell …)` commands run, whether the text is used or not. */
  #now(text: string, at: Line['at']): string {
    return this.#expand(text, { shell: (command) => this.#run([{ text: command, at }]) });
  }

  #run(script: readonly Line[]): void {
    this.#call.shell.runChild(linesSource(script), [], this.#call);
  }

  #add(target: string, needs: readonly string[], line: Line | null, stem = ''): void {
    const before = this.#rules.get(target) ?? { needs: [], recipe: [], stem };
    this.#rules.set(target, {
      needs: [...before.needs, ...needs],
      recipe: line ? [...before.recipe, line] : before.recipe,
      stem: stem === '' ? before.stem : stem,
    });
  }

  run(target: string): void {
    const rule = this.#ruleOf(target);
    if (!rule || this.#done.has(target) || this.#done.size > MAX_TARGETS) return;
    this.#done.add(target);
    for (const need of rule.needs) this.run(need);
    const script = rule.recipe.map(({ text, at }, index) => {
      // `-curl`, `@curl`; on a line that goes on from the one above, `-` begins an option.
      const goesOn = /\\$/u.test(rule.recipe[index - 1]?.text ?? '');
      const command = goesOn ? text.replace(/^\t/u, '') : text.replace(/^\t?\s*[@+-]*/u, '');
      return { text: this.#expand(command, { target, needs: rule.needs, stem: rule.stem }), at };
    });
    if (script.length > 0) this.#run(script);
  }

  /** The rule of a target: its own, else the first pattern rule that fits. */
  #ruleOf(target: string): Rule | null {
    const own = this.#rules.get(target);
    if (own && own.recipe.length > 0) return own;
    for (const [pattern, rule] of this.#rules) {
      const stem = pattern.includes('%') && rule.recipe.length > 0 ? patternMatch(pattern, target) : null;
      if (stem === null) continue;
      const needs = [...(own?.needs ?? []), ...rule.needs.map((need) => need.replace('%', stem))];
      return { needs, recipe: rule.recipe, stem };
    }
    return own ?? null;
  }

  #words(text: string): readonly string[] {
    return this.#expand(text)
      .split(/\s+/u)
      .filter((word) => word !== '');
  }

  /** Expands make's variables and functions; environment variables stay for the shell, or are filled in (`whole`). */
  #expand(text: string, context: Expanding = {}): string {
    const { whole = false, shell, evaluate } = context;
    return expandMake(text, {
      ...(shell ? { shell } : {}),
      ...(evaluate ? { evaluate } : {}),
      variable: (name) => {
        const given = this.#given.get(name);
        const own = given ?? this.#variables.get(name);
        // What was expanded before holds commands and variables for the shell, which a condition wants to know.
        const expanded = given === undefined && this.#simple.has(name) && !whole;
        if (own !== undefined) return { value: own, final: expanded };
        const automatic = automaticVariable(name, context);
        if (automatic !== null) return { value: automatic, final: true };
        // Anything else is an environment variable; one that is not known stays for the shell of the recipe.
        return { value: this.#call.state.value(name) ?? (whole ? '' : `\${${name}}`), final: true };
      },
      origin: (name) => {
        if (this.#given.has(name)) return 'command line';
        if (this.#variables.has(name)) return 'file';
        return this.#call.state.value(name) === undefined ? 'undefined' : 'environment';
      },
      files: (pattern) =>
        this.#call.workspace.checkout.matching(
          this.#call.workspace.resolve(pattern, this.#call.state.cwd) ?? pattern,
          'shell',
        ),
    });
  }
}
