import { splitUrl } from '../../reach/instance.ts';
import { unknown } from '../../marks.ts';
import type { Call } from '../../shell/call.ts';
import { option, parseArgs } from '../../shell/call.ts';
import { CmakeRun } from './run.ts';
import { presetVariables } from './presets.ts';
import { installed } from './vcpkg.ts';

const VALUED = new Set(['S', 'B', 'D', 'C', 'P', 'G', 'T', 'A', 'U', 'preset', 'toolchain', 'source']);

/** `cmake`: configuring a source folder fetches its dependencies; `-P` runs a script. */
export function cmake(call: Call): void {
  const words = call.args.map(({ value }) => value);
  if (words.some((word) => /^(?:--build|--install|--version|--help|-E)$/u.test(word))) return;
  const parsed = parseArgs(call.args, VALUED);
  const cache = new Map(presetVariables(call, option(parsed, 'preset')?.value ?? null));
  for (const { value } of parsed.options.get('D') ?? []) {
    const pair = /^([^:=]+)(?::\w+)?=([^]*)$/u.exec(value);
    if (pair) cache.set(pair[1] ?? '', pair[2] ?? '');
  }
  const run = new CmakeRun(call, cache);
  const start = call.state.cwd;
  const script = option(parsed, 'P', 'C')?.value;
  const written = option(parsed, 'S', 'source')?.value ?? parsed.operands.find(({ value }) => !splitUrl(value))?.value;
  if (script !== undefined) run.file(call.workspace.absolute(call.workspace.resolve(script, start) ?? unknown(script)));
  if (script !== undefined && parsed.options.has('P')) return;
  const folder = call.workspace.resolve(written ?? '.', start);
  if (folder === null || /^[/~]/u.test(folder)) return;
  run.folder(folder);
  // The toolchain file of vcpkg installs what the manifest names.
  const values = [...cache.values(), call.state.value('CMAKE_TOOLCHAIN_FILE') ?? ''];
  if (values.some((value) => value.includes('vcpkg')))
    installed(
      call,
      call.workspace.absolute(folder),
      [cache.get('VCPKG_OVERLAY_PORTS') ?? ''].filter((path) => path !== ''),
    );
}
