import { testFiles } from '../tests.ts';
import type { ClassEntries, Entries } from '../../../code/program/entries.ts';
import { evaluateProgram } from '../../../code/program/program.ts';
import { readSettings } from '../../../files/ini.ts';
import { withoutLikely } from '../../../marks.ts';
import type { Call } from '../../../shell/call.ts';
import { option, parseArgs, valuesOf } from '../../../shell/call.ts';
import { fileLines } from '../../../reach/packages.ts';

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
