import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { R } from '../../src/scan/code/read/languages/scripts.ts';
import { Lexer } from '../../src/scan/code/read/lexer.ts';
import { scan } from '../../src/scan/index.ts';
import { CLONE, job, scanFiles } from './helpers.ts';

const LIMIT_MS = 5_000;
/** One hostile file; a machine with other work takes its share. */
const FILE_LIMIT_MS = 2_000;

/** Processor time, as the machine may have other work. */
function within(work: () => void, limitMs = LIMIT_MS): void {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  expect((user + system) / 1_000).toBeLessThan(limitMs);
}

describe('hostile files', () => {
  it('survives an alias bomb', () => {
    const levels = Array.from(
      { length: 30 },
      (_, n) => `l${n + 1}: &l${n + 1} [${Array.from({ length: 9 }, () => `*l${n}`).join(', ')}]`,
    );
    within(() => scanFiles({ '.gitlab-ci.yml': `l0: &l0 [x]\n${levels.join('\n')}\na: { script: *l30 }` }));
  });

  it('survives deep nesting, long lines and endless recursion', () => {
    within(() => {
      scanFiles({ '.gitlab-ci.yml': `a: ${'['.repeat(20_000)}` });
      scanFiles(job('('.repeat(20_000)));
      scanFiles(job(`X=${'a*'.repeat(200_000)}; echo "\${X%%${'*a'.repeat(50)}}"`));
      scanFiles(job('f() { f; f; }; f'));
      scanFiles({ ...job('./a.sh'), 'a.sh': './a.sh; ./a.sh' });
    });
  });

  it('ends at a dot alone behind a value, which is a name in R', () => {
    within(() => {
      const { edges } = scanFiles({ ...job('Rscript a.R'), 'a.R': `x .\nx\n. && y\nsystem("${CLONE}lib/core.git")` });
      expect(edges).not.toHaveLength(0);
    });
  });

  it('tells a reader that goes round in a circle that the text ends', () => {
    const lexer = new Lexer(R, 'x .', 0);
    for (let asked = 0; asked < 5_000_000 && lexer.token(0).kind !== 'end'; asked += 1);
    expect(lexer.token(0)).toMatchObject({ kind: 'end', to: 3 });
    expect(lexer.cut).toBe(true);
  });

  it('works out once what variables name that each name the next one twice', () => {
    const chain = Array.from({ length: 40 }, (_, n) => `  V${n}: "$V${n + 1}$V${n + 1}"`).join('\n');
    const wide = `  W: "${'$V39'.repeat(2_000)}"`;
    const yaml = `variables:\n${chain}\n  V40: ${'x'.repeat(5_000)}\n${wide}\na: { script: ["${CLONE}$V0$W.git"] }`;
    within(() => scanFiles({ '.gitlab-ci.yml': yaml }), FILE_LIMIT_MS);
  });

  it('reads a program of many functions that call each other once', () => {
    const functions = Array.from({ length: 5_000 }, (_, n) => `def f${n}(a, b): return f${n + 1}(a)`);
    const text = ['TOKEN = "CI_JOB_TOKEN"', ...functions].join('\n');
    within(() => scanFiles({ ...job('python a.py'), 'a.py': text }));
  });

  it.each([
    ['brackets that nothing closes', '[[ '.repeat(100_000)],
    ['functions that call themselves', 'function(f)\nf()\nf()\nendfunction()\nf()\n'.repeat(2_000)],
    [
      'values that double',
      `set(V a)\n${'set(V "${V}${V}")\n'.repeat(2_000)}FetchContent_Declare(x GIT_REPOSITORY \${V})`,
    ],
    ['open branches', 'if(X)\n'.repeat(20_000)],
    ['files that include each other', 'include(CMakeLists.txt)\nadd_subdirectory(.)\n'.repeat(500)],
  ])('ends soon on CMake with %s', (_, text) => {
    within(() => scanFiles({ ...job('cmake -B build'), 'CMakeLists.txt': text }), FILE_LIMIT_MS);
  });

  it.each([
    [
      'templates that name each other',
      `- hosts: a\n  vars:\n${Array.from({ length: 200 }, (_, n) => `    v${n}: "{{ v${n + 1} }}{{ v${n + 1} }}"`).join('\n')}\n  tasks: [{ shell: "echo {{ v0 }}" }]`,
    ],
    ['playbooks that import themselves', '- import_playbook: a.yml\n'.repeat(200)],
    ['brackets of templates', `- hosts: a\n  tasks: [{ shell: "${'{{ '.repeat(50_000)}" }]`],
  ])('ends soon on Ansible with %s', (_, text) => {
    within(() => scanFiles({ ...job('ansible-playbook a.yml'), 'a.yml': text }), FILE_LIMIT_MS);
  });

  const filled = (piece: string, length: number): string =>
    piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
  const script = (piece: string): Record<string, string> => ({ ...job('sh a.sh'), 'a.sh': filled(piece, 200_000) });
  const program = (command: string, file: string, text: string): Record<string, string> => ({
    ...job(command),
    [file]: `TOKEN = "CI_JOB_TOKEN"\n${text}`,
  });
  it.each<[string, Record<string, string>]>([
    ['substitutions', script('$(')],
    ['expansions', script('${a:-')],
    ['quoted substitutions', script('"$(echo ')],
    ['process substitutions', script('<(a ')],
    ['calls of Python', program('python a.py', 'a.py', `x = ${filled('f(', 40_000)}`)],
    ['calls of JavaScript', program('node a.js', 'a.js', `x = ${filled('f(', 40_000)}`)],
    ['calls of Ruby', program('ruby a.rb', 'a.rb', filled('f(\n', 60_000))],
    ['blocks of Ruby', program('ruby a.rb', 'a.rb', filled('a.each do |x|\n', 60_000))],
    ['structures of Go', program('go run a.go', 'a.go', filled('type A struct {\n', 60_000))],
    ['lambdas of Java', program('java a.java', 'a.java', filled('(a) -> (', 60_000))],
    ['classes of C#', program('dotnet script a.csx', 'a.csx', filled('class A {', 60_000))],
    ['templates of Kotlin', program('kotlin a.kts', 'a.kts', filled('"${', 60_000))],
    ['types of Rust', program('rust-script a.rs', 'a.rs', filled('a<b<', 60_000))],
    ['lists of Perl', program('perl a.pl', 'a.pl', filled('(qw(a) ', 60_000))],
    ['arrays of PHP', program('php a.php', 'a.php', filled('[$a => ', 60_000))],
    ['template texts', program('node a.js', 'a.js', filled('`${', 60_000))],
    ['brackets of Gradle', { ...job('gradle build'), 'build.gradle': filled(`${'('.repeat(1_900)}\n`, 60_000) }],
    ['names of Gradle', { ...job('gradle build'), 'build.gradle': filled(`${'a_'.repeat(900)}\n`, 60_000) }],
    ['XML comments', { ...job('mvn verify'), 'pom.xml': filled('<!-- ', 300_000) }],
    ['XML elements', { ...job('mvn verify'), 'pom.xml': filled('<repository>', 300_000) }],
    ['entries of a script', { '.gitlab-ci.yml': `a:\n  script:\n${filled('    - if x; then\n', 60_000)}` }],
  ])('ends soon on nested %s that nothing closes', (_, files) => {
    within(() => scanFiles(files), FILE_LIMIT_MS);
  });

  it.each([`/*${'a*'.repeat(16)}a.yml`, `${'*/**/'.repeat(20)}x.yml`])('matches paths with %s soon', (pattern) => {
    const files = {
      '.gitlab-ci.yml': `include: "${pattern}"\na: { script: [x], rules: [{ exists: ["${pattern}"] }] }`,
      [`${'a'.repeat(200)}b.yml`]: '',
      [`${'d/'.repeat(30)}y.yml`]: '',
    };
    within(() => scanFiles(files), FILE_LIMIT_MS);
  });

  it('says where a program has more steps than are followed', () => {
    const text = 'for a in range(99):\n  for b in range(99):\n    for c in range(99):\n      x = [x, x]\n';
    within(() => {
      const { unresolved } = scanFiles(program('python a.py', 'a.py', text));
      expect(unresolved).toMatchObject([{ file: 'a.py', why: expect.stringContaining('too many steps') as string }]);
    }, FILE_LIMIT_MS);
  });

  it('runs no pattern of a file for long', () => {
    const many = 'a'.repeat(1_900);
    within(() => {
      scanFiles(job(`X=${many}; echo "\${X%%*a*a*a*b}" "\${X//*a*a*a*b/}"`));
      scanFiles(job(`X=${many}; case $X in *a*a*a*a*b) ;; esac`));
      scanFiles(job(`echo ${many} | sed 's/a*a*a*b//' | grep -E 'a?a?a?a?a?a?a?a?a?a?b' | awk '/a+a+a+b/ {print $1}'`));
      scanFiles({
        '.gitlab-ci.yml': `variables: { X: ${many} }\na: { rules: [{ if: '$X =~ /a*a*a*b/' }], script: [x] }`,
      });
    });
  });

  it('ends loops that have no end, and expansions that double', () => {
    within(() => {
      scanFiles(job('while true; do X=$X$X; curl $X; done'));
      scanFiles(job('for ((;;)); do for ((;;)); do i=$((i+1)); done; done'));
      scanFiles(job('until [ $i = never ]; do i=a$i; for x in $i $i $i; do j=$j$x; done; done'));
      scanFiles({ ...job('make'), Makefile: 'A = $(B)$(B)\nB = $(A)$(A)\nall: $(foreach x,$(A),$(A))\n\techo $(A)' });
      scanFiles({ ...job(`jq -r '${'('.repeat(900)}.a${')'.repeat(900)}' a.json`), 'a.json': '{"a":1}' });
      scanFiles({
        ...job(`jq -r '.[] as $x | .[] as $y | .[] as $z | [.[],.[],.[]]' a.json`),
        'a.json': '[1,2,3,4,5,6,7,8,9]',
      });
      const list = JSON.stringify(Array.from({ length: 20_000 }, (_, index) => `v${index}`));
      scanFiles({
        '.gitlab-ci.yml': `a: { script: [x], parallel: { matrix: [{ A: ${list}, B: ${list}, C: ${list} }] } }`,
      });
    });
  });

  it('reads files with a byte order mark and with CRLF', () => {
    const text = `a:\r\n  script:\r\n    - ./x.sh\r\n    - |\r\n      ${CLONE}lib/b.git\r\n      echo\r\n`;
    const { edges } = scanFiles({ '.gitlab-ci.yml': `\uFEFF${text}`, 'x.sh': `\uFEFF${CLONE}lib/a.git\r\n` });
    expect(edges.map(({ callee, file, line }) => `${callee} ${file}:${line}`)).toEqual([
      'lib/b .gitlab-ci.yml:5',
      'lib/a x.sh:1',
    ]);
  });

  it('says which file it could not read', () => {
    const large = scanFiles({ '.gitlab-ci.yml': `a: { script: ['${CLONE}lib/x.git'] }\n# ${'x'.repeat(3_000_000)}` });
    expect(large.unresolved).toMatchObject([{ access: 'unknown', file: '.gitlab-ci.yml' }]);
    const broken = scanFiles({ '.gitlab-ci.yml': `a: { script: ["x"\nb: [` });
    expect(broken.unresolved).toMatchObject([{ access: 'unknown', file: '.gitlab-ci.yml' }]);
  });

  it('cannot be made to take text of a file for the token', () => {
    expect(scanFiles(job('git clone https://t:\uE000@gitlab.example.com/lib/x.git')).edges).toEqual([]);
  });

  it('never throws, whatever the files hold', () => {
    const piece = fc.constantFrom(
      'a:',
      ' script:',
      ' - ',
      '$',
      '${',
      '$(',
      ')',
      '"',
      "'",
      '`',
      '<<EOF',
      '\n',
      '&x',
      '*x',
      '!reference [a, script]',
      'extends: a',
      'include: b.yml',
      CLONE,
      'for x in',
      'do',
      'done',
      '{',
      '}',
      '[[',
      'curl -H',
      '|',
      '=~ /(a+)+$/',
      '%',
      '\\',
    );
    const text = fc
      .array(fc.oneof(piece, fc.string({ maxLength: 8 })), { maxLength: 40 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, text, (yaml, script) => {
        const files = new Map([
          ['.gitlab-ci.yml', yaml],
          ['b.yml', script],
          ['s.sh', script],
          ['x.json', ''],
        ]);
        const named = new Map([...files, ...Object.entries(job(script, 'sh s.sh'))]);
        for (const there of [files, named])
          expect(scan({ caller: 'a/b', gitlabUrl: 'https://g.example', files: there })).toHaveProperty('edges');
      }),
      { numRuns: 150 },
    );
  });
});
