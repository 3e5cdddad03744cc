import type { ClassEntries, Entries } from '../../../code/program/entries.ts';
import { evaluateProgram } from '../../../code/program/program.ts';
import { readSettings } from '../../../files/ini.ts';
import { hasToken, withoutLikely } from '../../../marks.ts';
import type { Call } from '../../../shell/call.ts';
import { option, parseArgs, valuesOf } from '../../../shell/call.ts';
import { fileLines } from '../../../reach/packages.ts';

/** Runners of tests. Tests of which nothing names a variable with the token reach nothing, and are left out where that is known. */

/** Files of one run of tests that are followed. */
const MAX_FILES = 40;
/** Of files that would have to be fetched one by one: the likeliest ones. */
const MAX_FETCHED = 4;
const FAR = /integration|e2e|system|smoke|functional|acceptance|conftest|live|remote/iu;

const CLASSES: readonly ClassEntries[] = [
  {
    named: /^Test/u,
    base: /(?:^|\.)\w*TestCase$/u,
    methods: [/^(?:setup_class|setUpClass)$/u, /^(?:setup_method|setup|setUp|asyncSetUp)$/u, /^test/u],
  },
];
const PYTHON_TESTS = /(?:^|\/)(?:test_[^/]*|[^/]*_test|tests?)\.py$/u;
const VALUED = new Set([
  ...['k', 'm', 'n', 'c', 'o', 'p', 'W', 'rootdir', 'cov', 'cov-report', 'junitxml', 'junit-xml', 'ignore', 'maxfail'],
  ...[
    'durations',
    'log-level',
    'log-cli-level',
    'tb',
    'html',
    'timeout',
    'dist',
    'numprocesses',
    'deselect',
    'confcutdir',
  ],
  ...['s', 't', 'start-directory', 'pattern', 'top-level-directory'],
]);

/** `pytest [PATH[::NAME]…]`, `python -m unittest [discover] [NAME…]`. */
export function pythonTests(call: Call): void {
  const words = call.name === 'unittest' ? unittestTargets(call) : parseArgs(call.args, VALUED).operands;
  const named = valuesOf(words).map(withoutLikely);
  for (const target of named.length > 0 ? named : configured(call)) {
    const [path = '', ...inside] = target.split('::');
    const key = call.workspace.resolve(path, call.state.cwd);
    if (key !== null) runPython(call, testFiles(call, key, PYTHON_TESTS), inside);
  }
}

/** Modules by their names are files; `discover` has the folder in an option. */
function unittestTargets(call: Call): Call['args'] {
  const parsed = parseArgs(call.args, VALUED);
  const folder = option(parsed, 's', 'start-directory');
  const [first, ...rest] = parsed.operands;
  if (first?.value === 'discover') return folder ? [folder] : rest.slice(0, 1);
  return parsed.operands.map((word) => {
    if (/[/]|\.py$/u.test(word.value)) return word;
    const parts = word.value.split('.');
    const end = parts.findIndex((_, index) => call.workspace.checkout.has(`${parts.slice(0, index + 1).join('/')}.py`));
    const file = `${parts.slice(0, end + 1).join('/')}.py`;
    return end < 0 ? word : { ...word, value: [file, ...parts.slice(end + 1)].join('::') };
  });
}

/** `testpaths` of the settings, else everything. */
function configured(call: Call): readonly string[] {
  for (const file of ['pytest.ini', 'pyproject.toml', 'tox.ini', 'setup.cfg']) {
    const setting = readSettings(fileLines(call, file)).find(({ key }) => key === 'testpaths');
    const paths = setting?.value.match(/[\w./*-]+/gu);
    if (paths) return paths;
  }
  return ['.'];
}

function runPython(call: Call, files: readonly string[], inside: readonly string[]): void {
  const [first = '', second] = inside.map((name) => name.replace(/\[.*$/u, ''));
  const only = inside.length > 0;
  const exact = (name: string): RegExp => new RegExp(`^${name.replace(/\W/gu, '')}$`, 'u');
  const [own] = CLASSES;
  const entries = (before: readonly string[]): Entries => ({
    before,
    functions: only ? exact(first) : /^(?:setup_module|setUpModule|test)/u,
    classes: !only
      ? CLASSES
      : [
          {
            named: exact(first),
            methods: second && own ? [...own.methods.slice(0, 2), exact(second)] : (own?.methods ?? []),
          },
        ],
  });
  for (const path of files) {
    const lines = call.workspace.lines(call.workspace.absolute(path), call.state);
    const before = foldersAbove(path)
      .map((folder) => `${folder}conftest.py`)
      .filter((one) => call.workspace.checkout.has(one));
    if (lines) evaluateProgram('python', path, lines, [], call, entries(before));
  }
}

/** The root first. */
const foldersAbove = (path: string): readonly string[] =>
  path.split('/').map((_, index, parts) =>
    parts
      .slice(0, index)
      .map((part) => `${part}/`)
      .join(''),
  );

/** Test files below a path that may use the token. */
function testFiles(call: Call, key: string, pattern: RegExp): readonly string[] {
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

const GO_TESTS: Pick<Entries, 'functions'> = {
  functions: /^(?:TestMain|(?:Test|Benchmark|Example|Fuzz)(?:[A-Z_]\w*)?)$/u,
};

/** `go test ./…`: the tests of each package. */
export function goTests(call: Call, targets: readonly string[]): void {
  const { checkout } = call.workspace;
  const folders = new Set<string>();
  for (const target of targets.length > 0 ? targets : ['.']) {
    const tree = target.endsWith('...');
    const key = call.workspace.resolve(target.replace(/\/?\.\.\.$/u, '') || '.', call.state.cwd);
    if (key === null) continue;
    for (const file of testFiles(call, key, /_test\.go$/u)) {
      const folder = file.replace(/[^/]*$/u, '');
      if (tree || folder === (key === '' || key === '.' ? '' : `${key}/`)) folders.add(folder);
    }
  }
  for (const folder of folders) {
    const files = checkout.paths.filter(
      (path) => path.startsWith(folder) && /^[^/]*_test\.go$/u.test(path.slice(folder.length)),
    );
    const [main = '', ...before] = files;
    const lines = call.workspace.lines(call.workspace.absolute(main), call.state);
    if (lines) evaluateProgram('go', main, lines, [], call, { ...GO_TESTS, before });
  }
}
