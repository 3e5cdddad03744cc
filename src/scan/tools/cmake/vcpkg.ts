import { withoutForged } from '../../marks.ts';
import type { Call } from '../../shell/call.ts';
import { allOptions, parseArgs } from '../../shell/call.ts';
import { fromArguments, matching, readManifest } from '../manifests/manifest.ts';
import { MANIFESTS } from '../manifests/table.ts';
import { fileLines } from '../../reach/packages.ts';
import { CmakeRun } from './run.ts';

const VALUED = new Set([
  'overlay-ports',
  'overlay-triplets',
  'triplet',
  'x-manifest-root',
  'x-install-root',
  'host-triplet',
]);

/** `vcpkg install`: registries of its configuration, and ports of folders that take the place of the official ones. */
export function vcpkg(call: Call): void {
  const parsed = parseArgs(call.args, VALUED);
  if (!/^(?:install|update|upgrade|search|fetch|x-\S+)$/u.test(parsed.operands[0]?.value ?? '')) return;
  const root = parsed.options.get('x-manifest-root')?.[0]?.value ?? '.';
  fromArguments(call);
  installed(
    call,
    root,
    allOptions(parsed, 'overlay-ports').map(({ value }) => value),
  );
}

/**
 * What vcpkg installs for a folder.
 *
 * @param overlays folders of ports, beside those that the configuration and the environment name
 */
export function installed(call: Call, folder: string, overlays: readonly string[]): void {
  const registries = MANIFESTS.get('vcpkg');
  const files = ['vcpkg-configuration.json', 'vcpkg.json'].map((name) => `${folder}/${name}`);
  if (registries) for (const path of files) readManifest(call, fileLines(call, path), registries);
  const environment = (call.state.value('VCPKG_OVERLAY_PORTS') ?? '').split(/[:;]/u);
  const configured = files.flatMap((path) => overlaysOf(call.workspace.text(path, call.state) ?? '{}'));
  const below = configured.map((path) => `${folder}/${path}`);
  for (const ports of [...overlays, ...environment.filter((path) => path !== ''), ...below])
    for (const path of [...matching(call, `${ports}/*/portfile.cmake`), `${ports}/portfile.cmake`]) {
      const key = call.workspace.resolve(path, call.state.cwd);
      if (key !== null) new CmakeRun(call, new Map()).file(call.workspace.absolute(key));
    }
}

function overlaysOf(text: string): readonly string[] {
  try {
    const root: unknown = JSON.parse(withoutForged(text));
    const named = (root as Record<string, unknown> | null)?.['overlay-ports'];
    return Array.isArray(named) ? named.filter((one) => typeof one === 'string') : [];
  } catch {
    return [];
  }
}
