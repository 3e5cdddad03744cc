import { EnvHttpProxyAgent, fetch as fetchBy } from 'undici';
import { HttpFailure, networkFailure } from './errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const either = (env: Environment, name: string): string | undefined =>
  env[name.toLowerCase()]?.trim() || env[name]?.trim() || undefined;

/**
 * A `fetch` that goes through the proxies of the environment, which Node 20's own does not look at: `HTTP_PROXY`,
 * `HTTPS_PROXY` and `NO_PROXY`, in lower case first as curl has it. Certificates of `NODE_EXTRA_CA_CERTS` count here too.
 * It rejects with an `HttpFailure` that names the proxy where the proxy is what failed.
 */
export function proxiedFetch(env: Environment): typeof fetch {
  const [httpProxy, httpsProxy, noProxy] = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].map((name) => either(env, name));
  const dispatcher = new EnvHttpProxyAgent({
    httpProxy: httpProxy ?? '',
    httpsProxy: httpsProxy ?? '',
    noProxy: noProxy ?? '',
  });
  // Both are the same standard; only their declarations come from different packages.
  return (async (url: URL | string, init: object) => {
    try {
      return await fetchBy(url, { ...init, dispatcher });
    } catch (error) {
      const target = new URL(url);
      throw proxyFailure(error, target, target.protocol === 'https:' ? httpsProxy : httpProxy) ?? error;
    }
  }) as unknown as typeof fetch;
}

const HINT = 'Check HTTP_PROXY, HTTPS_PROXY and NO_PROXY in the environment, and that the proxy is up.';
const TUNNEL_REFUSED = /^Proxy response \((\d{3})\)/;

/** Null where the failure is not the proxy's: it was reached, or this target goes without one. */
function proxyFailure(error: unknown, target: URL, address: string | undefined): HttpFailure | null {
  if (address === undefined || !URL.canParse(address)) return null;
  const { host, hostname, port, protocol } = new URL(address);
  const proxyPort = Number(port || (protocol === 'https:' ? 443 : 80));
  const targetPort = Number(target.port || (target.protocol === 'https:' ? 443 : 80));
  for (let at = error; at instanceof Error; at = at.cause) {
    const [, status] = TUNNEL_REFUSED.exec(at.message) ?? [];
    if (status !== undefined) {
      const words = `the proxy ${host} answered HTTP ${status} when it was asked for ${target.host}`;
      return new HttpFailure('unreachable', words, { hint: HINT });
    }
    const where = placeOf(at);
    const isProxys = where.hostname === hostname || (where.port === proxyPort && proxyPort !== targetPort);
    if (isProxys)
      return new HttpFailure('unreachable', networkFailure(error, `the proxy ${host}`).message, { hint: HINT });
  }
  return null;
}

/** Where a look-up of a name or a connection failed, as Node tells; of several addresses the first counts. */
function placeOf(error: Error): { readonly hostname?: unknown; readonly port?: unknown } {
  return error instanceof AggregateError ? ((error.errors[0] as object | undefined) ?? {}) : (error as object);
}
