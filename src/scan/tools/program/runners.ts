import { withoutLikely } from '../../marks.ts';
import type { Call, Tool } from '../../shell/call.ts';
import { option, parseArgs } from '../../shell/call.ts';

/** Runs the first of the files that exists, with what follows `--`. */
function runFirst(call: Call, paths: readonly string[], given?: Call['args']): void {
  const dashes = call.args.findIndex(({ value }) => value === '--');
  const args = given ?? (dashes < 0 ? [] : call.args.slice(dashes + 1));
  paths.some((path) => call.shell.runFile(path, args, call));
}

/** `cargo run`, `cargo xtask`: the program of the package. */
export function cargoRun(call: Call): void {
  const parsed = parseArgs(
    call.args,
    new Set(['manifest-path', 'p', 'package', 'bin', 'example', 'features', 'profile']),
  );
  const verb = parsed.operands[0]?.value ?? '';
  if (/^(?:build|b|check|c|test|t|run|r|clippy|doc|install|bench)$/u.test(verb)) buildScripts(call);
  if (verb !== 'run' && verb !== 'r' && verb !== 'xtask') return;
  const manifest = option(parsed, 'manifest-path')?.value;
  const named = option(parsed, 'p', 'package')?.value ?? (verb === 'xtask' ? 'xtask' : undefined);
  const binary = option(parsed, 'bin')?.value;
  const folder = manifest?.replace(/Cargo\.toml$/u, '') ?? (named === undefined ? '' : `${named}/`);
  const own =
    binary === undefined ? [] : [`${folder}src/bin/${binary}.rs`, `src/bin/${binary}.rs`, ...binaries(call, binary)];
  const given = verb === 'xtask' ? call.args.slice(call.args.findIndex(({ value }) => value === verb) + 1) : undefined;
  runFirst(call, [...own, `${folder}src/main.rs`, `crates/${folder}src/main.rs`, 'src/main.rs'], given);
}

const MAX_SCRIPTS = 20;

/** `build.rs` of each package runs before it is built. */
function buildScripts(call: Call): void {
  for (const path of call.workspace.checkout.matching('**/build.rs', 'exists').slice(0, MAX_SCRIPTS))
    call.shell.runFile(call.workspace.absolute(path), [], call);
}

/** Programs of this name, in whatever package of the workspace. */
const binaries = (call: Call, name: string): readonly string[] =>
  call.workspace.checkout
    .matching(`**/src/bin/${name.replace(/[^\w-]/gu, '')}.rs`, 'exists')
    .map((path) => call.workspace.absolute(path));

/** `dotnet run`, `dotnet script x.csx`, `dotnet fsi`: the program of the project. */
export function dotnetRun(call: Call): void {
  const parsed = parseArgs(call.args, new Set(['project', 'p', 'c', 'configuration', 'framework', 'f', 'file']));
  const [verb, file] = parsed.operands.map(({ value }) => withoutLikely(value));
  const script = file !== undefined && /\.csx?$/u.test(file) ? file : option(parsed, 'file')?.value;
  if (verb === 'script' || (verb === 'run' && script !== undefined)) {
    if (script !== undefined) runFirst(call, [script]);
    return;
  }
  if (verb !== 'run') return;
  const project = option(parsed, 'project', 'p')?.value ?? '';
  const folder = call.workspace.resolve(project.replace(/[^/]*\.\w+proj$/u, '') || '.', call.state.cwd);
  if (folder === null) return;
  const below = folder === '' || folder === '.' ? '' : `${folder}/`;
  const sources = call.workspace.checkout.paths.filter((path) => path.startsWith(below) && path.endsWith('.cs'));
  const [main] = [...sources.filter((path) => /(?:^|\/)Program\.cs$/u.test(path)), ...sources];
  if (main !== undefined) runFirst(call, [call.workspace.absolute(main)]);
}

/** `deno run FILE`, `bun FILE`: the first operand, where it is a file; everything else is the package manager's. */
export const scriptRuntime =
  (manager: Tool): Tool =>
  (call) => {
    const operands = call.args.flatMap((arg, index) =>
      arg.value.startsWith('-') || /^-(?:c|-config|-import-map|-cwd)$/u.test(call.args[index - 1]?.value ?? '')
        ? []
        : [index],
    );
    const [first = -1, second = -1] = operands;
    const at = /^(?:run|x)$/u.test(call.args[first]?.value ?? '') ? second : first;
    const file = withoutLikely(call.args[at]?.value ?? '');
    if (!/\.[cm]?[jt]sx?$/u.test(file) || !call.shell.runFile(file, call.args.slice(at + 1), call)) manager(call);
  };

/** One tool after the other. */
export const both =
  (...tools: readonly (Tool | undefined)[]): Tool =>
  (call) => {
    for (const tool of tools) tool?.(call);
  };
