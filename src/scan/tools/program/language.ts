const LANGUAGES: Readonly<Record<string, Language>> = {
  py: 'python',
  rb: 'ruby',
  js: 'javascript',
  mjs: 'javascript',
  cjs: 'javascript',
  ts: 'javascript',
  ps1: 'powershell',
  psm1: 'powershell',
  groovy: 'java',
  gradle: 'java',
  kts: 'java',
  sbt: 'java',
  scala: 'java',
  sc: 'java',
  mill: 'java',
  kt: 'java',
  java: 'java',
  php: 'php',
  pl: 'perl',
  go: 'java',
  bat: 'batch',
  cmd: 'batch',
};

/** Languages whose text is read for addresses; the shell is followed for real. */
export type Language = 'python' | 'ruby' | 'javascript' | 'powershell' | 'java' | 'php' | 'perl' | 'batch';

/** The language of a file by its first line or its name; null for shell and plain text. */
export function languageOf(path: string, firstLine: string): Language | null {
  const shebang = /^#!.*\b(python|ruby|node|deno|perl|php|pwsh)/u.exec(firstLine)?.[1];
  const byShebang: Readonly<Record<string, Language>> = {
    python: 'python',
    ruby: 'ruby',
    node: 'javascript',
    deno: 'javascript',
    perl: 'perl',
    php: 'php',
    pwsh: 'powershell',
  };
  if (shebang !== undefined) return byShebang[shebang] ?? null;
  if (/(?:^|\/)(?:Rakefile|Gemfile|Fastfile)$/u.test(path)) return 'ruby';
  return LANGUAGES[path.split('.').at(-1)?.toLowerCase() ?? ''] ?? null;
}

export const isProgram = (path: string, firstLine: string): boolean => languageOf(path, firstLine) !== null;
