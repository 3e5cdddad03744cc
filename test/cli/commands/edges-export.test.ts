import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { registerEdges } from '../../../src/cli/commands/edges/index.ts';
import { registerExport } from '../../../src/cli/commands/export.ts';
import { Bench, entry, observation, project } from './edges-support.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open(registerEdges, registerExport);
  await bench.run('edges', 'approve', '3', '2', '--reason', '=own code', '--permissions', 'observed', '--yes');
  await bench.run('edges', 'reject', '4', '2', '--reason', 'no', '--yes');
});
afterEach(() => bench.close());

interface Exported {
  readonly callees: readonly {
    readonly path: string;
    readonly enforce: boolean;
    readonly undecided: number;
    readonly entries: readonly { readonly kind: string; readonly path: string; readonly origin: string }[];
  }[];
}
const callee = async (path: string) => {
  const { stdout } = await bench.run('export');
  return (JSON.parse(stdout) as Exported).callees.find((one) => one.path === path)!;
};

describe('tidegate export', () => {
  it('joins what stands with what was approved, and leaves open what waits for a decision', async () => {
    expect(await callee('acme/libs/core')).toMatchObject({
      enforce: false,
      undecided: 1,
      entries: [{ kind: 'project', path: 'acme/libs/kit', origin: 'approved', policies: ['READ_JOBS'] }],
    });
    expect(await callee('acme/images')).toMatchObject({
      enforce: true,
      entries: [{ kind: 'group', origin: 'stands' }],
    });
    await bench.run('edges', 'approve', '1', '2', '--reason', 'yes', '--yes');
    expect(await callee('acme/libs/core')).toMatchObject({ enforce: true, undecided: 0 });
  });

  it('needs no entry where one admits the caller, and drops those of refused callers', async () => {
    const entries = [entry('project', 4, 'acme/lab/toy'), entry('group', 80, 'acme/libs')];
    await bench.store.putProjects(
      [project(2, 'acme/libs/core', { allowlist: { stored: true, effective: true, entries } })],
      1,
    );
    expect((await callee('acme/libs/core')).entries).toMatchObject([{ kind: 'group', path: 'acme/libs' }]);
  });

  it('leaves out what was not read, and says so', async () => {
    await bench.store.putProjects([project(5, 'acme/libs/old', { allowlist: null, unread: 'no rights' })], 1);
    const { stdout, stderr } = await bench.run('export');
    expect(stdout).not.toContain('acme/libs/old');
    expect(stderr).toContain('1 project left out');
  });

  it('writes Terraform resources by id, as `terraform fmt` has them', async () => {
    const { stdout } = await bench.run('export', '--format', 'terraform');
    expect(stdout).toContain(`# acme/libs/core
# left as it is: edges without a decision: 1
# narrower on GitLab: acme/libs/kit (READ_JOBS)
resource "gitlab_project_job_token_scopes" "p2_acme_libs_core" {
  project = "2"
  enabled = false
  target_project_ids = [
    3, # acme/libs/kit (approved)
  ]
  target_group_ids = []
}`);
  });

  it('writes a configuration that gitlabform reads', async () => {
    const { stdout } = await bench.run('export', '--format', 'gitlabform');
    expect(parse(stdout)).toMatchObject({
      projects_and_groups: {
        'acme/images': {
          job_token_scope: {
            limit_access_to_this_project: true,
            allowlist: { enforce: true, projects: [], groups: ['acme/apps'] },
          },
        },
      },
    });
  });

  it('guards CSV cells', async () => {
    const { stdout } = await bench.run('export', '--format', 'csv');
    expect(stdout).toContain("acme/libs/core,false,1,project,acme/libs/kit,3,READ_JOBS,approved,'=own code\r\n");
    expect(stdout).toContain('acme/libs/kit,true,0,,,,,,\r\n');
  });

  it('draws callers and callees', async () => {
    await bench.store.putProjects([project(50, 'x/"]; click<b>\u001b[2J')], 1);
    await bench.store.putEvidence([observation(50, 2)]);
    await bench.run('edges', 'approve', '50', '2', '--reason', 'x', '--yes');
    const mermaid = (await bench.run('export', '--format', 'mermaid')).stdout;
    expect(mermaid).toContain('  g70(["acme/apps"])\n');
    expect(mermaid).toContain('  g70 --> p6\n');
    expect(mermaid).toContain('  p3 -.-> p2\n');
    expect(mermaid).toContain('  p50["x/#quot;]; click&lt;b&gt;"]\n');
    const dot = (await bench.run('export', '--format', 'dot')).stdout;
    expect(dot).toContain('  p50 [label="x/\\"]; click<b>", shape=box];\n');
    expect(dot).toContain('  p3 -> p2 [style=dashed];\n');
  });

  it('writes a file, and refuses an unknown format', async () => {
    const ran = await bench.run('export', '--format', 'dot', '--output', 'graph.dot');
    expect(ran.stdout).toBe('6 allowlists written to graph.dot\n');
    expect(readFileSync(join(bench.directory, 'graph.dot'), 'utf8')).toMatch(/^digraph/);
    expect((await bench.run('export', '--format', 'xml')).code).toBe(2);
  });
});
