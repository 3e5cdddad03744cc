import { expect, it } from 'vitest';
import { isSince } from '../../src/domain/server-version.ts';

it.each([
  ['16.11.10-ee', false],
  ['17.5.9', false],
  ['17.6.0', true],
  ['17.10.1-pre', true],
  ['18.0', true],
  ['9.99.0', false],
  ['unreleased', true],
])('a GitLab %s has what came with 17.6: %s', (version, expected) => {
  expect(isSince(version, '17.6')).toBe(expected);
});
