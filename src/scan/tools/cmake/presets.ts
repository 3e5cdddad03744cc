import { unknown, withoutForged } from '../../marks.ts';
import type { Call } from '../../shell/call.ts';

type Preset = Readonly<Record<string, unknown>>;

const MAX_INHERITED = 20;

/** Cache variables of a configure preset and of those it inherits; the toolchain file is one of them. */
export function presetVariables(call: Call, name: string | null): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  if (name === null) return found;
  const presets = ['CMakePresets.json', 'CMakeUserPresets.json'].flatMap((path) => presetsOf(call, path));
  const visit = (wanted: string, depth: number): void => {
    const preset = presets.find((one) => one['name'] === wanted);
    if (!preset || depth > MAX_INHERITED) return;
    for (const base of [preset['inherits']].flat()) if (typeof base === 'string') visit(base, depth + 1);
    for (const [key, value] of Object.entries(record(preset['cacheVariables']))) {
      const text = typeof value === 'object' ? record(value)['value'] : value;
      found.set(key, filled(String(text), call));
    }
    if (typeof preset['toolchainFile'] === 'string') found.set('CMAKE_TOOLCHAIN_FILE', preset['toolchainFile']);
    // What a preset sets for the configuration is gone afterwards; nothing else of the job reads such a name.
    for (const [key, value] of Object.entries(record(preset['environment'])))
      if (typeof value === 'string') call.state.set(key, filled(value, call), null);
  };
  visit(name, 0);
  return found;
}

function presetsOf(call: Call, path: string): readonly Preset[] {
  try {
    const root: unknown = JSON.parse(withoutForged(call.workspace.text(path, call.state) ?? '{}'));
    const list = record(root)['configurePresets'];
    return Array.isArray(list) ? list.map(record) : [];
  } catch {
    return [];
  }
}

const record = (value: unknown): Preset => (typeof value === 'object' && value !== null ? (value as Preset) : {});

/** `$env{NAME}`, `$penv{NAME}` and `${sourceDir}`. */
const filled = (text: string, { state }: Call): string =>
  text
    .replace(/\$p?env\{(\w+)\}/gu, (_, name: string) => state.value(name) ?? unknown(name))
    .replace(/\$\{sourceDir\}/gu, '.');
