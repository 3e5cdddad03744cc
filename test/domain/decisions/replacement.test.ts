import { describe, expect, it } from 'vitest';
import { REPLACEMENTS, type Replacement } from '../../../src/domain/decisions/decision.ts';
import { replacementSteps } from '../../../src/domain/decisions/replacement.ts';

const steps = (by: Replacement, ...access: string[]): readonly string[] =>
  replacementSteps(by, { edge: { access }, caller: { path: 'acme/web' }, callee: { path: 'globex/lib' } });

describe('the steps of another credential', () => {
  it.each<{ by: Replacement; access: string[]; says: string }>([
    { by: 'deploy-token', access: ['git', 'npm'], says: 'with read_repository, read_package_registry, and an expiry' },
    { by: 'deploy-token', access: [], says: 'with the read scopes that the job needs' },
    { by: 'deploy-token', access: ['artifacts', 'git'], says: 'does not open artifacts: a project access token does' },
    { by: 'project-access-token', access: ['git-push'], says: 'role Developer, scope write_repository, with' },
    {
      by: 'project-access-token',
      access: ['artifacts', 'git'],
      says: 'role Reporter, scopes read_api, read_repository,',
    },
    { by: 'project-access-token', access: ['release', 'artifacts'], says: 'role Developer, scope api, with' },
    { by: 'service-account', access: ['generic'], says: 'personal access token of it: scope read_api, with' },
    { by: 'public-read', access: ['git'], says: 'Let globex/lib be internal or public' },
  ])('for $access by $by', ({ by, access, says }) => {
    expect(steps(by, ...access).join(' ')).toContain(says);
  });

  it.each(REPLACEMENTS)('name both projects for %s', (by) => {
    const text = steps(by, 'git').join(' ');
    expect(text).toContain('acme/web');
    expect(text).toContain('globex/lib');
  });
});
