/**
 * How fast traces are read, and in how much memory: `npx tsx bench/trace.ts [MEGABYTES]`. Three shapes: build output in lines,
 * lines that all look suspicious, and one line without an end.
 */
import { diagnose, type TraceContext } from '../src/trace/index.ts';

const MEGABYTE = 1_000_000;
const CHUNK = 65_536;
const megabytes = Math.min(1_000, Math.max(1, Number(process.argv[2] ?? 100)));

const context: TraceContext = {
  callerPath: 'shop/cart',
  gitlabUrl: 'https://gitlab.example.com',
  registryHost: 'registry.example.com',
  projectIds: () => null,
};

const REFUSAL =
  '\n\u001b[32;1m$ git clone https://gitlab-ci-token:[MASKED]@gitlab.example.com/tools/sdk.git\u001b[0;m\n' +
  'remote: Authentication by CI/CD job token not allowed from cart to sdk.\n' +
  "fatal: unable to access 'https://gitlab.example.com/tools/sdk.git/': The requested URL returned error: 403\n";

const SHAPES: Readonly<Record<string, string>> = {
  'build output': [
    '[INFO] Downloaded from central: https://repo.example.org/maven2/org/cart/email/1.7/refund-1.7.pom (23 kB at 756 kB/s)',
    'npm warn deprecated braces@1.0.6: Please upgrade to the latest version',
    'tests/token/test_login.py ..........          [ 50%]',
    'ok  \tgitlab.example.com/x/token/email\t1.307s\tcoverage: 81.5% of statements\n',
  ].join('\n'),
  'suspicious lines': [
    '{"level":"warn","msg":"forbidden","status":403,"path":"/api/v1/admin/x","user":"anonymous"}',
    '{"level":"info","msg":"404 not found (expected by test)","path":"/api/v1/user/999"}',
    'GET https://gitlab.example.com/api/v4/projects/7/packages/npm/x 200 in 12 ms\n',
  ].join('\n'),
  'one line': 'abcdefghij 0123456789 #=>- downloading 12.5% [====      ] ',
};

/** `bytes` of the shape repeated, in chunks as a download delivers them, with one refusal at the end. */
function* stream(shape: string, bytes: number): Generator<Uint8Array> {
  const block = Buffer.from(shape.repeat(Math.ceil((CHUNK * 8) / shape.length)), 'utf8');
  for (let sent = 0; sent < bytes; sent += block.length) {
    for (let at = 0; at < block.length; at += CHUNK) yield block.subarray(at, at + CHUNK);
  }
  yield Buffer.from(REFUSAL, 'utf8');
}

let slowest = Infinity;
for (const [name, shape] of Object.entries(SHAPES)) {
  const bytes = megabytes * MEGABYTE;
  await diagnose(stream(shape, 2 * MEGABYTE), context);
  const before = process.memoryUsage().rss;
  const began = performance.now();
  const cpuBefore = process.cpuUsage();
  const { verdict, callee } = await diagnose(stream(shape, bytes), context);
  const seconds = (performance.now() - began) / 1_000;
  const cpu = process.cpuUsage(cpuBefore);
  const rate = megabytes / seconds;
  // What one core does by itself: on a busy machine the clock on the wall measures the others too.
  const perCore = megabytes / ((cpu.user + cpu.system) / 1e6);
  slowest = Math.min(slowest, rate);
  const grown = (process.memoryUsage().rss - before) / MEGABYTE;
  console.log(
    `${name.padEnd(18)} ${rate.toFixed(0).padStart(5)} MB/s  ${perCore.toFixed(0).padStart(5)} MB per CPU second  memory +${grown.toFixed(0)} MB  ${verdict} ${String(callee)}`,
  );
}
console.log(`slowest ${slowest.toFixed(0)} MB/s (goal: 100)`);
