import { unknown } from '../../marks.ts';
import type { Call } from '../../shell/call.ts';
import type { Line } from '../../shell/state.ts';
import { fileLines } from '../../reach/packages.ts';
import { matching, reach } from './manifest.ts';

const FETCHES = /^(?:deps\.\w+|test|compile|do|release|setup|ecto\.\w+|local\.\w+)$/u;

/** Elixir's `mix`: git dependencies of `mix.exs`, those that a helper function of the file builds among them. */
export function mix(call: Call): void {
  const verb = call.args.find(({ value }) => !value.startsWith('-'))?.value ?? '';
  if (!FETCHES.test(verb)) return;
  for (const path of ['mix.exs', ...matching(call, 'apps/*/mix.exs')]) dependencies(call, fileLines(call, path));
}

/** A function of the file that makes a dependency of its arguments. */
interface Helper {
  readonly parameters: readonly string[];
  readonly templates: readonly string[];
}

function dependencies(call: Call, lines: readonly Line[]): void {
  const code = lines.map(({ text, at }) => ({ text: environment(text.replace(/(?:^|\s)#(?!\{).*$/u, ''), call), at }));
  const helpers = helpersOf(code);
  for (const { text, at } of code) {
    for (const [, url = ''] of text.matchAll(/\bgit:\s*"([^"]+)"/gu))
      if (!url.includes('#{')) reach(call, { value: url, at });
    for (const [, name = '', list = ''] of text.matchAll(/(?<!defp?\s+)\b([a-z_]\w*[?!]?)\(([^()]*)\)/gu)) {
      const helper = helpers.get(name);
      if (!helper) continue;
      const values = list.split(',').map((word) => /^\s*"([^"]*)"\s*$/u.exec(word)?.[1] ?? unknown(word.trim()));
      for (const template of helper.templates) reach(call, { value: filled(template, helper.parameters, values), at });
    }
  }
}

const filled = (template: string, names: readonly string[], values: readonly string[]): string =>
  template.replace(/#\{(\w+)\}/gu, (_, name: string) => values[names.indexOf(name)] ?? unknown(name));

function helpersOf(code: readonly Line[]): ReadonlyMap<string, Helper> {
  const found = new Map<string, { parameters: readonly string[]; templates: string[] }>();
  let open: string | null = null;
  for (const { text } of code.slice(0, 5_000)) {
    const head = /^\s*defp?\s+([a-z_]\w*[?!]?)(?:\(([^()]*)\))?/u.exec(text);
    if (head) {
      open = head[1] ?? '';
      const parameters = (head[2] ?? '').split(',').map((name) => name.trim().replace(/\s*\\\\.*$/u, ''));
      found.set(open, { parameters, templates: found.get(open)?.templates ?? [] });
    }
    if (open !== null)
      for (const [, url = ''] of text.matchAll(/\bgit:\s*"([^"]+)"/gu))
        if (url.includes('#{')) found.get(open)?.templates.push(url);
  }
  return found;
}

/** `#{System.get_env("NAME")}`. */
const environment = (text: string, { state }: Call): string =>
  text.replace(
    /#\{System\.(?:get_env|fetch_env!)\(\s*"(\w+)"[^)]*\)\}/gu,
    (_, name: string) => state.value(name) ?? unknown(name),
  );
