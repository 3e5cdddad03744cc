/** Where the GitLab instance and its container registry are found, in lower case and without default ports. */
export interface Instance {
  readonly scheme: string;
  /** Host name without the port. */
  readonly hostname: string;
  /** Host with a port that is not the default one. */
  readonly host: string;
  /** Relative root without a final slash: empty, or `/gitlab`. */
  readonly root: string;
  readonly registries: readonly string[];
  /** The registry was named by the caller; otherwise `registries` are the usual addresses. */
  readonly registryKnown: boolean;
}

/**
 * @param gitlabUrl - `CI_SERVER_URL`: may have a port and a relative root
 * @param registryHost - `CI_REGISTRY`, with or without a scheme; null: the usual addresses are tried
 * @throws TypeError when the URL cannot be parsed
 */
export function createInstance(gitlabUrl: string, registryHost: string | null): Instance {
  const url = new URL(/^[a-z][a-z+.-]{0,20}:\/\//i.test(gitlabUrl) ? gitlabUrl : `https://${gitlabUrl}`);
  const named = registryHost === null ? '' : bareHost(registryHost);
  const hostname = url.hostname.toLowerCase();
  return {
    scheme: url.protocol.replace(':', ''),
    hostname,
    host: url.host.toLowerCase(),
    root: url.pathname.replace(/\/{1,10}$/, ''),
    registries: named === '' ? usualRegistries(hostname, url.host.toLowerCase()) : [named],
    registryKnown: named !== '',
  };
}

function bareHost(host: string): string {
  return host
    .trim()
    .toLowerCase()
    .replace(/^https?:\/\//, '')
    .replace(/\/.*$/, '');
}

/** An instance with a port of its own may have its registry behind the same one. */
function usualRegistries(hostname: string, host: string): readonly string[] {
  const sibling = hostname.replace(/^(?:gitlab|git|code)\./, 'registry.');
  return [
    ...new Set([`registry.${hostname}`, sibling, `${hostname}:5050`, `${hostname}:5005`, `${hostname}:4567`, host]),
  ].filter((registry) => registry !== hostname);
}

/** The variables of a job whose values follow from what the caller knows; `:self` stands for the id of the caller. */
export function predefinedVariables(instance: Instance, callerPath: string): ReadonlyMap<string, string> {
  const base = `${instance.scheme}://${instance.host}${instance.root}`;
  const segments = callerPath.split('/');
  const entries: [string, string][] = [
    ['CI_SERVER_URL', base],
    ['CI_SERVER_HOST', instance.hostname],
    ['CI_SERVER_FQDN', instance.host],
    ['CI_SERVER_PROTOCOL', instance.scheme],
    ['CI_SERVER_PORT', instance.host.split(':')[1] ?? (instance.scheme === 'http' ? '80' : '443')],
    ['CI_API_V4_URL', `${base}/api/v4`],
    ['CI_API_GRAPHQL_URL', `${base}/api/graphql`],
    ['CI_PROJECT_ID', ':self'],
  ];
  if (callerPath !== '') {
    entries.push(
      ['CI_PROJECT_PATH', callerPath],
      ['CI_PROJECT_NAME', segments.at(-1) ?? ''],
      ['CI_PROJECT_NAMESPACE', segments.slice(0, -1).join('/')],
      ['CI_PROJECT_ROOT_NAMESPACE', segments[0] ?? ''],
      ['CI_PROJECT_URL', `${base}/${callerPath}`],
      [
        'CI_REPOSITORY_URL',
        `${instance.scheme}://gitlab-ci-token:x@${instance.host}${instance.root}/${callerPath}.git`,
      ],
    );
  }
  const [registry] = instance.registries;
  if (registry !== undefined) {
    entries.push(['CI_REGISTRY', registry]);
    if (callerPath !== '') entries.push(['CI_REGISTRY_IMAGE', `${registry}/${callerPath.toLowerCase()}`]);
  }
  return new Map(entries);
}

const VARIABLE = /\$\{(?:env:)?(\w{1,64})(?::?[-=][^{}]{0,200})?\}|\$(?:env:)?(\w{1,64})|%(CI_\w{1,60})%/gi;

/** Puts in the values of `$NAME`, `${NAME}`, `$env:NAME` and `%NAME%` that are known; the rest stays as it is. */
export function expand(text: string, variables: ReadonlyMap<string, string>): string {
  if (!text.includes('$') && !text.includes('%CI_')) return text;
  return text.replace(VARIABLE, (whole, braced?: string, plain?: string, percent?: string) => {
    return variables.get(braced ?? plain ?? percent ?? '') ?? whole;
  });
}
