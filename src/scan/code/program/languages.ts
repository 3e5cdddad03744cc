import type { Language } from '../language.ts';
import { readCommon } from '../read/common.ts';
import { readJavaScript } from '../read/javascript/javascript.ts';
import { CSHARP, GO, GROOVY, JAVA, KOTLIN, RUST, SCALA } from '../read/languages/compiled.ts';
import { JULIA, LUA, PERL, PHP, R, RUBY } from '../read/languages/scripts.ts';
import { readPowerShell } from '../read/powershell/index.ts';
import { readPython } from '../read/python/python.ts';
import type { Statement } from '../syntax.ts';

/** How programs of a language are run. */
export interface LanguageRules {
  readonly read: (text: string) => readonly Statement[];
  /** A function of this name is called at the end. */
  readonly entry: string | null;
  /** Files that belong to the program without being named: those of its folder, or of its whole tree. */
  readonly whole: 'folder' | 'tree' | null;
}

const script = (read: LanguageRules['read']): LanguageRules => ({ read, entry: null, whole: null });

/** Languages whose programs are run over unknown values. */
export const LANGUAGES: Readonly<Record<Language, LanguageRules>> = {
  python: script(readPython),
  javascript: script(readJavaScript),
  go: { read: readCommon(GO), entry: 'main', whole: 'folder' },
  rust: { read: readCommon(RUST), entry: 'main', whole: null },
  kotlin: { read: readCommon(KOTLIN), entry: 'main', whole: 'folder' },
  scala: { read: readCommon(SCALA), entry: 'main', whole: 'folder' },
  groovy: { read: readCommon(GROOVY), entry: 'main', whole: null },
  jvm: { read: readCommon(JAVA), entry: 'main', whole: 'folder' },
  csharp: { read: readCommon(CSHARP), entry: 'Main', whole: 'tree' },
  ruby: script(readCommon(RUBY)),
  perl: script(readCommon(PERL)),
  php: script(readCommon(PHP)),
  lua: script(readCommon(LUA)),
  julia: script(readCommon(JULIA)),
  r: script(readCommon(R)),
  powershell: script(readPowerShell),
};
