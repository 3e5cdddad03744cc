import { hasToken } from '../../marks.ts';
import type { Call } from '../../shell/call.ts';

/** Runners of tests. Tests of which nothing names a variable with the token reach nothing, and are left out where that is known. */

/** Files of one run of tests that are followed. */
const MAX_FILES = 40;
/** Of files that would have to be fetched one by one: the likeliest ones. */
const MAX_FETCHED = 4;
const FAR = /integration|e2e|system|smoke|functional|acceptance|conftest|live|remote/iu;

/** Test files below a path that may use the token. */
export function testFiles(call: Call, key: string, pattern: RegExp): readonly string[] {
  const { checkout } = call.workspace;
  const below = key === '' || key === '.' ? '' : `${key}/`;
  const all = checkout.has(key) ? [key] : checkout.paths.filter((path) => path.startsWith(below) && pattern.test(path));
  const ready = all.filter((path) => checkout.ready(path) !== undefined);
  const uses = tokenUsers(call, all[0] ?? '');
  const found = ready.filter((path) => uses(path, checkout.ready(path) ?? ''));
  const rest = all.filter((path) => !ready.includes(path)).sort((a, b) => Number(FAR.test(b)) - Number(FAR.test(a)));
  if (found.length > MAX_FILES)
    call.findings.unresolved('unknown', key, `more than ${MAX_FILES} files of tests are not followed`, call.at);
  return [...found.slice(0, MAX_FILES), ...rest.slice(0, MAX_FETCHED)];
}

/** Whether a file names a variable that holds the token, or a file of its language that does. */
function tokenUsers(call: Call, sample: string): (path: string, text: string) => boolean {
  const names = [...call.state.vars].flatMap(([name, { value }]) =>
    hasToken(value) && name !== 'CI_REPOSITORY_URL' ? [name] : [],
  );
  const token = new RegExp(`\\b(?:${names.map((name) => name.replace(/\W/gu, '')).join('|')})\\b`, 'u');
  const end = sample.slice(sample.lastIndexOf('.'));
  const { checkout } = call.workspace;
  const helpers = checkout.paths
    .filter((path) => path.endsWith(end) && token.test(checkout.ready(path) ?? ''))
    .map((path) =>
      path
        .replace(/\/(?:__init__|index)\.\w+$/u, '')
        .replace(/^.*\//u, '')
        .replace(/\.\w+$/u, ''),
    );
  const everywhere = helpers.includes('conftest');
  const helper =
    helpers.length > 0
      ? new RegExp(`\\b(?:${helpers.map((one) => one.replace(/\W/gu, '.')).join('|')})\\b`, 'u')
      : null;
  return (path, text) => everywhere || token.test(text) || helper?.test(text) === true || helpers.includes(path);
}
