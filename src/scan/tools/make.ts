import type { Call } from '../shell/call.ts';
import { option, parseArgs } from '../shell/call.ts';
import { linesSource } from '../shell/call.ts';
import type { Line } from '../shell/state.ts';
import { fileLines } from './packages.ts';

interface Rule {
  readonly needs: readonly string[];
  readonly recipe: readonly Line[];
}

const MAX_TARGETS = 200;

/** `make TARGET`: recipes of the target and of what it needs, in the shell. */
export function make(call: Call): void {
  const parsed = parseArgs(call.args, new Set(['f', 'file', 'C', 'directory', 'j', 'I', 'o', 'W']));
  const saved = call.state.cwd;
  const directory = option(parsed, 'C', 'directory')?.value;
  if (directory !== undefined) call.state.cwd = call.workspace.resolve(directory, saved) ?? '/unknown';
  const file = option(parsed, 'f', 'file')?.value;
  const lines =
    file === undefined
      ? ['GNUmakefile', 'makefile', 'Makefile'].map((name) => fileLines(call, name)).find((one) => one.length > 0)
      : fileLines(call, file);
  if (lines) {
    const makefile = new Makefile(lines, call);
    const given = parsed.operands.filter(({ value }) => value.includes('='));
    for (const { value } of given)
      makefile.set(value.slice(0, value.indexOf('=')), value.slice(value.indexOf('=') + 1));
    const targets = parsed.operands.filter(({ value }) => !value.includes('=')).map(({ value }) => value);
    for (const target of targets.length > 0 ? targets : [makefile.first]) makefile.run(target);
  }
  call.state.cwd = saved;
}

class Makefile {
  readonly #call: Call;
  readonly #variables = new Map<string, string>();
  readonly #rules = new Map<string, Rule>();
  readonly #done = new Set<string>();
  readonly #included = new Set<string>();
  first = '';

  constructor(lines: readonly Line[], call: Call) {
    this.#call = call;
    this.#read(lines);
  }

  set(name: string, value: string): void {
    this.#variables.set(name, value);
  }

  #read(lines: readonly Line[]): void {
    let open: string[] = [];
    let pending: Line | null = null;
    for (const raw of lines.slice(0, 10_000)) {
      if (raw.text.startsWith('\t')) {
        for (const target of open) this.#add(target, [], raw);
        continue;
      }
      const joined: Line =
        pending === null ? raw : { text: `${pending.text.replace(/\\$/u, '')} ${raw.text.trim()}`, at: pending.at };
      pending = joined.text.endsWith('\\') ? joined : null;
      if (pending) continue;
      const line = joined.text.replace(/(?:^|\s)#.*$/u, '');
      const assignment = /^(?:export\s+|override\s+)*([\w.-]+)\s*(\?|:{1,3}|\+)?=\s*(.*?)\s*$/u.exec(line);
      const rule = /^([^:=\s][^:=]*?)\s*:{1,2}(?!=)\s*([^;]*)(?:;\s*(.*))?$/u.exec(line);
      const include = /^(?:-|s)?include\s+(.+)$/u.exec(line)?.[1];
      if (include !== undefined) this.#include(include);
      else if (assignment) this.#assign(assignment[1] ?? '', assignment[2] ?? '', assignment[3] ?? '');
      else if (rule) {
        open = this.#expand(rule[1] ?? '')
          .split(/\s+/u)
          .filter((target) => target !== '');
        const needs = this.#expand(rule[2] ?? '')
          .split(/\s+/u)
          .filter((need) => need !== '' && need !== '|');
        for (const target of open)
          this.#add(target, needs, rule[3] === undefined ? null : { text: rule[3], at: joined.at });
        if (this.first === '' && open[0]?.startsWith('.') === false) this.first = open[0];
      } else if (line.trim() !== '') open = [];
    }
  }

  #include(list: string): void {
    for (const path of this.#expand(list).split(/\s+/u)) {
      if (this.#included.has(path) || this.#included.size > 50) continue;
      this.#included.add(path);
      this.#read(fileLines(this.#call, path));
    }
  }

  #assign(name: string, kind: string, value: string): void {
    const environment = this.#call.state.value(name);
    if (kind === '?' && (environment !== undefined || this.#variables.has(name))) return;
    this.#variables.set(name, kind === '+' ? `${this.#variables.get(name) ?? ''} ${value}` : value);
  }

  #add(target: string, needs: readonly string[], line: Line | null): void {
    const before = this.#rules.get(target) ?? { needs: [], recipe: [] };
    this.#rules.set(target, {
      needs: [...before.needs, ...needs],
      recipe: line ? [...before.recipe, line] : before.recipe,
    });
  }

  run(target: string): void {
    const rule = this.#rules.get(target);
    if (!rule || this.#done.has(target) || this.#done.size > MAX_TARGETS) return;
    this.#done.add(target);
    for (const need of rule.needs) this.run(need);
    const script = rule.recipe.map(({ text, at }) => ({
      text: this.#expand(text.replace(/^\t[@+-]*/u, ''), target, rule.needs),
      at,
    }));
    if (script.length > 0) this.#call.shell.runChild(linesSource(script), [], this.#call);
  }

  /** `$(NAME)`, `${NAME}` and `$$`; functions other than `shell` stay as text. */
  #expand(text: string, target = '', needs: readonly string[] = [], depth = 0): string {
    return text.replace(
      /\$\$|\$\(shell ([^()]*)\)|\$\((\w+)\)|\$\{(\w+)\}|\$([@<^])/gu,
      (token, command?: string, round?: string, braced?: string, automatic?: string) => {
        if (token === '$$') return '$';
        if (command !== undefined) return `$(${command})`;
        if (automatic !== undefined)
          return automatic === '@' ? target : automatic === '<' ? (needs[0] ?? '') : needs.join(' ');
        const name = round ?? braced ?? '';
        const own = this.#variables.get(name);
        if (own !== undefined && depth < 10) return this.#expand(own, target, needs, depth + 1);
        if (name === 'MAKE') return 'make';
        // Anything else is an environment variable, which the shell of the recipe knows.
        return `\${${name}}`;
      },
    );
  }
}
