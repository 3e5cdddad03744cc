import { describe, expect, it } from 'vitest';
import { HOST, read, REGISTRY, trace, type Ran } from '../trace-builder.ts';

interface Wording {
  readonly tool: string;
  readonly run: string;
  readonly prints: readonly string[];
  readonly verdict: string;
  readonly callee: string | null;
  readonly access: string | null;
}

const API = `https://${HOST}/api/v4`;
const DENIED = 'Authentication by CI/CD job token not allowed from cart to sdk.';

const OF_THE_INSTANCE: readonly Wording[] = [
  {
    tool: "gitlab, the Ruby client, in a frame of Ruby's",
    run: 'ruby ci/announce.rb',
    prints: [
      `/usr/local/bundle/gems/gitlab-5.1.0/lib/gitlab/request.rb:61:in \`validate': Server responded with code 403, message: 403 Forbidden - ${DENIED} Request URI: ${API}/projects/7/releases (Gitlab::Error::Forbidden)`,
      "\tfrom ci/announce.rb:9:in `<main>'",
    ],
    verdict: 'allowlist_denied',
    callee: 'tools/sdk',
    access: 'api',
  },
  {
    tool: 'git, sentence with an id',
    run: `git clone https://gitlab-ci-token:\${CI_JOB_TOKEN}@${HOST}/tools/sdk.git`,
    prints: [
      "Cloning into 'sdk'...",
      'remote: Authentication by CI/CD job token not allowed from cart to project #7.',
      `fatal: unable to access 'https://${HOST}/tools/sdk.git/': The requested URL returned error: 403`,
    ],
    verdict: 'allowlist_denied',
    callee: 'tools/sdk',
    access: 'git',
  },
  {
    tool: 'git in German',
    run: `git clone https://gitlab-ci-token:\${CI_JOB_TOKEN}@${HOST}/tools/sdk.git`,
    prints: [
      "Klone nach 'sdk'...",
      `remote: ${DENIED}`,
      `Schwerwiegend: konnte nicht auf 'https://${HOST}/tools/sdk.git/' zugreifen: The requested URL returned error: 403`,
    ],
    verdict: 'allowlist_denied',
    callee: 'tools/sdk',
    access: 'git',
  },
  {
    tool: 'git in French, project hidden',
    run: './ci/fetch.sh',
    prints: [
      "Clonage dans 'sdk'...",
      "remote: The project you were looking for could not be found or you don't have permission to view it.",
      `fatal : dépôt 'https://${HOST}/tools/sdk.git/' non trouvé`,
    ],
    verdict: 'not_found_ambiguous',
    callee: 'tools/sdk',
    access: 'git',
  },
  {
    tool: 'git in Chinese, credentials refused',
    run: `git fetch https://gitlab-ci-token:$CI_JOB_TOKEN@${HOST}/tools/sdk.git`,
    prints: [`致命错误：'https://${HOST}/tools/sdk.git/' 身份验证失败`],
    verdict: 'token_invalid',
    callee: 'tools/sdk',
    access: 'git',
  },
  {
    tool: 'npm, dependency from git',
    run: 'npm ci',
    prints: [
      'npm error code 128',
      `npm error An unknown git error occurred`,
      `npm error command git --no-replace-objects ls-remote https://gitlab-ci-token:***@${HOST}/tools/sdk.git`,
      `npm error remote: ${DENIED}`,
      `npm error fatal: unable to access 'https://${HOST}/tools/sdk.git/': The requested URL returned error: 403`,
    ],
    verdict: 'allowlist_denied',
    callee: 'tools/sdk',
    access: 'git',
  },
  {
    tool: 'pnpm',
    run: 'pnpm install --frozen-lockfile',
    prints: [
      ` ERR_PNPM_FETCH_404  GET ${API}/projects/7/packages/npm/@tools%2Fsdk: Not Found - 404`,
      '',
      '@tools/sdk is not in the npm registry, or you have no permission to fetch it.',
      '',
      'An authorization header was used: Bearer abcd[hidden]',
    ],
    verdict: 'not_found_ambiguous',
    callee: 'tools/sdk',
    access: 'npm',
  },
  {
    tool: 'yarn 1',
    run: 'yarn install --frozen-lockfile',
    prints: [
      'yarn install v1.22.22',
      '[2/4] Fetching packages...',
      `error An unexpected error occurred: "${API}/projects/7/packages/npm/@tools/sdk/-/@tools/sdk-1.0.0.tgz: Request failed \\"403 Forbidden\\"".`,
    ],
    verdict: 'not_found_ambiguous',
    callee: 'tools/sdk',
    access: 'npm',
  },
  {
    tool: 'yarn 4',
    run: 'yarn install --immutable',
    prints: [
      '➤ YN0000: ┌ Resolution step',
      '➤ YN0035: │ @tools/sdk@npm:^2.0.0: The remote server failed to provide the requested resource',
      '➤ YN0035: │   Response Code: 404 (Not Found)',
      '➤ YN0035: │   Request Method: GET',
      `➤ YN0035: │   Request URL: ${API}/projects/7/packages/npm/@tools%2fsdk`,
      '➤ YN0000: └ Completed in 0s 389ms',
    ],
    verdict: 'not_found_ambiguous',
    callee: 'tools/sdk',
    access: 'npm',
  },
  {
    tool: 'uv sync',
    run: 'uv sync --locked',
    prints: [
      '  × Failed to download `sdk==1.4.0`',
      `  ├─▶ Failed to fetch: \`${API}/projects/7/packages/pypi/files/aa/sdk-1.4.0-py3-none-any.whl\``,
      `  ╰─▶ HTTP status client error (404 Not Found) for url (${API}/projects/7/packages/pypi/files/aa/sdk-1.4.0-py3-none-any.whl)`,
    ],
    verdict: 'not_found_ambiguous',
    callee: 'tools/sdk',
    access: 'pypi',
  },
  {
    tool: 'uv, credentials refused',
    run: 'uv sync',
    prints: [
      '  × No solution found when resolving dependencies:',
      '  ╰─▶ Because sdk was not found in the package registry and your project depends on sdk, we can conclude that your requirements are unsatisfiable.',
      `      hint: An index URL (${API}/projects/7/packages/pypi/simple) could not be queried due to a lack of valid authentication credentials (401 Unauthorized).`,
    ],
    verdict: 'token_invalid',
    callee: 'tools/sdk',
    access: 'pypi',
  },
  {
    tool: 'uv publish',
    run: `uv publish --publish-url ${API}/projects/7/packages/pypi -u gitlab-ci-token -p $CI_JOB_TOKEN`,
    prints: [
      `Publishing 1 file ${API}/projects/7/packages/pypi`,
      'Uploading sdk-1.0.0.tar.gz (2.1KiB)',
      `error: Failed to publish \`dist/sdk-1.0.0.tar.gz\` to ${API}/projects/7/packages/pypi`,
      '  Caused by: Server returned status code 403 Forbidden. Server says: {"message":"403 Forbidden - Authentication by CI/CD job token not allowed from cart to sdk."}',
    ],
    verdict: 'allowlist_denied',
    callee: 'tools/sdk',
    access: 'pypi',
  },
  {
    tool: 'poetry install',
    run: 'poetry install --no-interaction',
    prints: [
      '  - Installing sdk (1.4.0): Failed',
      '',
      '  HTTPError',
      '',
      `  404 Client Error: Not Found for url: ${API}/projects/7/packages/pypi/files/ab/sdk-1.4.0-py3-none-any.whl`,
      '',
      '  at /usr/lib/python3/dist-packages/requests/models.py:1021 in raise_for_status',
    ],
    verdict: 'not_found_ambiguous',
    callee: 'tools/sdk',
    access: 'pypi',
  },
  {
    tool: 'poetry publish',
    run: 'poetry publish -r gitlab',
    prints: [
      `Publishing sdk (1.0.0) to gitlab`,
      ` - Uploading sdk-1.0.0.tar.gz FAILED`,
      '',
      `HTTP Error 403: Forbidden | b'{"message":"403 Forbidden - Insufficient permissions to access this resource in project sdk. The following token permission is required: admin_packages."}'`,
    ],
    verdict: 'policy_denied',
    callee: null,
    access: 'pypi',
  },
  {
    tool: 'Maven 3.9',
    run: 'mvn -B verify -s ci_settings.xml',
    prints: [
      `[ERROR] Failed to execute goal on project cart: Could not resolve dependencies for project com.corp:cart:jar:1.0: Failed to collect dependencies at com.corp:sdk:jar:2.0: Failed to read artifact descriptor for com.corp:sdk:jar:2.0: The following artifacts could not be resolved: com.corp:sdk:pom:2.0 (absent): Could not transfer artifact com.corp:sdk:pom:2.0 from/to gitlab-maven (${API}/projects/7/packages/maven): status code: 403, reason phrase: Forbidden (403) -> [Help 1]`,
    ],
    verdict: 'not_found_ambiguous',
    callee: 'tools/sdk',
    access: 'maven',
  },
  {
    tool: 'Maven, artifact absent',
    run: 'mvn -B verify -s ci_settings.xml',
    prints: [
      `[ERROR] Failed to execute goal on project cart: Could not resolve dependencies: Could not find artifact com.corp:sdk:jar:2.0 in gitlab-maven (${API}/projects/7/packages/maven) -> [Help 1]`,
      '[INFO] BUILD FAILURE',
    ],
    verdict: 'not_found_ambiguous',
    callee: 'tools/sdk',
    access: 'maven',
  },
  {
    tool: 'Gradle',
    run: './gradlew assemble',
    prints: [
      "> Could not resolve all files for configuration ':compileClasspath'.",
      '   > Could not resolve com.corp:sdk:2.0.',
      `      > Could not get resource '${API}/projects/7/packages/maven/com/corp/sdk/2.0/sdk-2.0.pom'.`,
      `         > Could not GET '${API}/projects/7/packages/maven/com/corp/sdk/2.0/sdk-2.0.pom'. Received status code 403 from server: Forbidden`,
      'BUILD FAILED in 3s',
    ],
    verdict: 'not_found_ambiguous',
    callee: 'tools/sdk',
    access: 'maven',
  },
  {
    tool: 'dotnet restore',
    run: 'dotnet restore',
    prints: [
      `/builds/shop/cart/Cart.csproj : error NU1301: Failed to retrieve information about 'Sdk' from remote source '${API}/projects/7/packages/nuget/download/sdk/index.json'.`,
      '/builds/shop/cart/Cart.csproj : error NU1301:   Response status code does not indicate success: 404 (Not Found).',
    ],
    verdict: 'not_found_ambiguous',
    callee: 'tools/sdk',
    access: 'nuget',
  },
  {
    tool: 'dotnet nuget push',
    run: 'dotnet nuget push "bin/Release/*.nupkg" --source gitlab',
    prints: [
      `Pushing Sdk.1.0.0.nupkg to '${API}/projects/7/packages/nuget'...`,
      `  PUT ${API}/projects/7/packages/nuget/`,
      `  Unauthorized ${API}/projects/7/packages/nuget/ 93ms`,
      'error: Response status code does not indicate success: 401 (Unauthorized).',
    ],
    verdict: 'token_invalid',
    callee: 'tools/sdk',
    access: 'nuget',
  },
  {
    tool: 'Helm repository',
    run: `helm repo add corp ${API}/projects/9/packages/helm/stable --username gitlab-ci-token --password $CI_JOB_TOKEN`,
    prints: [
      `Error: looks like "${API}/projects/9/packages/helm/stable" is not a valid chart repository or cannot be reached: failed to fetch ${API}/projects/9/packages/helm/stable/index.yaml : 404 Not Found`,
    ],
    verdict: 'not_found_ambiguous',
    callee: 'infra/charts',
    access: 'helm',
  },
  {
    tool: 'Helm from the registry',
    run: `helm pull oci://${REGISTRY}/infra/charts/web --version 1.2.3`,
    prints: [
      `Error: failed to perform "FetchReference" on source: GET "https://${REGISTRY}/v2/infra/charts/web/manifests/1.2.3": response status code 403: denied: requested access to the resource is denied`,
    ],
    verdict: 'not_found_ambiguous',
    callee: 'infra/charts/web',
    access: 'container-registry',
  },
  {
    tool: 'Terraform state',
    run: 'gitlab-terraform init',
    prints: [
      `Initializing the backend...`,
      `Error: Failed to get existing workspaces: GET ${API}/projects/9/terraform/state/prod: unexpected HTTP response code 403`,
    ],
    verdict: 'not_found_ambiguous',
    callee: 'infra/charts',
    access: 'terraform',
  },
  {
    tool: 'Terraform module from git',
    run: 'terraform init',
    prints: [
      '╷',
      '│ Error: Failed to download module',
      '│ ',
      `│ Could not download module "net" (main.tf:1) source code from "git::https://${HOST}/tools/sdk.git?ref=v1": error downloading`,
      `│ 'https://${HOST}/tools/sdk.git?ref=v1': /usr/bin/git exited with 128:`,
      "│ Cloning into '.terraform/modules/net'...",
      `│ remote: ${DENIED}`,
      `│ fatal: unable to access 'https://${HOST}/tools/sdk.git/': The requested URL`,
      '│ returned error: 403',
      '╵',
    ],
    verdict: 'allowlist_denied',
    callee: 'tools/sdk',
    access: 'git',
  },
  {
    tool: 'kaniko, base image of another project',
    run: '/kaniko/executor --context . --destination "${CI_REGISTRY_IMAGE}:1"',
    prints: [
      `error building image: GET https://${REGISTRY}/v2/tools/sdk/base/manifests/1: UNAUTHORIZED: authentication required; [map[Action:pull Class: Name:tools/sdk/base Type:repository]]`,
    ],
    verdict: 'not_found_ambiguous',
    callee: 'tools/sdk/base',
    access: 'container-registry',
  },
  {
    tool: 'buildah',
    run: 'buildah bud -t cart .',
    prints: [
      `STEP 1/4: FROM ${REGISTRY}/tools/sdk/base:1`,
      `Trying to pull ${REGISTRY}/tools/sdk/base:1...`,
      `Error: creating build container: initializing source docker://${REGISTRY}/tools/sdk/base:1: reading manifest 1 in ${REGISTRY}/tools/sdk/base: denied: requested access to the resource is denied`,
    ],
    verdict: 'not_found_ambiguous',
    callee: 'tools/sdk/base',
    access: 'container-registry',
  },
  {
    tool: 'podman, token service refuses',
    run: `podman pull ${REGISTRY}/tools/sdk/base:1`,
    prints: [
      `Error: initializing source docker://${REGISTRY}/tools/sdk/base:1: Requesting bearer token: invalid status code from registry 403 (Forbidden)`,
    ],
    verdict: 'token_invalid',
    callee: 'tools/sdk/base',
    access: 'container-registry',
  },
  {
    tool: 'BuildKit',
    run: 'docker buildx build --push -t $CI_REGISTRY_IMAGE:1 .',
    prints: [
      `#3 [internal] load metadata for ${REGISTRY}/tools/sdk/base:1`,
      `#3 ERROR: failed to authorize: insufficient_scope: authorization failed`,
      `ERROR: failed to solve: ${REGISTRY}/tools/sdk/base:1: failed to resolve source metadata for ${REGISTRY}/tools/sdk/base:1: pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`,
    ],
    verdict: 'not_found_ambiguous',
    callee: 'tools/sdk/base',
    access: 'container-registry',
  },
  {
    tool: 'release-cli',
    run: 'release-cli create --project-id 7 --tag-name v1',
    prints: [
      'time="2026-01-05T10:00:00Z" level=fatal msg="run app" cli=release-cli error="failed to create release: API Error Response status_code: 403 message: 403 Forbidden - Authentication by CI/CD job token not allowed from cart to sdk." version=0.18.0',
    ],
    verdict: 'allowlist_denied',
    callee: 'tools/sdk',
    access: 'api',
  },
  {
    tool: 'glab',
    run: 'glab release create v1 -R tools/sdk',
    prints: [
      '   ERROR  ',
      '',
      `  POST ${API}/projects/tools%2Fsdk/releases: 403 {message: 403 Forbidden - Authentication by CI/CD job token not allowed from cart to sdk.}`,
    ],
    verdict: 'allowlist_denied',
    callee: 'tools/sdk',
    access: 'api',
  },
  {
    tool: 'python-gitlab',
    run: 'python3 ci/promote.py',
    prints: [
      'Traceback (most recent call last):',
      '  File "/builds/shop/cart/ci/promote.py", line 8, in <module>',
      '    project = gl.projects.get(7, lazy=True).releases.list()',
      'gitlab.exceptions.GitlabHttpError: 403: 403 Forbidden - Authentication by CI/CD job token not allowed from cart to project #7.',
    ],
    verdict: 'allowlist_denied',
    callee: 'tools/sdk',
    access: 'api',
  },
  {
    tool: 'cargo',
    run: 'cargo build --release',
    prints: [
      `    Updating git repository \`https://${HOST}/tools/sdk.git\``,
      'error: failed to get `sdk` as a dependency of package `cart v0.1.0`',
      '',
      'Caused by:',
      "  process didn't exit successfully: `git fetch --no-tags --force` (exit status: 128)",
      '  --- stderr',
      `  remote: ${DENIED}`,
      `  fatal: unable to access 'https://${HOST}/tools/sdk.git/': The requested URL returned error: 403`,
    ],
    verdict: 'allowlist_denied',
    callee: 'tools/sdk',
    access: 'git',
  },
  {
    tool: 'bundler',
    run: 'bundle install',
    prints: [
      `Fetching https://${HOST}/tools/sdk.git`,
      `fatal: Authentication failed for 'https://${HOST}/tools/sdk.git/'`,
      '',
      'Retrying `git clone --bare` due to error (2/4): Bundler::Source::Git::GitCommandError Git error: command failed.',
    ],
    verdict: 'token_invalid',
    callee: 'tools/sdk',
    access: 'git',
  },
  {
    tool: 'RubyGems',
    run: 'bundle install',
    prints: [
      `Fetching source index from ${API}/projects/7/packages/rubygems/`,
      `Could not fetch specs from ${API}/projects/7/packages/rubygems/ due to underlying error <bad response Forbidden 403 (${API}/projects/7/packages/rubygems/specs.4.8.gz)>`,
    ],
    verdict: 'not_found_ambiguous',
    callee: 'tools/sdk',
    access: 'rubygems',
  },
  {
    tool: 'Conan',
    run: `conan remote add gitlab ${API}/projects/7/packages/conan && conan install . -r gitlab`,
    prints: ["ERROR: Permission denied for user: 'ci_user'. [Remote: gitlab]"],
    verdict: 'not_found_ambiguous',
    callee: 'tools/sdk',
    access: 'conan',
  },
  {
    tool: 'Windows PowerShell',
    run: `Invoke-WebRequest -Headers @{'JOB-TOKEN'=$env:CI_JOB_TOKEN} -Uri "$env:CI_API_V4_URL/projects/7/packages/generic/sdk/1.0/sdk.zip" -OutFile sdk.zip`,
    prints: [
      'Invoke-WebRequest : The remote server returned an error: (404) Not Found.',
      'At C:\\Windows\\TEMP\\build_script\\script.ps1:252 char:1',
      '+ Invoke-WebRequest -Headers ...',
      '    + CategoryInfo          : InvalidOperation: (System.Net.HttpWebRequest:HttpWebRequest) [Invoke-WebRequest], WebException',
    ],
    verdict: 'not_found_ambiguous',
    callee: 'tools/sdk',
    access: 'generic',
  },
  {
    tool: 'German PowerShell',
    run: `Invoke-WebRequest -Headers @{'JOB-TOKEN'=$env:CI_JOB_TOKEN} -Uri "$env:CI_API_V4_URL/projects/7/jobs/artifacts/main/download?job=build" -OutFile sdk.zip`,
    prints: ['Invoke-WebRequest : Der Remoteserver hat einen Fehler zurückgegeben: (403) Unzulässig.'],
    verdict: 'not_found_ambiguous',
    callee: 'tools/sdk',
    access: 'artifacts',
  },
  {
    tool: 'httpie',
    run: `http --check-status GET ${API}/projects/7/releases JOB-TOKEN:$CI_JOB_TOKEN`,
    prints: [
      'HTTP/1.1 403 Forbidden',
      'Content-Type: application/json',
      '',
      '{"message":"403 Forbidden - Authentication by CI/CD job token not allowed from cart to sdk."}',
    ],
    verdict: 'allowlist_denied',
    callee: 'tools/sdk',
    access: 'api',
  },
  {
    tool: 'Ansible',
    run: 'ansible-playbook site.yml',
    prints: [
      `fatal: [localhost]: FAILED! => {"changed": false, "cmd": ["/usr/bin/git", "clone", "https://${HOST}/tools/sdk.git"], "msg": "Cloning into 'sdk'...\\nremote: ${DENIED}\\nfatal: unable to access 'https://${HOST}/tools/sdk.git/': The requested URL returned error: 403", "rc": 128}`,
    ],
    verdict: 'allowlist_denied',
    callee: 'tools/sdk',
    access: 'git',
  },
  {
    tool: 'git-lfs',
    run: 'git lfs pull',
    prints: [
      `batch response: Repository or object not found: https://${HOST}/tools/sdk.git/info/lfs/objects/batch`,
      'Check that it exists and that you have proper access to it',
      'error: failed to fetch some objects',
    ],
    verdict: 'not_found_ambiguous',
    callee: 'tools/sdk',
    access: 'lfs',
  },
  {
    tool: 'an unknown tool that prints the address and the status',
    run: './fetch-things',
    prints: [`[ERR] download of ${API}/projects/7/packages/generic/sdk/1.0/sdk.zip failed (403)`],
    verdict: 'not_found_ambiguous',
    callee: 'tools/sdk',
    access: 'generic',
  },
  {
    tool: 'fine-grained permissions, plural',
    run: `curl --fail-with-body -H "JOB-TOKEN: $CI_JOB_TOKEN" "$CI_API_V4_URL/projects/7/jobs"`,
    prints: [
      '{"message":"403 Forbidden - Insufficient permissions to access this resource in project sdk. The following token permissions are required: read_jobs, read_pipelines and read_packages."}',
    ],
    verdict: 'policy_denied',
    callee: 'tools/sdk',
    access: 'api',
  },
];

const OF_OTHERS: readonly Omit<Wording, 'callee' | 'access' | 'verdict'>[] = [
  {
    tool: 'Artifactory through uv',
    run: 'uv sync',
    prints: [
      'error: Failed to fetch: `https://repo.jfrog.test/api/pypi/x`',
      '  Caused by: HTTP status client error (403 Forbidden) for url (https://repo.jfrog.test/api/pypi/x)',
    ],
  },
  {
    tool: 'Docker Hub',
    run: 'docker pull corp/private',
    prints: [
      "Error response from daemon: pull access denied for corp/private, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
    ],
  },
  {
    tool: 'another GitLab with the same words for a missing project',
    run: 'git clone https://gitlab.other.test/a/b.git',
    prints: ["fatal: unable to access 'https://gitlab.other.test/a/b.git/': The requested URL returned error: 403"],
  },
  {
    tool: 'the Go proxy',
    run: 'go mod download',
    prints: [
      'go: github.com/a/b@v1.0.0: reading https://proxy.golang.test/github.com/a/b/@v/v1.0.0.mod: 404 Not Found',
    ],
  },
  {
    tool: 'a personal token',
    run: `curl -f -H "PRIVATE-TOKEN: $BOT" ${API}/projects/7/issues`,
    prints: ['curl: (22) The requested URL returned error: 404'],
  },
  {
    tool: 'a deploy token in the URL',
    run: 'pip install sdk',
    prints: [
      `Looking in indexes: https://gitlab+deploy-token-3:****@${HOST}/api/v4/projects/7/packages/pypi/simple`,
      'ERROR: Could not find a version that satisfies the requirement sdk (from versions: none)',
    ],
  },
  {
    tool: 'no credentials',
    run: `git clone https://${HOST}/tools/sdk.git`,
    prints: [`fatal: could not read Username for 'https://${HOST}': No such device or address`],
  },
  {
    tool: 'an outage',
    run: `git clone https://gitlab-ci-token:$CI_JOB_TOKEN@${HOST}/tools/sdk.git`,
    prints: [`fatal: unable to access 'https://${HOST}/tools/sdk.git/': The requested URL returned error: 503`],
  },
  {
    tool: 'a rate limit',
    run: `curl -f -H "JOB-TOKEN: $CI_JOB_TOKEN" ${API}/projects/7/releases`,
    prints: ['curl: (22) The requested URL returned error: 429'],
  },
  {
    tool: 'a blocked user',
    run: `git clone https://gitlab-ci-token:$CI_JOB_TOKEN@${HOST}/tools/sdk.git`,
    prints: [
      'remote: Your account has been deactivated by your administrator.',
      `fatal: unable to access 'https://${HOST}/tools/sdk.git/': The requested URL returned error: 403`,
    ],
  },
  {
    tool: 'its own project',
    run: `curl -f -H "JOB-TOKEN: $CI_JOB_TOKEN" "$CI_API_V4_URL/projects/$CI_PROJECT_ID/packages/generic/x/1/x.zip"`,
    prints: ['curl: (22) The requested URL returned error: 404'],
  },
  {
    tool: 'the application under test',
    run: 'npm test',
    prints: [
      `  ✓ answers 403 Forbidden on ${API}/projects/7 (12 ms)`,
      'GET /admin 403 Forbidden',
      'Tests:       1 failed, 3 passed, 4 total',
    ],
  },
  {
    tool: 'a version that does not exist',
    run: 'pip install sdk==9',
    prints: [
      `Looking in indexes: https://gitlab-ci-token:****@${HOST}/api/v4/projects/7/packages/pypi/simple`,
      'ERROR: Could not find a version that satisfies the requirement sdk==9 (from versions: 1.0, 1.1)',
    ],
  },
  {
    tool: 'a missing tag',
    run: `docker pull ${REGISTRY}/tools/sdk/base:9`,
    prints: [
      `Error response from daemon: manifest for ${REGISTRY}/tools/sdk/base:9 not found: manifest unknown: manifest unknown`,
    ],
  },
];

describe('wordings of clients', () => {
  it.each(OF_THE_INSTANCE)('$tool', async ({ run, prints, verdict, callee, access }) => {
    const script: readonly Ran[] = [
      { run: 'make lint', prints: ['all fine'] },
      { run, prints },
    ];
    expect(await read(trace(script))).toMatchObject({ verdict, callee, access });
  });

  it.each(OF_OTHERS)('blames no allowlist for $tool', async ({ run, prints }) => {
    expect(await read(trace([{ run, prints }]))).toMatchObject({ verdict: 'other', callee: null });
  });
});
