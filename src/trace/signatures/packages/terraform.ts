import { client, type ClientStatus } from '../row.ts';

/** Terraform and OpenTofu: modules, providers, states. */
export const TERRAFORM: readonly ClientStatus[] = [
  client({
    id: 'terraform-state-forbidden',
    client: 'Terraform, OpenTofu',
    versions: '0.12 and later',
    example: 'Error: Error refreshing state: HTTP remote state endpoint invalid auth',
    source: 'run of Terraform 1.11.4',
    words: ['state endpoint'],
    pattern: /remote state endpoint invalid auth/,
    status: 403,
    access: 'terraform',
  }),
  client({
    id: 'terraform-state-unauthorized',
    client: 'Terraform, OpenTofu',
    versions: '0.12 and later',
    example: 'Error: Error refreshing state: HTTP remote state endpoint requires auth',
    source: 'run of Terraform 1.11.4',
    words: ['state endpoint'],
    pattern: /remote state endpoint requires auth/,
    status: 401,
    access: 'terraform',
  }),
  client({
    id: 'terraform',
    client: 'Terraform, OpenTofu',
    versions: '0.12 and later',
    example:
      'Error: Failed to retrieve available versions for module "net": error looking up module versions: 403 Forbidden',
    source: 'internal/registry/client.go (ModuleVersions, ModuleLocation); published logs',
    words: ['error looking up module', 'getting download location for'],
    pattern:
      /(?:error looking up module\s{1,3}versions: |getting download location for .{1,300} status: )(?<status>\d{3})\b/,
    access: 'terraform',
    wraps: true,
  }),
  client({
    id: 'terraform-state',
    client: 'Terraform, OpenTofu',
    versions: '0.12 and later',
    example: 'Error: Failed to save state: HTTP error: 403',
    source: 'internal/backend/remote-state/http/client.go',
    words: ['Unexpected HTTP response code ', 'HTTP error: '],
    pattern: /(?:Unexpected HTTP response code|HTTP error):? (?<status>\d{3})\b/,
    access: 'terraform',
  }),
  client({
    id: 'terraform-module-not-found',
    client: 'Terraform, OpenTofu',
    versions: '0.12 and later',
    example: '│ Module "net" (from main.tf:1) cannot be found in the module registry at gitlab.example.com.',
    source: 'internal/initwd/module_install.go',
    words: ['found in the module registry'],
    pattern: /cannot be\s{1,3}found in the module registry\s{1,3}at /,
    status: 404,
    access: 'terraform',
    wraps: true,
  }),
];
