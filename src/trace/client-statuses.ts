import type { Access } from './access.ts';
import type { ClientStatus } from './signatures.ts';

function client(
  id: string,
  pattern: RegExp,
  options: { status?: number; access?: Access; strength?: 'silent' } = {},
): ClientStatus {
  const { status = null, access = null, strength = 'explicit' } = options;
  return { kind: 'status', id, pattern, status, access, strength };
}

// Git speaks the language of the runner's user; the quoted URL and the words around it are what stays.
const QUOTED_URL = String.raw`['‘’«„“"]\s?https?://[^\s'’»“”"]{1,1024}\s?['’»“”"]`;
const NOT_FOUND =
  'not found|nicht gefunden|non trouvé|introuvable|no encontrado|não encontrado|non trovato|未找到|不存在|見つかりません|не найден|niet gevonden|hittades inte|не знайдено';
const AUTHENTICATION_FAILED =
  'Authentication failed for|Authentifizierung fehlgeschlagen für|[ÉE]chec d.authentification pour|Autenticación falló para|Falha (?:de|na) autenticação para|Autenticazione non riuscita per|身份验证失败|鉴权失败|認証に失敗|Сбой аутентификации|Ошибка аутентификации|Не удалось выполнить аутентификацию';

/**
 * How clients print a refusal, one row per wording: git, curl, wget, package managers, registries, PowerShell, libraries.
 * The first match of a line counts. A line that holds a URL of the instance and a bare status needs no row.
 */
export const CLIENT_STATUSES: readonly ClientStatus[] = [
  client('url-returned-error', /The requested URL returned error: (?<status>\d{3})/),
  client('git-repository-not-found', new RegExp(`${QUOTED_URL}.{0,12}(?:${NOT_FOUND})`), {
    status: 404,
    access: 'git',
  }),
  client('git-authentication-failed', new RegExp(AUTHENTICATION_FAILED), { status: 401, access: 'git' }),
  client(
    'lfs-not-found',
    /(?:batch|LFS).{0,80}(?:[Rr]epository or object not found|: Not found\b)|Repository or object not found: /,
    {
      status: 404,
      access: 'lfs',
    },
  ),
  client('lfs-unauthorized', /(?:batch response|LFS).{0,80}Authentication required/, { status: 401, access: 'lfs' }),
  client('lfs-forbidden', /(?:batch response|LFS).{0,80}(?:Authorization error|Access forbidden)/, {
    status: 403,
    access: 'lfs',
  }),
  client(
    'wget',
    /(?:awaiting response ?(?:\.\.\.|…)|Antwort wird gewartet ?(?:\.\.\.|…)|attente de la réponse ?(?:\.\.\.|…)|(?:ERROR|FEHLER|ERREUR|ERRORE|错误)) ?(?<status>\d{3})\b/,
  ),
  client('npm-code', /npm (?:ERR!|error) code E(?<status>\d{3})\b/, { access: 'npm' }),
  client('npm', /npm (?:ERR!|error) (?:(?<status>\d{3}) ){1,2}.{0,60} - (?:GET|PUT|POST|HEAD|DELETE) /, {
    access: 'npm',
  }),
  client('yarn-berry', /Response Code\W{0,6}(?<status>\d{3})\b/, { access: 'npm' }),
  client('yarn-berry-authentication', /\bYN0041\b/, { status: 401, access: 'npm' }),
  client('yarn-berry-not-found', /\bYN0035\b/, { status: 404, access: 'npm', strength: 'silent' }),
  client('yarn', /Request failed \\?["'](?<status>\d{3}) /, { access: 'npm' }),
  client('pnpm', /ERR_PNPM_FETCH_(?<status>\d{3})\b/, { access: 'npm' }),
  client('pip-no-versions', /\(from versions: none\)/, { status: 404, access: 'pypi', strength: 'silent' }),
  client('pip-http', /HTTP error (?<status>\d{3}) while getting/, { access: 'pypi' }),
  client('pip-credentials', /(?<status>401) Error, Credentials not correct/, { access: 'pypi' }),
  client('uv-publish', /(?:Upload failed with status|Server returned status) code:? (?<status>\d{3})/, {
    access: 'pypi',
  }),
  client('uv-authentication', /lack of valid authentication credentials \((?<status>\d{3})/, { access: 'pypi' }),
  client(
    'uv-not-found',
    /was not found in the (?:package registry|provided package locations)|there (?:are|is) no versions? of /,
    {
      status: 404,
      access: 'pypi',
      strength: 'silent',
    },
  ),
  client('rust-http', /HTTP status (?:client|server) error \((?<status>\d{3})/),
  client('poetry-authorization', /Authorization error accessing /, { status: 403, access: 'pypi' }),
  client('python-requests', /\b(?<status>\d{3}) (?:Client|Server) Error\b/),
  client('python-gitlab', /Gitlab\w{0,30}Error: (?<status>\d{3}):/, { access: 'api' }),
  client('twine', /HTTPError: (?<status>\d{3}) /, { access: 'pypi' }),
  client(
    'maven',
    /(?:from\/to|transfer|uthorization failed|uthentication failed).{0,1200}(?:status(?: code)?:|https?:\S{1,600}) (?<status>\d{3})\b/,
    {
      access: 'maven',
    },
  ),
  client('maven-not-found', /Could not find artifact .{1,300}https?:\/\//, {
    status: 404,
    access: 'maven',
    strength: 'silent',
  }),
  client('gradle', /Received status code (?<status>\d{3})/, { access: 'maven' }),
  client('dotnet-http', /[Rr]esponse status code does not indicate success: (?<status>\d{3})/),
  client('dotnet-web-exception', /: \((?<status>\d{3})\) ?\p{L}/u),
  client('nuget-not-found', /NU1101: Unable to find package /, { status: 404, access: 'nuget', strength: 'silent' }),
  client('composer-credentials', /Invalid credentials for '/, { status: 403, access: 'composer' }),
  client('composer', /\(HTTP\/[\d.]{1,3} (?<status>\d{3})\b/, { access: 'composer' }),
  client('terraform-state-forbidden', /remote state endpoint invalid auth/, { status: 403, access: 'terraform' }),
  client('terraform-state-unauthorized', /remote state endpoint requires auth/, { status: 401, access: 'terraform' }),
  client(
    'terraform',
    /(?:module versions|module location|response code|HTTP error|HTTP response code):? (?<status>\d{3})\b/,
    {
      access: 'terraform',
    },
  ),
  client('rubygems', /bad response [\w ]{1,40} (?<status>\d{3})\b/, { access: 'rubygems' }),
  client('bundler-authentication', /Bad username or password for |Authentication is required for /, {
    status: 401,
    access: 'rubygems',
  }),
  client('cargo', /(?:HTTP response from|failed to get).{1,300} got (?<status>\d{3})\b/, { access: 'cargo' }),
  client('conan-permission', /(?:Permission denied for user|Forbidden).{0,80}\[Remote: /, {
    status: 403,
    access: 'conan',
  }),
  client(
    'conan-authentication',
    /(?:Wrong user or password|Authentication error|requires authentication).{0,80}\[Remote: /,
    {
      status: 401,
      access: 'conan',
    },
  ),
  client(
    'registry-token-refused',
    /(?:denied|DENIED): access forbidden|status code from registry 40[13]|(?:fetch|obtain) (?:oauth|anonymous) token|unable to retrieve auth token/,
    {
      status: 401,
      access: 'container-registry',
    },
  ),
  client(
    'registry-denied',
    /requested access to the resource is denied|pull access denied|insufficient_scope: authorization failed|(?:unauthorized|UNAUTHORIZED): authentication required/,
    { status: 403, access: 'container-registry' },
  ),
  client('image-pull-back-off', /Back-off pulling image|ErrImagePull|ImagePullBackOff/, {
    status: 404,
    access: 'container-registry',
    strength: 'silent',
  }),
  client(
    'http-status',
    /\bHTTP(?:\/\d(?:\.\d)?)?(?:[ _-]?(?:status|response|error))?(?:[ _-]?code)?["']?[ :=]{1,3}["']?(?<status>\d{3})\b/i,
  ),
  client('status-code', /\b(?:status|response)[ _-]?(?:code)?["']?[ :=]{1,3}["']?(?<status>\d{3})\b/i),
];

/** A bare status or its name beside a URL of the instance, once the URL itself is taken away. */
export const BARE_STATUS: ClientStatus = client(
  'status-beside-url',
  /(?:^|[\s([{:="'`|,-])(?<status>40[134]|429|50[0234])(?=$|[\s)\]}:;,."'`|-])/,
);
export const STATUS_NAMES: readonly (readonly [RegExp, number])[] = [
  [/\bUnauthorized\b/, 401],
  [/\bForbidden\b/, 403],
  [/\bNot Found\b/, 404],
];

/** The text with its URLs taken away, so that a number inside one is no status. */
export function withoutUrls(text: string): string {
  return text.replace(/https?:\/\/[^\s"'<>)]{1,2048}/g, (url) => (/[:.,]$/.test(url) ? `URL${url.slice(-1)}` : 'URL'));
}
