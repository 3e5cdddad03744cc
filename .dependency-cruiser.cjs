/** Imports point one way: cli, web -> adapters -> engine -> domain; report, scan, trace -> domain. */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'domain-is-pure',
      severity: 'error',
      comment: 'xstate for the charts, zod for what comes from outside, picomatch for path globs: all three are pure.',
      from: { path: '^src/domain' },
      to: { pathNot: '^(src/domain|node_modules/(xstate|zod|picomatch|@types/picomatch)/)' },
    },
    {
      name: 'engine-knows-domain-and-ports-only',
      severity: 'error',
      from: { path: '^src/engine' },
      to: { path: '^src/(?!engine|domain|trace|scan)' },
    },
    {
      name: 'readers-know-domain-only',
      severity: 'error',
      from: { path: '^src/(report|scan|trace)/' },
      to: { path: '^src/(?!$1/|domain)' },
    },
    {
      name: 'shell-is-given-its-programs',
      severity: 'error',
      comment: 'scan/index.ts hands tools, filters and languages to the shell.',
      from: { path: '^src/scan/shell/' },
      to: { path: '^src/scan/(tools|code|text|ci|files)/' },
    },
    {
      name: 'tools-stand-on-top',
      severity: 'error',
      comment: 'What a use of the token is lies in scan/reach, below the tools and all other readers.',
      from: { path: '^src/scan/(code|files|text|ci|reach)/' },
      to: { path: '^src/scan/tools/' },
    },
    {
      name: 'adapters-stand-apart',
      severity: 'error',
      from: { path: '^src/adapters/([^/]+)/' },
      to: { path: '^src/(cli|report|sandbox|adapters/(?!$1/))' },
    },
    {
      name: 'stand-in-stands-alone',
      severity: 'error',
      from: { path: '^src/sandbox' },
      to: { path: '^src/(?!sandbox)' },
    },
    {
      name: 'nothing-imports-the-stand-in',
      severity: 'error',
      comment: 'The product reaches it over HTTP only; two commands start it.',
      from: { path: '^src/(?!sandbox)', pathNot: '^src/cli/commands/(sandbox|demo)\\.ts$' },
      to: { path: '^src/sandbox' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
};
