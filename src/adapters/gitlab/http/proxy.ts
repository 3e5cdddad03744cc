import { EnvHttpProxyAgent, fetch as fetchBy } from 'undici';

type Environment = Readonly<Record<string, string | undefined>>;

const either = (env: Environment, name: string): string | undefined =>
  env[name.toLowerCase()]?.trim() || env[name]?.trim() || undefined;

/**
 * A `fetch` that goes through the proxies of the environment, which Node 20's own does not look at: `HTTP_PROXY`,
 * `HTTPS_PROXY` and `NO_PROXY`, in lower case first as curl has it. Certificates of `NODE_EXTRA_CA_CERTS` count here too.
 */
export function proxiedFetch(env: Environment): typeof fetch {
  const [httpProxy, httpsProxy, noProxy] = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].map((name) => either(env, name));
  const dispatcher = new EnvHttpProxyAgent({
    httpProxy: httpProxy ?? '',
    httpsProxy: httpsProxy ?? '',
    noProxy: noProxy ?? '',
  });
  // Both are the same standard; only their declarations come from different packages.
  return ((url: string, init: object) => fetchBy(url, { ...init, dispatcher })) as unknown as typeof fetch;
}
