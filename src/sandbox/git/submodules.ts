/** One section of a `.gitmodules` file. */
export interface Submodule {
  readonly path: string;
  readonly url: string;
}

/** Sections of a `.gitmodules` text that have both a path and an address. */
export function readSubmodules(text: string): readonly Submodule[] {
  return text
    .split(/^\s*\[submodule\b[^\n]*$/m)
    .slice(1)
    .flatMap((section) => {
      const path = /^\s*path\s*=\s*"?([^"\n]+?)"?\s*$/m.exec(section)?.[1];
      const url = /^\s*url\s*=\s*"?([^"\n]+?)"?\s*$/m.exec(section)?.[1];
      return path === undefined || url === undefined ? [] : [{ path, url }];
    });
}

/**
 * Full path of the project a submodule's address stands for, or null for another host's.
 *
 * @param superproject - full path of the project that holds the submodule
 * @param instance - address of the stand-in; relative addresses are resolved below it as git does
 */
export function projectOfAddress(url: string, superproject: string, instance: string): string | null {
  const base = new URL(`${instance}/${superproject}.git/`);
  if (!URL.canParse(url, base.href)) return null;
  const target = new URL(url, base);
  if (target.host !== base.host) return null;
  return decodeURIComponent(target.pathname)
    .replace(/^\/+|\/+$/g, '')
    .replace(/\.git$/, '');
}
