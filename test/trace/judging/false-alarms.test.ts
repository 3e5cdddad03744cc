import { describe, expect, it } from 'vitest';
import { HOST, read, REGISTRY, trace } from '../trace-builder.ts';

const API = `https://${HOST}/api/v4`;

/** What fails of something else, the command, what it prints. None of it may cost a look at an allowlist. */
const CASES: readonly (readonly [string, string, readonly string[]])[] = [
  [
    'npmjs 404',
    'npm ci',
    [
      'npm error code E404',
      'npm error 404 Not Found - GET https://registry.npmjs.org/left-padd - Not found',
      "npm error 404  'left-padd@1' is not in this registry.",
    ],
  ],
  [
    'npmjs 403',
    'npm publish',
    [
      'npm error code E403',
      'npm error 403 403 Forbidden - PUT https://registry.npmjs.org/@corp%2fcart - You do not have permission to publish "cart".',
    ],
  ],
  [
    'npmjs with gitlab config printed',
    `npm config set @corp:registry ${API}/projects/7/packages/npm/ && npm ci`,
    ['npm error code E404', 'npm error 404 Not Found - GET https://registry.npmjs.org/left-padd - Not found'],
  ],
  [
    'github 403',
    'curl -fsSL https://api.github.com/repos/a/b/releases/latest',
    ['curl: (22) The requested URL returned error: 403'],
  ],
  [
    'github clone 404',
    'git clone https://github.com/a/b.git',
    ['remote: Repository not found.', "fatal: repository 'https://github.com/a/b.git/' not found"],
  ],
  [
    'the sentence quoted without names',
    'npm run scan',
    [
      'Without it, the installation fails with a message similar to:',
      '  Authentication by CI/CD job token not allowed',
      'See README.md',
      'Error: 3 findings above threshold',
    ],
  ],
  ['sudo', 'sudo systemctl restart x', ['sudo: a password is required', 'permission denied']],
  [
    'kubectl forbidden',
    'kubectl apply -f k8s/',
    [
      'Error from server (Forbidden): error when creating "k8s/d.yaml": deployments.apps is forbidden: User "system:serviceaccount:gitlab:default" cannot create resource "deployments" in API group "apps" in the namespace "prod"',
    ],
  ],
  [
    'aws',
    'aws s3 cp x s3://b/',
    [
      'upload failed: ./x to s3://b/x An error occurred (AccessDenied) when calling the PutObject operation: Access Denied',
    ],
  ],
  [
    'ssh publickey',
    `git clone git@${HOST}:tools/sdk.git`,
    [
      "Cloning into 'sdk'...",
      `git@${HOST}: Permission denied (publickey).`,
      'fatal: Could not read from remote repository.',
      '',
      'Please make sure you have the correct access rights',
      'and the repository exists.',
    ],
  ],
  [
    'ssh gitlab not found',
    `git clone git@${HOST}:tools/sdk.git`,
    [
      "Cloning into 'sdk'...",
      'remote: ',
      'remote: ========================================================================',
      'remote: ',
      "remote: ERROR: The project you were looking for could not be found or you don't have permission to view it.",
      'remote: ',
      'remote: ========================================================================',
      'fatal: Could not read from remote repository.',
    ],
  ],
  [
    'deploy token git',
    `git clone https://gitlab+deploy-token-1:$DEPLOY_TOKEN@${HOST}/tools/sdk.git`,
    [
      "Cloning into 'sdk'...",
      'remote: You are not allowed to download code from this project.',
      `fatal: unable to access 'https://${HOST}/tools/sdk.git/': The requested URL returned error: 403`,
    ],
  ],
  [
    'deploy token 404',
    `git clone https://gitlab+deploy-token-1:$DEPLOY_TOKEN@${HOST}/tools/sdk.git`,
    [
      "Cloning into 'sdk'...",
      "remote: The project you were looking for could not be found or you don't have permission to view it.",
      `fatal: repository 'https://${HOST}/tools/sdk.git/' not found`,
    ],
  ],
  [
    'deploy token registry',
    `docker login -u $CI_DEPLOY_USER -p $CI_DEPLOY_PASSWORD ${REGISTRY} && docker pull ${REGISTRY}/tools/sdk/x:1`,
    [
      `Error response from daemon: pull access denied for ${REGISTRY}/tools/sdk/x, repository does not exist or may require 'docker login': denied: requested access to the resource is denied`,
    ],
  ],
  [
    'pat 401',
    `curl -f -H "PRIVATE-TOKEN: $GITLAB_TOKEN" ${API}/projects/7/releases`,
    ['curl: (22) The requested URL returned error: 401'],
  ],
  [
    'pat 404 body',
    `curl -H "PRIVATE-TOKEN: $GITLAB_TOKEN" ${API}/projects/7/releases`,
    ['{"message":"404 Project Not Found"}'],
  ],
  [
    'bearer pat',
    `curl -H "Authorization: Bearer $GITLAB_API_TOKEN" ${API}/projects/7/releases`,
    ['{"message":"403 Forbidden"}'],
  ],
  [
    'own pkg 404',
    `curl -f -H "JOB-TOKEN: $CI_JOB_TOKEN" ${API}/projects/8/packages/generic/x/1/x`,
    ['curl: (22) The requested URL returned error: 404'],
  ],
  [
    'own registry',
    `docker pull $CI_REGISTRY_IMAGE/base:1`,
    [
      `Error response from daemon: manifest for ${REGISTRY}/shop/cart/base:1 not found: manifest unknown: manifest unknown`,
    ],
  ],
  [
    'own registry denied',
    `docker push ${REGISTRY}/shop/cart:1`,
    [`denied: requested access to the resource is denied`],
  ],
  [
    'dockerhub rate',
    'docker pull node:20',
    ['Error response from daemon: toomanyrequests: You have reached your unauthenticated pull rate limit.'],
  ],
  [
    'ghcr denied',
    'docker pull ghcr.io/a/b:1',
    ['Error response from daemon: Head "https://ghcr.io/v2/a/b/manifests/1": denied'],
  ],
  [
    'ecr',
    'docker push 1.dkr.ecr.eu-west-1.amazonaws.com/a:1',
    ['denied: User: arn:aws:sts::1:x is not authorized to perform: ecr:InitiateLayerUpload'],
  ],
  [
    'pip pypi missing',
    'pip install nope',
    [
      'ERROR: Could not find a version that satisfies the requirement nope (from versions: none)',
      'ERROR: No matching distribution found for nope',
    ],
  ],
  [
    'pip extra-index',
    'pip install nope',
    [
      `Looking in indexes: https://pypi.org/simple`,
      'ERROR: Could not find a version that satisfies the requirement nope (from versions: none)',
    ],
  ],
  [
    'maven central',
    'mvn verify',
    ['[ERROR] Could not find artifact x:y:jar:1 in central (https://repo.maven.apache.org/maven2)'],
  ],
  [
    'nexus 401',
    'mvn deploy',
    [
      '[ERROR] Failed to deploy artifacts: Could not transfer artifact a:b:jar:1 from/to nexus (https://nexus.corp.test/repository/x): status code: 401, reason phrase: Unauthorized (401)',
    ],
  ],
  [
    'gradle google',
    './gradlew build',
    [
      "> Could not GET 'https://dl.google.com/dl/android/maven2/x.pom'. Received status code 403 from server: Forbidden",
    ],
  ],
  [
    'go sumdb',
    'go mod download',
    [
      'verifying github.com/a/b@v1: github.com/a/b@v1: reading https://sum.golang.org/lookup/github.com/a/b@v1: 404 Not Found',
    ],
  ],
  [
    'app test logs',
    'pytest',
    [
      'E       assert 403 == 200',
      'tests/test_api.py::test_x FAILED',
      'WARNING  app: 403 Forbidden for https://git.corp.test/api/v4/projects/7',
      '=== 1 failed, 2 passed in 1.2s ===',
    ],
  ],
  [
    'e2e 404',
    'npx playwright test',
    ['Error: page.goto: net::ERR_HTTP_RESPONSE_CODE_FAILURE at https://shop.corp.test/', '  1 failed'],
  ],
  [
    'terraform aws',
    'terraform apply',
    [
      'Error: creating S3 Bucket: operation error S3: CreateBucket, https response error StatusCode: 403, api error AccessDenied: Access Denied',
    ],
  ],
  [
    'tf registry',
    'terraform init',
    [
      '│ Error: Failed to query available provider packages',
      '│ Could not retrieve the list of available versions for provider x/y: provider registry registry.terraform.io does not have a provider named registry.terraform.io/x/y',
    ],
  ],
  [
    'tf state own',
    'terraform init',
    [
      `Error: Failed to get existing workspaces: GET ${API}/projects/8/terraform/state/prod: unexpected HTTP response code 403`,
    ],
  ],
  [
    'helm stable',
    'helm repo add x https://charts.corp-other.test',
    [
      'Error: looks like "https://charts.corp-other.test" is not a valid chart repository or cannot be reached: failed to fetch https://charts.corp-other.test/index.yaml : 404 Not Found',
    ],
  ],
  [
    'sonar 401',
    'sonar-scanner',
    ['ERROR: Not authorized. Analyzing this project requires authentication.', 'org.sonar: HTTP 401 Unauthorized'],
  ],
  ['vault', 'vault kv get x', ['Error making API request.', 'Code: 403. Errors:', '* permission denied']],
  [
    'gitlab api own rate',
    `curl -f -H "JOB-TOKEN: $CI_JOB_TOKEN" ${API}/projects/7/releases`,
    ['curl: (22) The requested URL returned error: 429'],
  ],
  [
    'gitlab 502',
    `git clone https://gitlab-ci-token:$CI_JOB_TOKEN@${HOST}/tools/sdk.git`,
    [
      'remote: GitLab is not responding',
      `fatal: unable to access 'https://${HOST}/tools/sdk.git/': The requested URL returned error: 502`,
    ],
  ],
  ['group 404', `curl -H "JOB-TOKEN: $CI_JOB_TOKEN" ${API}/groups/5`, ['{"message":"404 Group Not Found"}']],
  [
    'file not found',
    `curl -H "JOB-TOKEN: $CI_JOB_TOKEN" ${API}/projects/7/repository/files/x/raw`,
    ['{"message":"404 File Not Found"}'],
  ],
  [
    'branch missing',
    `git clone -b nope https://gitlab-ci-token:$CI_JOB_TOKEN@${HOST}/tools/sdk.git`,
    ['warning: Could not find remote branch nope to clone.', 'fatal: Remote branch nope not found in upstream origin'],
  ],
  ['ref not found', `git fetch origin abc`, ["fatal: couldn't find remote ref abc"]],
  ['not our reference', 'true', ['fatal: remote error: upload-pack: not our ref abc']],
  [
    'curl to other gitlab',
    'curl -f -H "JOB-TOKEN: $CI_JOB_TOKEN" https://gitlab.com/api/v4/projects/7/releases',
    ['{"message":"404 Project Not Found"}'],
  ],
  ['tag missing artifacts', 'make', ['ERROR: No files to upload', 'No URL provided, cache will not be uploaded: 404']],
  [
    'cache 403 s3',
    'make',
    [
      'WARNING: file does not exist',
      'FATAL: received: 403 Forbidden. Request failed with status 403 (https://cache.s3.amazonaws.com/x)',
    ],
  ],
  [
    'eslint',
    'npx eslint .',
    ["src/a.ts 403:12 error 'Forbidden' is not defined no-undef", '✖ 1 problem (1 error, 0 warnings)'],
  ],
  ['go vet', 'go vet ./...', ['./x.go:404:3: undefined: Forbidden']],
  [
    'readme printed',
    'cat docs/ci.md',
    ['If you see "Authentication by CI/CD job token not allowed from a to b." add an entry.'],
  ],
  [
    'grep hit',
    'grep -rn "job token" docs',
    ['docs/ci.md:12:Authentication by CI/CD job token not allowed from cart to sdk.'],
  ],
  [
    'linkcheck',
    'lychee docs',
    [`✗ [404] https://${HOST}/tools/sdk/-/blob/main/README.md | Failed: Network error: Not Found`, '1 error'],
  ],
  [
    'linkcheck2',
    'markdown-link-check README.md',
    [`  [✖] https://${HOST}/tools/sdk → Status: 404`, '  ERROR: 1 dead links found!'],
  ],
  ['slack', 'curl -X POST $SLACK', ['invalid_token 403 Forbidden']],
  [
    'flux kubectl imagepull other',
    'kubectl rollout status d/x',
    [
      'Failed to pull image "docker.io/a/b:1": pull access denied, repository does not exist or may require authorization',
    ],
  ],
  [
    'argocd',
    'argocd app sync x',
    ['rpc error: code = PermissionDenied desc = permission denied: applications, sync, x'],
  ],
  ['snyk', 'snyk test', ['Authentication failed. Please check the API token on https://snyk.io (401)']],
  [
    'npm audit',
    'npm audit',
    ['npm warn audit 404 Not Found - POST https://registry.npmjs.org/-/npm/v1/security/audits/quick'],
  ],
  [
    'composer packagist',
    'composer install',
    ['  The "https://repo.packagist.org/p2/a/b.json" file could not be downloaded (HTTP/2 404 )'],
  ],
  [
    'rust crates',
    'cargo build',
    ['  failed to get successful HTTP response from `https://index.crates.io/config.json` (1.2.3.4), got 403'],
  ],
  [
    'nuget org',
    'dotnet restore',
    [
      'error NU1301: Unable to load the service index for source https://api.nuget.org/v3/index.json.',
      'error NU1301:   Response status code does not indicate success: 403 (Forbidden).',
    ],
  ],
  ['conan center', 'conan install .', ["ERROR: Package 'zlib/9' not resolved: Unable to find 'zlib/9' in remotes."]],
  ['deploy nginx', 'curl -f https://shop.corp.test/health', ['curl: (22) The requested URL returned error: 404']],
  ['node fs', 'node x.js', ["Error: EACCES: permission denied, open '/builds/shop/cart/x'"]],
  [
    'job token git ls success then test',
    'make test',
    [
      `Fetching https://${HOST}/tools/sdk.git`,
      '--- FAIL: TestForbidden (0.00s)',
      '    x_test.go:12: got 403 want 200',
      'FAIL',
    ],
  ],
  [
    'webapp log 403 body',
    'npm run e2e',
    ['[app] POST /login 403 {"message":"403 Forbidden"}', 'Tests: 1 failed, 1 total'],
  ],
  [
    'http debug of own',
    'curl -v -H "JOB-TOKEN: $CI_JOB_TOKEN" "$CI_API_V4_URL/job"',
    ['< HTTP/2 404', '{"message":"404 Not Found"}'],
  ],
  ['terraform provider gitlab PAT', 'terraform apply', [`Error: GET ${API}/projects/7: 403 {message: 403 Forbidden}`]],
  [
    'semantic-release GL_TOKEN',
    'npx semantic-release',
    ['[semantic-release] › ✘  EGLNOPUSHPERMISSION The GitLab token does not allow to push on the repository.'],
  ],
  [
    'sem-rel invalid',
    'npx semantic-release',
    ['✘  EINVALIDGLTOKEN Invalid GitLab token.', `Response code 401 (Unauthorized) ${API}/projects/shop%2Fcart`],
  ],
  [
    'renovate',
    'renovate',
    [
      'DEBUG: 404 https://git.corp.test/api/v4/projects/tools%2Fsdk/repository/files/renovate.json',
      'ERROR: lookupUpdates error',
    ],
  ],
  [
    'trivy',
    'trivy image x',
    [
      'FATAL: unable to find the specified image "x" in ["docker" "containerd"]: 4 errors: GET https://index.docker.io/v2/library/x/manifests/latest: UNAUTHORIZED: authentication required',
    ],
  ],
  ['disk', 'docker build .', ['no space left on device']],
  ['timeout', 'sleep 1', ['ERROR: Job failed: execution took longer than 1h0m0s seconds']],
  [
    'a proxy on the way, git',
    `git clone https://gitlab-ci-token:$CI_JOB_TOKEN@${HOST}/tools/sdk.git`,
    [`fatal: unable to access 'https://${HOST}/tools/sdk.git/': CONNECT tunnel failed, response 403`],
  ],
  [
    'a proxy on the way, pip',
    `pip install --index-url ${API}/projects/7/packages/pypi/simple sdk`,
    [
      "WARNING: Retrying after connection broken by 'ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed: 403 Forbidden'))'",
      'ERROR: Could not find a version that satisfies the requirement sdk (from versions: none)',
    ],
  ],
  [
    'a task that its play ignores',
    'ansible-playbook site.yml',
    [
      `fatal: [localhost]: FAILED! => {"msg": "HTTP Error 403: Forbidden", "url": "${API}/projects/7/releases"}`,
      '...ignoring',
      'fatal: [web1]: UNREACHABLE! => {"msg": "ssh: connect timed out"}',
    ],
  ],
  ['a number alone', `./count.sh ${API}/projects/7/releases`, ['403', '2 of 3 failed']],
];

const ASKS_FOR_A_LOOK = ['allowlist_denied', 'policy_denied', 'not_found_ambiguous'];

describe('failures that have nothing to do with an allowlist', () => {
  it.each(CASES)('%s', async (_what, run, prints) => {
    const { verdict } = await read(
      trace([
        { run: 'make lint', prints: ['ok'] },
        { run, prints },
      ]),
    );
    expect(ASKS_FOR_A_LOOK).not.toContain(verdict);
  });

  it.each([
    `if ! git clone https://gitlab-ci-token:$CI_JOB_TOKEN@${HOST}/tools/sdk.git; then cp -r vendor sdk; fi`,
    `git clone https://gitlab-ci-token:$CI_JOB_TOKEN@${HOST}/tools/sdk.git || cp -r vendor sdk`,
    `git clone https://gitlab-ci-token:$CI_JOB_TOKEN@${HOST}/tools/sdk.git || ./fallback.sh`,
  ])('nor a refusal that a command makes up for: %s', async (run) => {
    const refused = { run, prints: ['remote: Authentication by CI/CD job token not allowed from cart to sdk.'] };
    const later = { run: 'npm run build', prints: ['error during build:', 'RollupError: Could not resolve "./x.css"'] };
    expect(await read(trace([refused, later]))).toMatchObject({ verdict: 'other' });
    // The same refusal in the step that the job ended in: the way out failed as well.
    expect(await read(trace([refused]))).toMatchObject({ verdict: 'allowlist_denied' });
  });

  it('nor a warning of a job that ran out of time', async () => {
    const warned = {
      run: './deploy',
      prints: ['[warn] no note: 403 Forbidden - Authentication by CI/CD job token not allowed from cart to sdk.'],
    };
    const end = 'ERROR: Job failed: execution took longer than 1h0m0s seconds';
    expect(await read(trace([warned], { end }))).toMatchObject({ verdict: 'other' });
    expect(await read(trace([warned]))).toMatchObject({ verdict: 'allowlist_denied' });
  });

  it('nor a refusal that the program says it does without', async () => {
    const line = `notify: POST ${API}/projects/9/trigger/pipeline -> 404`;
    const failed = 'Error: deployment "shop" exceeded its progress deadline';
    expect(await read(trace([{ run: './deploy.sh', prints: [`${line} (ignored)`, failed] }]))).toMatchObject({
      verdict: 'other',
    });
    expect(await read(trace([{ run: './deploy.sh', prints: [line, failed] }]))).toMatchObject({
      verdict: 'not_found_ambiguous',
    });
  });

  it('takes a name for no project that an earlier step has cloned', async () => {
    const cloned = { run: `git clone -q https://gitlab-ci-token:$CI_JOB_TOKEN@${HOST}/tools/sdk.git` };
    const refused = {
      run: 'curl --fail-with-body -H "JOB-TOKEN: $CI_JOB_TOKEN" "$SDK_API/releases"',
      prints: ['{"message":"403 Forbidden - Authentication by CI/CD job token not allowed from cart to sdk."}'],
    };
    expect(await read(trace([cloned, refused]))).toMatchObject({ verdict: 'allowlist_denied', callee: null });
  });
});
