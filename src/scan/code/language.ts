const LANGUAGES: Readonly<Record<string, Language>> = {
  py: 'python',
  rb: 'ruby',
  js: 'javascript',
  mjs: 'javascript',
  cjs: 'javascript',
  ts: 'javascript',
  ps1: 'powershell',
  psm1: 'powershell',
  groovy: 'groovy',
  gvy: 'groovy',
  kts: 'kotlin',
  scala: 'scala',
  sc: 'scala',
  kt: 'kotlin',
  java: 'jvm',
  php: 'php',
  pl: 'perl',
  pm: 'perl',
  go: 'go',
  rs: 'rust',
  cs: 'csharp',
  csx: 'csharp',
  lua: 'lua',
  jl: 'julia',
  r: 'r',
  rake: 'ruby',
  thor: 'ruby',
};

/** Languages of programs; the shell is followed for itself, build scripts of Gradle and sbt have a reader of their own. */
export type Language =
  | 'python'
  | 'ruby'
  | 'javascript'
  | 'powershell'
  | 'jvm'
  | 'groovy'
  | 'kotlin'
  | 'scala'
  | 'csharp'
  | 'go'
  | 'rust'
  | 'php'
  | 'perl'
  | 'lua'
  | 'julia'
  | 'r';

const INTERPRETERS: Readonly<Record<string, Language>> = {
  python: 'python',
  ruby: 'ruby',
  node: 'javascript',
  deno: 'javascript',
  bun: 'javascript',
  perl: 'perl',
  php: 'php',
  pwsh: 'powershell',
  lua: 'lua',
  luajit: 'lua',
  julia: 'julia',
  Rscript: 'r',
  groovy: 'groovy',
  kotlin: 'kotlin',
  'dotnet-script': 'csharp',
  'dotnet run': 'csharp',
  'rust-script': 'rust',
  scala: 'scala',
  amm: 'scala',
  java: 'jvm',
};

/** The language of a file by its first line or its name; null for shell and plain text. */
export function languageOf(path: string, firstLine: string): Language | null {
  const shebang =
    /^#!.*\b(python|ruby|node|deno|bun|perl|php|pwsh|luajit|lua|julia|Rscript|groovy|kotlin|dotnet-script|dotnet run|rust-script|scala|amm|java)/u.exec(
      firstLine,
    )?.[1];
  if (shebang !== undefined) return INTERPRETERS[shebang] ?? null;
  if (/(?:^|\/)(?:Rakefile|Gemfile|Fastfile|Thorfile)$/u.test(path)) return 'ruby';
  return LANGUAGES[path.split('.').at(-1)?.toLowerCase() ?? ''] ?? null;
}

/** Whether a file is a program in a language other than the shell's. */
export const isProgram = (path: string, firstLine: string): boolean => languageOf(path, firstLine) !== null;
