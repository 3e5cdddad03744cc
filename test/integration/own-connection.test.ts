import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { startSandbox } from '../../src/sandbox/index.ts';
import { fetchAlone } from './support/process.ts';

it('looks at a stand-in on connections that the product does not use', async () => {
  let connections = 0;
  const server = createServer((_, answer) => answer.end('here'))
    .on('connection', () => (connections += 1))
    .listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await (await fetch(url)).text();
  await sleep(20); // The connection is idle now, and kept.
  await (await fetchAlone(url)).text();
  await (await fetchAlone(url)).text();
  expect(connections).toBe(3);
  server.close();
  server.closeAllConnections();
});

it('keeps idle connections longer than clients do', async () => {
  const sandbox = await startSandbox({ organisation: { kind: 'generated', projects: 5, seed: 1 } });
  const { headers } = await fetch(`${sandbox.url}/api/v4/version`);
  expect(headers.get('keep-alive')).toBe('timeout=65');
  await sandbox.close();
});
