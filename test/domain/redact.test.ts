import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printable, redact } from '../../src/domain/redact.ts';
import { stopwatch } from '../processor-time.ts';

/** https://docs.gitlab.com/security/tokens/#token-prefixes */
const PREFIXES = [
  'glft-',
  'glimt-',
  'glagent-',
  'glsoat-',
  'glptt-',
  'gloas-',
  'glffct-',
  'glrtr-',
  'glwt-',
  'GR1348941',
];

describe('redact', () => {
  it.each([
    ['a personal token', 'using glpat-AbCd1234EfGh5678IjKl now', 'glpat-AbCd'],
    ['a job token', 'token glcbt-64_x9y8z7w6v5u4t3s2r1q0', 'x9y8z7'],
    [
      'a job token that is a web token',
      `got glcbt-eyJ${'aB3_'.repeat(300)}.${'cD4-'.repeat(400)}.LastPartOfIt`,
      'LastPartOfIt',
    ],
    ['a token behind an underscore', 'ci_glpat-AbCd1234EfGh5678IjKl', 'AbCd1234'],
    [
      'a feed, mail, agent, SCIM, trigger, OAuth or flag token',
      PREFIXES.map((one) => `${one}SeCreTvAlUe12345`).join(' '),
      'SeCreT',
    ],
    ['a line of .netrc', 'machine git.example.com login bot password hunter2horse', 'hunter2'],
    ['a deploy token', 'gldt-abcdefghijklmnopqrst', 'abcdefghij'],
    ['a runner token', 'glrt-t1_abcdefghijklmnopqr', 'abcdefghij'],
    ['a routable token', 'glpat-abcDEF123.01.1a2b3c4d5', '1a2b3c4d5'],
    ['the password of a URL', 'https://gitlab-ci-token:s3cretvalue@git.test/a/b.git', 's3cretvalue'],
    ['a user part that is a token', 'https://s3cretvalue@git.test/a', 's3cretvalue'],
    ['a header', 'PRIVATE-TOKEN: s3cretvalue', 's3cretvalue'],
    ['a quoted header', `-H "JOB-TOKEN: s3cretvalue" -v`, 's3cretvalue'],
    ['a bearer', 'Authorization: Bearer s3cretvalue', 's3cretvalue'],
    ['an npm setting', '//git.test/:_authToken=s3cretvalue', 's3cretvalue'],
    ['an assignment', 'password=s3cretvalue', 's3cretvalue'],
    ['an option', 'login --password s3cretvalue', 's3cretvalue'],
    ['a web token', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-DEF_123', 'eyJzdWIi'],
  ])('masks %s', (_, text, secret) => {
    expect(redact(text)).not.toContain(secret);
    expect(redact(text)).toContain('[REDACTED]');
  });

  it('keeps what names no secret', () => {
    const text = "fatal: unable to access 'https://git.test/a/b.git/': The requested URL returned error: 403";
    expect(redact(text)).toBe(text);
  });

  it('masks known values in every form they travel in', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8, maxLength: 40 }), fc.string({ maxLength: 30 }), (secret, around) => {
        const base64 = Buffer.from(secret).toString('base64');
        const shown = redact(`${around}${secret}|${base64}`, [secret]);
        expect(shown.includes(base64)).toBe(false);
      }),
    );
  });

  it('reads hostile text in linear time', () => {
    const elapsed = stopwatch();
    for (const piece of ['//a:', 'token', 'Authorization: ', 'gl', '\u001b[', '@', 'x'.repeat(8)])
      redact(printable(piece.repeat(20_000)));
    expect(elapsed()).toBeLessThan(10_000);
  });
});

describe('printable', () => {
  it('leaves nothing that a terminal would act on', () => {
    expect(printable('\u001b[31mred\u001b[0m \u001b]8;;http://x\u0007link\u001b]8;;\u0007\r\n\u202eevil\u009b1m')).toBe(
      'red linkevil',
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        // eslint-disable-next-line no-control-regex
        expect(printable(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
      }),
    );
  });

  it.each([
    ['a letter of no width', 'lib\u200bs'],
    ['an Arabic mark of direction', 'lib\u061cs'],
    ['an isolate', 'lib\u2066s\u2069'],
    ['a soft hyphen', 'lib\u00ads'],
    ['a filler of Hangul', 'lib\u3164s'],
    ['letters of tags', 'lib\u{e0041}\u{e007f}s'],
    ['an annotation', 'lib\ufff9\ufffas'],
    ['half of a pair', 'lib\ud83ds'],
  ])('lets no name look like another by %s', (_, name) => {
    expect(printable(name)).toBe('libs');
  });

  it('keeps the letters of all languages', () => {
    const names = 'größe 図書館 라이브러리 ספרייה مكتبة 📦 e\u0301';
    expect(printable(names)).toBe(names);
  });
});
