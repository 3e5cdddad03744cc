import type { Call, Tool } from '../../shell/call.ts';

/** Programs that only start another one: how many of their own words come first. */
const VALUED_FLAGS =
  /^-(?:u|g|n|k|s|E|t|p|i|C)$|^--(?:user|group|signal|kill-after|times|delay|with|from|package|python|group|extra)$/u;

/** Skips flags (with their values), `NAME=value` words and `skip` operands, then runs the rest. */
function through(skip = 0): Tool {
  return (call: Call) => {
    let index = 0;
    let left = skip;
    while (index < call.args.length) {
      const word = call.args[index]?.value ?? '';
      const assignment = /^([A-Za-z_]\w*)=([^]*)$/u.exec(word);
      if (word === '--') {
        index += 1;
        break;
      }
      if (word.startsWith('-')) index += VALUED_FLAGS.test(word) && !/^-[Ei]$/u.test(word) ? 2 : 1;
      else if (assignment) {
        call.state.set(assignment[1] ?? '', assignment[2] ?? '', call.args[index]?.at ?? call.at);
        call.state.export(assignment[1] ?? '');
        index += 1;
      } else if (left > 0) {
        left -= 1;
        index += 1;
      } else break;
    }
    call.shell.rerun(call, call.args.slice(index));
  };
}

/** `env` and `printenv NAME`: variables that the shell hands on. */
const printVariables: Tool = (call) => {
  const { state, at } = call;
  const names = call.name === 'printenv' ? call.args.filter(({ value }) => !value.startsWith('-')) : [];
  for (const { value } of names) {
    const text = state.value(value);
    if (text !== undefined) state.print(text, at);
  }
  if (names.length > 0) return;
  for (const [name, binding] of state.vars)
    if (state.exported.has(name)) state.print(`${name}=${binding.value}`, binding.at ?? at);
};

/** `env A=b cmd`: the assignments end with the command. */
const env: Tool = (call) => {
  if (!call.args.some(({ value }) => !value.startsWith('-') && !/^\w+=/u.test(value))) {
    printVariables(call);
    return;
  }
  const saved = new Map(call.state.vars);
  through()(call);
  const after = call.state.vars;
  for (const { value } of call.args) {
    const name = /^([A-Za-z_]\w*)=/u.exec(value)?.[1];
    if (name === undefined) continue;
    const before = saved.get(name);
    if (before) after.set(name, before);
    else after.delete(name);
  }
};

/** `su - user -c TEXT`: a shell of another user. */
const su: Tool = (call) => {
  const at = call.args.findIndex(({ value }) => /^(?:-c|--command)$/u.test(value));
  const text = call.args[at + 1];
  const shell = { value: 'sh', at: call.at };
  if (at >= 0 && text) call.shell.rerun(call, [shell, { value: '-c', at: text.at }, text]);
};

/** Wrappers by name; `timeout 60 cmd` has one word of its own. */
export const WRAPPERS: ReadonlyMap<string, Tool> = new Map<string, Tool>([
  ['sudo', through()],
  ['call', through()],
  ['env', env],
  ['printenv', printVariables],
  ['time', through()],
  ['nohup', through()],
  ['nice', through()],
  ['ionice', through()],
  ['timeout', through(1)],
  ['retry', through()],
  ['travis_retry', through()],
  ['xvfb-run', through()],
  ['doas', through()],
  ['su', su],
  ['runuser', through()],
  ['gosu', through(1)],
  ['su-exec', through(1)],
  ['flock', through(1)],
  ['chronic', through()],
  ['eatmydata', through()],
  ['stdbuf', through()],
  ['setsid', through()],
  ['ssh-agent', through()],
  ['dumb-init', through()],
  ['tini', through()],
  ['sshpass', through()],
  ['unbuffer', through()],
  ['pipenv-run', through()],
]);
