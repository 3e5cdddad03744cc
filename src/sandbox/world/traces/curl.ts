import type { ClientOutput, ClientPlace } from './output.ts';
import type { Denied, Use } from '../traffic/records.ts';
import type { AccessKind } from '../vocabulary.ts';

/** Route below `/projects/:id`, by kind of access; kinds with a client of their own are not here. */
const ROUTES: Partial<Record<AccessKind, string>> = {
  api: '/repository/files/README.md/raw?ref=main',
  artifacts: '/jobs/artifacts/main/download?job=build',
  generic: '/packages/generic/tool/1.2.3/tool.tar.gz',
  conan: '/packages/conan/v1/conans/search?q=tool',
  helm: '/packages/helm/stable/index.yaml',
  rubygems: '/packages/rubygems/api/v1/dependencies',
  debian: '/packages/debian/dists/bookworm/Release',
  'terraform-module': '/packages/terraform/modules/network/aws',
  'terraform-state': '/terraform/state/production',
  release: '/releases/permalink/latest',
  'secure-files': '/secure_files',
  deployments: '/deployments?environment=production',
  environments: '/environments?name=production',
};

/** curl prints GitLab's own body, which most other clients drop. */
export function curlLines(use: Use, denial: Denied | null, { externalUrl }: ClientPlace): ClientOutput {
  const project = `${externalUrl}/api/v4/projects/${encodeURIComponent(use.callee.fullPath)}`;
  const command =
    use.access === 'trigger-api'
      ? `curl -sS --fail-with-body -X POST --form token=$CI_JOB_TOKEN --form ref=main "${project}/trigger/pipeline"`
      : `curl -sS --fail-with-body --header "JOB-TOKEN: $CI_JOB_TOKEN" "${project}${ROUTES[use.access] ?? ''}" -o /dev/stdout`;
  const line = `\u001b[32;1m$ ${command}\u001b[0;m`;
  if (denial === null) return { lines: [line], exit: 0 };
  const message = use.access === 'trigger-api' && denial.status === 400 ? { base: [denial.text] } : denial.text;
  return {
    lines: [line, `curl: (22) The requested URL returned error: ${String(denial.status)}`, JSON.stringify({ message })],
    exit: 22,
  };
}
