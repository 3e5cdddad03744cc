import { createServer, type Server } from 'node:http';
import { connect as connectSocket, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { proxiedFetch } from '../../../../src/adapters/gitlab/http/proxy.ts';
import { asks, connect, featuresReply, startStub, type Stub } from '../stub.ts';

/** A forward proxy that writes down what it was asked for: by tunnel or by absolute address. */
class Proxy {
  readonly asked: string[] = [];
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      const target = new URL(request.url ?? '');
      this.asked.push(target.host);
      response.writeHead(502);
      response.end();
    });
    this.#server.on('connect', (request, socket, head: Buffer) => {
      this.asked.push(request.url ?? '');
      const [host, port] = (request.url ?? '').split(':');
      const onward = connectSocket(Number(port), host, () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        onward.write(head);
        onward.pipe(socket).pipe(onward);
      });
      for (const end of [onward, socket]) end.on('error', () => undefined);
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

describe('a proxy of the environment', () => {
  let proxy: Proxy;
  let proxyUrl: string;
  let gitlab: Stub;

  beforeEach(async () => {
    proxy = new Proxy();
    proxyUrl = await proxy.start();
    gitlab = await startStub((seen) => (asks(seen, 'Features') ? featuresReply() : { status: 404, body: {} }));
  });
  afterEach(async () => {
    proxy.close();
    await gitlab.close();
  });

  it.each(['HTTP_PROXY', 'http_proxy'])('is used when %s names it', async (name) => {
    const { forge } = connect(gitlab.url, { fetch: proxiedFetch({ [name]: proxyUrl }) });
    expect(await forge.capabilities()).toMatchObject({ version: '18.5.0-ee' });
    expect(proxy.asked).toEqual([new URL(gitlab.url).host]);
  });

  it('is left out for the hosts of NO_PROXY', async () => {
    const { forge } = connect(gitlab.url, { fetch: proxiedFetch({ HTTP_PROXY: proxyUrl, NO_PROXY: '127.0.0.1' }) });
    expect(await forge.capabilities()).toMatchObject({ version: '18.5.0-ee' });
    expect(proxy.asked).toEqual([]);
  });

  it('that cannot be reached is an unreachable GitLab', async () => {
    proxy.close();
    const { forge } = connect(gitlab.url, { fetch: proxiedFetch({ HTTP_PROXY: proxyUrl }) });
    await expect(forge.capabilities()).rejects.toMatchObject({
      code: 'FORGE_UNAVAILABLE',
      message: expect.stringContaining(
        `the proxy ${new URL(proxyUrl).host} cannot be reached: the connection was refused`,
      ) as string,
      hint: expect.stringContaining('NO_PROXY') as string,
    });
  });

  it('whose name is not known is named, and not the GitLab', async () => {
    const { forge } = connect(gitlab.url, {
      fetch: proxiedFetch({ HTTP_PROXY: 'http://user:secret@proxy.invalid:3128' }),
    });
    const failure = forge.capabilities();
    await expect(failure).rejects.toThrow('the proxy proxy.invalid:3128 cannot be reached');
    await expect(failure).rejects.not.toThrow('secret');
  });

  it('that lets nothing through is named with its answer', async () => {
    const refusing = createServer().on('connect', (_, socket) => {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    });
    await new Promise<void>((done) => refusing.listen(0, '127.0.0.1', done));
    const host = `127.0.0.1:${(refusing.address() as AddressInfo).port}`;
    const { forge } = connect(gitlab.url, { fetch: proxiedFetch({ HTTP_PROXY: `http://${host}` }) });
    await expect(forge.capabilities()).rejects.toThrow(`the proxy ${host} answered HTTP 407 when it was asked for`);
    refusing.close();
  });

  it('is not blamed for a GitLab that goes without it', async () => {
    await gitlab.close();
    const { forge } = connect(gitlab.url, { fetch: proxiedFetch({ HTTP_PROXY: proxyUrl, NO_PROXY: '127.0.0.1' }) });
    await expect(forge.capabilities()).rejects.toThrow(`${new URL(gitlab.url).host} cannot be reached`);
    await expect(forge.capabilities()).rejects.not.toThrow('the proxy');
  });
});
