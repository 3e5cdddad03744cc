import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPowerShell } from '../../src/scan/code/read/powershell/index.ts';
import { job, scanFiles } from './helpers.ts';

const CLONE = 'git clone https://x:$env:CI_JOB_TOKEN@$env:CI_SERVER_HOST/';

const WORDS =
  `$a $env:X $x.y .Trim() [0] ::new( [uri] [int[]] $( @( @{ @" "@ @' '@ " ' ( ) { } [ ] , ; | && & . -eq -f -join -not + =
  += ++ .. if else elseif foreach for while do until switch default try catch finally function param( return throw exit begin process
  class using in git -Uri -Headers: @args > 2>&1 # <# #> --% % ? ?? : 12 a/b \${ $ @`.split(/\s+/u);

const soup = fc
  .array(fc.tuple(fc.constantFrom(...WORDS), fc.constantFrom('', ' ', '\n')), { maxLength: 60 })
  .map((pieces) => pieces.map(([word, gap]) => word + gap).join(''));

/** Processor time of some work in milliseconds, as the machine may have other work. */
function spent(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
}

describe('the reader of PowerShell', () => {
  it('reads any text to its end', () => {
    fc.assert(
      fc.property(soup, (text) => {
        expect(() => readPowerShell(text)).not.toThrow();
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    'exit ',
    '$(',
    '@{a=',
    '"$(',
    '@"\n$(',
    'if($a){',
    '$a.b(',
    'x | ',
    '$a,',
    '[a',
    '<#',
    '@(',
    '-not ',
    '{',
    '$a = ',
  ])('ends soon on many of %j', (piece) => {
    expect(spent(() => readPowerShell(piece.repeat(4_000)))).toBeLessThan(1_000);
  });

  it.each(['<![CDATA[', '<a', '<a b="', '</a>', '&', '<!--', '<a>'])('reads XML of many %j soon', (piece) => {
    const files = {
      ...job('pwsh a.ps1'),
      'a.ps1': '[xml]$x = Get-Content x.xml\n$x.SelectNodes("//*//*//*").Count',
      'x.xml': piece.repeat(20_000),
    };
    expect(spent(() => scanFiles(files))).toBeLessThan(2_000);
  });

  it('finds scripts of Windows in any case', () => {
    const files = { ...job('.\\Build\\Get.PS1'), 'build/get.ps1': `${CLONE}lib/core.git` };
    expect(scanFiles(files).edges).toHaveLength(1);
    expect(
      scanFiles({
        ...job('call DEPS.BAT'),
        'deps.bat': 'git clone https://x:%CI_JOB_TOKEN%@gitlab.example.com/lib/core.git',
      }).edges,
    ).toHaveLength(1);
  });

  it('goes on behind a bracket too many', () => {
    const { edges } = scanFiles({ ...job('pwsh a.ps1'), 'a.ps1': `}\n)\n${CLONE}lib/core.git` });
    expect(edges).toHaveLength(1);
  });

  it('ends scripts that call themselves', () => {
    const { edges } = scanFiles({
      ...job('pwsh a.ps1'),
      'a.ps1': `./a.ps1\n. ./a.ps1\n${CLONE}lib/core.git`,
    });
    expect(edges).toHaveLength(1);
  });

  it('says where a program has too many steps', () => {
    const { unresolved } = scanFiles({
      ...job('pwsh a.ps1'),
      'a.ps1': `function f { f; f }\nf\n${CLONE}lib/core.git`,
    });
    expect(unresolved.map(({ why }) => why)).toContainEqual(expect.stringContaining('too many steps'));
  });
});
