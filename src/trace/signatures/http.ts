import { client, type ClientStatus } from './row.ts';

/** Programs that fetch and send files, and HTTP libraries. */
export const HTTP: readonly ClientStatus[] = [
  client({
    id: 'no-connection',
    client: 'any',
    versions: 'any',
    example:
      "connection broken by 'NewConnectionError: Failed to establish a new connection: [Errno -3] Temporary failure in name resolution'",
    source: 'runs of pip 23.2.1, curl 7.88.1 and git 2.39.5 without a network',
    words: [
      'a new connection',
      'name resolution',
      'resolve host',
      'onnection refused',
      'onnection timed out',
      'ertificate verify failed',
      'igned certificate',
      'CONNECT tunnel failed',
      'from proxy after CONNECT',
      'Tunnel connection failed',
      'tunneling socket could not',
      'proxyconnect tcp',
      'Proxy Authentication Req',
    ],
    // A proxy on the way that refuses is no server of GitLab's either.
    pattern:
      /CONNECT tunnel failed|from proxy after CONNECT|Tunnel connection failed|tunneling socket could not|proxyconnect tcp|Proxy Authentication Required|Failed to establish a new connection|failure in name resolution|Could not resolve host|[Cc]onnection (?:refused|timed out)|ertificate verify failed|[Ss]elf[- ]signed certificate/,
    status: 503,
    outage: true,
  }),
  client({
    id: 'wget',
    client: 'wget',
    versions: '1.12 and later, 5 languages',
    example: 'HTTP request sent, awaiting response... 403 Forbidden',
    source: 'run of wget 1.21.3',
    words: ['awaiting response', 'auf Antwort wird gewartet', 'attente de la r', 'ERROR 40', 'FEHLER 40', 'ERREUR 40'],
    pattern:
      /(?:awaiting response ?(?:\.\.\.|…)|Antwort wird gewartet ?(?:\.\.\.|…)|attente de la réponse ?(?:\.\.\.|…)|(?:ERROR|FEHLER|ERREUR|ERRORE|错误)) ?(?<status>\d{3})\b/,
  }),
  client({
    id: 'wget-busybox',
    client: 'wget of BusyBox',
    versions: '1.20 and later',
    example: 'wget: server returned error: HTTP/1.1 403 Forbidden',
    source: 'networking/wget.c of BusyBox',
    words: ['server returned error'],
    pattern: /server returned error: HTTP\/[\d.]{1,3} (?<status>\d{3})\b/,
  }),
  client({
    id: 'python-requests',
    client: 'Python with requests',
    versions: 'all',
    example:
      'requests.exceptions.HTTPError: 403 Client Error: Forbidden for url: https://gitlab.example.com/api/v4/projects/7/releases',
    source: 'requests/models.py',
    words: [' Client Error', ' Server Error'],
    pattern: /\b(?<status>\d{3}) (?:Client|Server) Error\b/,
  }),
  client({
    id: 'python-httpx',
    client: 'Python with httpx (pdm)',
    versions: 'all',
    example:
      "httpx.HTTPStatusError: Client error '403 Forbidden' for url 'https://gitlab.example.com/api/v4/projects/7/packages/pypi/simple/sdk/'",
    source: 'httpx/_models.py',
    words: ["Client error '", "Server error '"],
    pattern: /(?:Client|Server) error '(?<status>\d{3}) /,
  }),
  client({
    id: 'python-urllib',
    client: 'Python with urllib',
    versions: '3',
    example: 'urllib.error.HTTPError: HTTP Error 403: Forbidden',
    source: 'urllib/error.py',
    words: ['HTTP Error 4'],
    pattern: /HTTP Error (?<status>\d{3}):/,
  }),
  client({
    id: 'python-gitlab',
    client: 'python-gitlab',
    versions: '1 to 6',
    example: 'gitlab.exceptions.GitlabGetError: 403: 403 Forbidden',
    source: 'gitlab/exceptions.py',
    words: ['Error: 40', 'Error: 42', 'Error: 50'],
    pattern: /Gitlab\w{0,30}Error: (?<status>\d{3}):/,
    access: 'api',
  }),
  client({
    id: 'go-gitlab-not-found',
    client: "glab and others with GitLab's library for Go",
    versions: 'go-gitlab 0.90 and later, client-go',
    example: '  Failed to get release v1: 404 Not Found.',
    source: 'ErrNotFound of client-go',
    words: ['404 Not Found'],
    pattern: /(?:[Ff]ailed to|[Ee]rror|ERROR|[Cc]ould not|[Cc]annot)\b.{0,300}: 404 Not Found\.?$/,
    status: 404,
    access: 'api',
    strength: 'silent',
  }),
  client({
    id: 'rust-http',
    client: 'Rust with reqwest (uv, cargo)',
    versions: 'all',
    example:
      'Caused by: HTTP status client error (403 Forbidden) for url (https://gitlab.example.com/api/v4/projects/7/packages/pypi/simple/sdk/)',
    source: 'reqwest/src/error.rs',
    words: ['HTTP status client error', 'HTTP status server error'],
    pattern: /HTTP status (?:client|server) error \((?<status>\d{3})/,
  }),
  client({
    id: 'java-http',
    client: 'Java URLConnection',
    versions: 'all',
    example:
      'java.io.IOException: Server returned HTTP response code: 403 for URL: https://gitlab.example.com/api/v4/projects/7/releases',
    source: 'sun.net.www.protocol.http.HttpURLConnection',
    words: ['HTTP response code: '],
    pattern: /Server returned HTTP response code: (?<status>\d{3})/,
  }),
  client({
    id: 'java-not-found',
    client: 'Java URLConnection',
    versions: 'all',
    example:
      'java.io.FileNotFoundException: https://gitlab.example.com/api/v4/projects/7/packages/generic/sdk/1.0/sdk.jar',
    source: 'sun.net.www.protocol.http.HttpURLConnection (404 and 410)',
    words: ['FileNotFoundException: http'],
    pattern: /FileNotFoundException: https?:\/\//,
    status: 404,
  }),
  client({
    id: 'apt',
    client: 'apt',
    versions: '1.0 and later',
    example: '  403  Forbidden [IP: 192.0.2.7 443]',
    source: 'methods/http.cc of apt',
    words: [' [IP: '],
    pattern: /^\s{0,4}(?<status>\d{3})\s{2}\w[\w ]{1,40} \[IP: /,
    access: 'debian',
  }),
  client({
    id: 'aria2-not-found',
    client: 'aria2c',
    versions: '1.x',
    example: '  -> [HttpSkipResponseCommand.cc:218] errorCode=3 Resource not found',
    source: 'src/error_code.h and HttpSkipResponseCommand.cc of aria2',
    words: ['errorCode=3 '],
    pattern: /errorCode=3 Resource not found/,
    status: 404,
  }),
  client({
    id: 'cmake-download',
    client: 'CMake',
    versions: '3',
    example: '  22;"HTTP response code said error"',
    source: 'file(DOWNLOAD) of CMake: CURLE_HTTP_RETURNED_ERROR',
    words: ['HTTP response code said error'],
    pattern: /"HTTP response code said error"/,
    status: 404,
    strength: 'silent',
  }),
  client({
    id: 'dotnet-http',
    client: '.NET, NuGet, PowerShell 7',
    versions: '.NET 5 and later',
    example: 'error: Response status code does not indicate success: 403 (Forbidden).',
    source: 'System.Net.Http; published logs',
    words: ['does not indicate success', 'success: 40'],
    pattern: /status code does not indicate success: (?<status>\d{3})/,
  }),
  client({
    id: 'dotnet-web-exception',
    client: 'Windows PowerShell 5',
    versions: '5.1, every language',
    example: 'Invoke-WebRequest : The remote server returned an error: (403) Forbidden.',
    source: 'System.Net.WebException; published logs',
    words: [': (40', ': (429', ': (50'],
    pattern: /: \((?<status>\d{3})\) ?\p{L}/u,
  }),
  client({
    id: 'got',
    client: 'Node.js with got (semantic-release)',
    versions: '9 and later',
    example: 'HTTPError: Response code 403 (Forbidden)',
    source: 'got/source/core/errors.ts',
    words: ['Response code 4', 'Response code 5'],
    pattern: /Response code (?<status>\d{3}) \(/,
  }),
  client({
    id: 'axios',
    client: 'Node.js with axios',
    versions: 'all',
    example: 'AxiosError: Request failed with status code 403',
    source: 'axios/lib/core/settle.js',
    words: ['failed with status code '],
    pattern: /failed with status code (?<status>\d{3})/,
  }),
  client({
    id: 'http-status',
    client: 'any',
    versions: 'any',
    example: '< HTTP/1.1 403 Forbidden',
    source: 'common words of HTTP clients',
    words: [
      'HTTP/1.1 4',
      'HTTP/2 4',
      'HTTP/2.0 4',
      'http_code',
      'HTTP 4',
      'HTTP 5',
      'HTTP status',
      'HTTP error',
      'HTTP code',
      'http code',
      'HTTP response',
    ],
    pattern:
      /\bHTTP(?:\/\d(?:\.\d)?)?(?:[ _-]?(?:status|response|error))?(?:[ _-]?code)?["']?[ :=]{1,3}["']?(?<status>\d{3})\b/i,
  }),
  client({
    id: 'status-code',
    client: 'any',
    versions: 'any',
    example: 'upload failed: status code: 403',
    source: 'common words of HTTP clients',
    words: [
      'tatus: 40',
      'tatus=40',
      'tatus 40',
      'tatus code',
      'tatus_code',
      'tatusCode',
      'esponse code',
      'esponse: 40',
    ],
    pattern: /\b(?:status|response)[ _-]?(?:code)?["']?[ :=]{1,3}["']?(?<status>\d{3})\b/i,
  }),
];

/** A bare status or its name beside a URL of the instance, once the URL itself is taken away. */
export const BARE_STATUS: ClientStatus = client({
  id: 'status-beside-url',
  client: 'any',
  versions: 'any',
  example: 'error: GET https://gitlab.example.com/api/v4/projects/7/packages/npm/sdk - 403',
  source: 'run of bun 1.4; the form of many clients',
  words: [],
  pattern: /(?:^|[\s([{:="'`|,-])(?<status>40[134]|429|50[0234])(?=$|[\s)\]}:;,."'`|-])/,
});

/** A status alone on its line, in a step whose command prints it so. */
export const PRINTED_STATUS: ClientStatus = client({
  id: 'printed-status',
  client: 'curl -w',
  versions: 'all',
  example: '403',
  source: 'run of curl 7.88.1 with --write-out',
  words: [],
  pattern: /^(?<status>40[134])$/,
});

/** What a bare status is called where its number is left out. */
export const STATUS_NAMES: readonly (readonly [RegExp, number])[] = [
  [/\bUnauthorized\b/, 401],
  [/\bForbidden\b/, 403],
  [/\bNot Found\b/, 404],
];

/** The text with its URLs taken away, so that a number inside one is no status. */
export function withoutUrls(text: string): string {
  return text.replace(/https?:\/\/[^\s"'<>)]{1,2048}/g, (url) => (/[:.,]$/.test(url) ? `URL${url.slice(-1)}` : 'URL'));
}
