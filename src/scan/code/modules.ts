import type { Language } from '../tools/program/language.ts';

/** Paths at which a module may lie, best first. `from` is the file that imports it. */
export function candidates(language: Language, name: string, from: string): readonly string[] {
  const folder = from.includes('/') ? from.slice(0, from.lastIndexOf('/')) : '';
  return language === 'python' ? pythonPaths(name, folder) : scriptPaths(name, folder);
}

function pythonPaths(name: string, folder: string): readonly string[] {
  const [, dots = '', rest = ''] = /^(\.*)([\w.]*)$/u.exec(name) ?? [];
  const path = rest.replaceAll('.', '/');
  const bases = dots === '' ? [folder, '', 'src', above(folder)] : [above(folder, dots.length - 1)];
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
