import type { Language } from './language.ts';

/** Paths at which a module may lie, best first. `from` is the file that imports it, `paths` are those of the checkout. */
export function candidates(
  language: Language,
  name: string,
  from: string,
  paths: readonly string[],
  searched: readonly string[] = [],
): readonly string[] {
  const folder = from.includes('/') ? from.slice(0, from.lastIndexOf('/')) : '';
  switch (language) {
    case 'python':
      return pythonPaths(name, folder, searched);
    case 'javascript':
      return scriptPaths(name, folder);
    case 'go':
      return packagePaths(name, paths);
    case 'perl':
      return below(name.replaceAll('::', '/').replaceAll('.', '/'), folder, ['.pm', '']);
    case 'rust':
      return below(name.replace(/^(?:crate|super|self)\.?/u, '').replaceAll('.', '/'), folder, ['.rs', '/mod.rs']);
    case 'lua':
      return below(/[/]|\.lua$/u.test(name) ? name : name.replaceAll('.', '/'), folder, ['.lua', '/init.lua', '']);
    default:
      return /^[\w.]*$/u.test(name) && !/\.\w{1,4}$/u.test(name) ? classPaths(name, paths) : below(name, folder, ENDS);
  }
}

const ENDS = ['', '.rb', '.php', '.jl', '.R', '.ps1', '.psm1', '.groovy'];

/** Next to the file that names it, at the root, or in the usual folders. */
function below(path: string, folder: string, ends: readonly string[]): readonly string[] {
  if (path === '' || path.length > 200) return [];
  const bases = [...new Set([folder, '', `${folder}/lib`, 'lib', above(folder), `${above(folder)}/lib`])];
  return bases.flatMap((base) => ends.map((end) => joined(base, path) + end));
}

/** Files of a Go package: the longest folder of the checkout with which its path ends. */
function packagePaths(name: string, paths: readonly string[]): readonly string[] {
  const parts = name.split('/');
  for (let from = 0; from < parts.length; from += 1) {
    const folder = `${parts.slice(from).join('/')}/`;
    const found = paths.filter(
      (path) => path.startsWith(folder) && /^[^/]+(?<!_test)\.go$/u.test(path.slice(folder.length)),
    );
    if (found.length > 0) return found;
  }
  return [];
}

/** Languages with one class in each file: the file that is named after it. */
function classPaths(name: string, paths: readonly string[]): readonly string[] {
  const last = name.split('.').at(-1) ?? '';
  if (!/^[A-Z]\w*$/u.test(last)) return [];
  return paths
    .filter((path) => new RegExp(`(?:^|/)${last}\\.(?:php|java|kt|groovy|scala|cs|ps1)$`, 'u').test(path))
    .slice(0, 3);
}

function pythonPaths(name: string, folder: string, searched: readonly string[]): readonly string[] {
  const [, dots = '', rest = ''] = /^(\.*)([\w.]*)$/u.exec(name) ?? [];
  const path = rest.replaceAll('.', '/');
  const bases = dots === '' ? [folder, ...searched, '', 'src', above(folder)] : [above(folder, dots.length - 1)];
  return [...new Set(bases)].flatMap((base) => {
    const whole = joined(base, path);
    return [`${whole}.py`, joined(whole, '__init__.py')];
  });
}

function scriptPaths(name: string, folder: string): readonly string[] {
  if (!/^\.{1,2}(?:\/|$)|^\//u.test(name)) return [];
  const whole = joined(folder, name);
  const bare = whole.replace(/\.js$/u, '');
  return [
    whole,
    ...['.js', '.mjs', '.cjs', '.ts', '.json'].map((end) => whole + end),
    `${bare}.ts`,
    ...['js', 'ts'].map((end) => joined(whole, `index.${end}`)),
  ];
}

function above(folder: string, levels = 1): string {
  const parts = folder === '' ? [] : folder.split('/');
  return parts.slice(0, Math.max(0, parts.length - levels)).join('/');
}

/** A path below a folder, `.` and `..` resolved. */
export function joined(folder: string, path: string): string {
  const parts: string[] = [];
  for (const part of `${folder}/${path}`.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0) parts.pop();
    else parts.push(part);
  }
  return (folder.startsWith('/') ? '/' : '') + parts.join('/');
}
