import type { Arg, Call } from '../../shell/call.ts';
import { parseArgs } from '../../shell/call.ts';

/** Commands that run in a container or on another machine: of the job's variables they have what they are handed. */

/** Images whose entrypoint is the program of their name, so that `docker run alpine/git clone …` is a clone. */
const PROGRAMS = /^(?:git|curl|wget|helm|skopeo|crane|oras|terraform|glab|west|kas)$/u;

/** The program that an image starts by itself, or null. */
export function programOf({ value, at }: Arg): Arg | null {
  const name = /([^/:@]+)(?::[^/@]*)?(?:@.*)?$/u.exec(value)?.[1] ?? '';
  return PROGRAMS.test(name) ? { value: name, at } : null;
}

/** Runs a command line with the variables that are handed in by `NAME` or `NAME=VALUE`. */
export function runInside(call: Call, command: readonly Arg[], handed: readonly Arg[]): void {
  const state = call.state.elsewhere();
  for (const { value, at } of handed) {
    const [, name = '', given] = /^(\w+)(?:=([^]*))?$/u.exec(value) ?? [];
    const known = given ?? call.state.value(name);
    if (known === undefined) continue;
    state.set(name, known, at);
    state.export(name);
  }
  // Mounts of the checkout are taken to show it where the command runs.
  call.shell.rerun({ ...call, state }, command);
  for (const line of state.out) call.state.print(line.text, line.at);
  if (state.files !== call.state.files) {
    call.state.files = state.files;
    call.state.touch();
  }
}

/** What follows the first operand: the command behind `docker exec NAME` or `ssh HOST`. */
export function afterOperand(args: readonly Arg[], valued: ReadonlySet<string>): readonly Arg[] {
  const first = parseArgs(args, valued).operands[0];
  const rest = first ? args.slice(args.indexOf(first) + 1) : [];
  return rest[0]?.value === '--' ? rest.slice(1) : rest;
}
