import { describe, expect, it } from 'vitest';
import { CLONE, job, scanFiles } from './helpers.ts';

const lines = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join('\n');

describe('what is not followed is named', () => {
  it('names the place where a script has more ways than are followed', () => {
    const branches = lines(6, (index) => `if [ "$FLAG_${index}" = on ]; then V${index}=a; else V${index}=b; fi`);
    const { unresolved } = scanFiles({
      '.gitlab-ci.yml': 'job: { script: [sh run.sh] }\n',
      'run.sh': `${branches}\n${CLONE}lib/a.git\n`,
    });
    expect(unresolved).toContainEqual(
      expect.objectContaining({ file: 'run.sh', line: 5, why: expect.stringContaining('more than 30 ways') as string }),
    );
  });

  it('does not count ways that end in the same state', () => {
    const branches = lines(40, (index) => `if [ "$FLAG_${index}" = on ]; then SEEN=yes; else SEEN=yes; fi`);
    const { edges, unresolved } = scanFiles({
      '.gitlab-ci.yml': 'job: { script: [sh run.sh] }\n',
      'run.sh': `${branches}\n${CLONE}lib/a.git\n`,
    });
    expect(edges).toHaveLength(1);
    expect(unresolved).toEqual([]);
  });

  it('names a loop with more rounds than are followed', () => {
    const { edges, unresolved } = scanFiles(job('true', `for i in $(seq 299) x y z; do ${CLONE}lib/p$i.git; done`));
    expect(edges).toHaveLength(300);
    expect(unresolved).toEqual([expect.objectContaining({ why: expect.stringContaining('300 rounds') as string })]);
  });

  it('names a list file with more lines than are followed', () => {
    const { unresolved } = scanFiles({
      '.gitlab-ci.yml': 'job:\n  script:\n    - while read p; do echo $p; done < list\n',
      list: lines(400, (index) => `p${index}`),
    });
    expect(unresolved).toEqual([
      expect.objectContaining({
        file: '.gitlab-ci.yml',
        line: 3,
        why: expect.stringContaining('300 rounds') as string,
      }),
    ]);
  });

  it('names a job with more variants than are followed', () => {
    const names = lines(120, (index) => `        - n${index}`);
    const text = `job:\n  parallel:\n    matrix:\n      - NAME:\n${names}\n  rules:\n    - if: $CI_COMMIT_TAG\n      variables: { KIND: a }\n    - variables: { KIND: b }\n  script:\n    - ${CLONE}lib/$NAME-$KIND.git\n`;
    const { edges, unresolved } = scanFiles({ '.gitlab-ci.yml': text });
    expect(edges).toHaveLength(200);
    expect(unresolved).toEqual([
      expect.objectContaining({ expression: 'job', why: expect.stringContaining('200 variants') as string }),
    ]);
  });

  it('names a reference to nothing', () => {
    const { unresolved } = scanFiles({
      '.gitlab-ci.yml': 'job:\n  script:\n    - !reference [.missing, script]\n',
    });
    expect(unresolved).toEqual([expect.objectContaining({ line: 3, why: 'the reference names nothing' })]);
  });
});
