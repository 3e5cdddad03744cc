import { describe, it } from 'vitest';

describe('clients of others (python-gitlab, the Ruby client, gitbeaker, git, LFS, npm, pip, skopeo, curl)', () => {
  it.skip('are left out here; run test/clients/install.sh, then npm run test:clients', () => undefined);
});
