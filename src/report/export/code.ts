import { stringify } from 'yaml';
import type { ExportCallee, ExportEntry } from './model.ts';
import { plain } from '../text.ts';

/** Neither tool can express fine-grained permissions: such an entry would come back with default ones. */
const narrow = ({ entries }: ExportCallee): readonly ExportEntry[] =>
  entries.filter(({ defaultPermissions }) => !defaultPermissions);

const UNDECIDED = 'left as it is: edges without a decision:';

/** A string in HCL, where `${` and `%{` would begin a template. */
const hcl = (text: string): string => JSON.stringify(plain(text)).replaceAll('${', '$${').replaceAll('%{', '%%{');

function ids(entries: readonly ExportEntry[], kind: ExportEntry['kind']): string {
  const lines = entries
    .filter((entry) => entry.kind === kind)
    .map(({ id, path, origin }) => `    ${id}, # ${plain(path)}${origin === 'approved' ? ' (approved)' : ''}`);
  return lines.length === 0 ? '[]' : `[\n${lines.join('\n')}\n  ]`;
}

/** As `terraform fmt` leaves them: aligned with their neighbours, but for a value of several lines, which stands for itself. */
function attributes(pairs: readonly (readonly [name: string, value: string])[]): readonly string[] {
  const isLong = ([, value]: readonly [string, string]): boolean => value.includes('\n');
  const widthAt = (index: number): number => {
    const before = pairs.slice(0, index).findLastIndex(isLong) + 1;
    const after = pairs.findIndex((pair, at) => at > index && isLong(pair));
    const group = pairs.slice(before, after === -1 ? undefined : after);
    return Math.max(...group.map(([name]) => name.length));
  };
  return pairs.map((pair, index) => {
    const [name, value] = pair;
    return `  ${isLong(pair) ? name : name.padEnd(widthAt(index))} = ${value}`;
  });
}

/**
 * Resources of the GitLab provider, one per callee
 * (https://registry.terraform.io/providers/gitlabhq/gitlab/latest/docs/resources/project_job_token_scopes). They remove
 * every entry that they do not name.
 */
export function renderTerraform(callees: readonly ExportCallee[]): string {
  const head = '# Allowlists of CI/CD job tokens. Each resource removes entries that it does not name.\n';
  const blocks = callees.map((callee) => {
    const name = `p${callee.id}_${callee.path.replaceAll(/[^A-Za-z0-9_]/g, '_')}`;
    return [
      `# ${plain(callee.path)}`,
      ...(callee.enforce ? [] : [`# ${UNDECIDED} ${callee.undecided}`]),
      ...narrow(callee).map(({ path, policies }) => `# narrower on GitLab: ${plain(path)} (${policies.join(', ')})`),
      `resource "gitlab_project_job_token_scopes" "${name}" {`,
      ...attributes([
        ['project', hcl(String(callee.id))],
        ['enabled', String(callee.enforce)],
        ['target_project_ids', ids(callee.entries, 'project')],
        ['target_group_ids', ids(callee.entries, 'group')],
      ]),
      '}',
    ].join('\n');
  });
  return `${[head, ...blocks].join('\n')}\n`;
}

/** A configuration for gitlabform (https://gitlabform.github.io/gitlabform/reference/job_token_scope/). */
export function renderGitlabform(callees: readonly ExportCallee[]): string {
  const paths = (entries: readonly ExportEntry[], kind: ExportEntry['kind']): readonly string[] =>
    entries.filter((entry) => entry.kind === kind).map(({ path }) => plain(path));
  const projects = callees.map(({ path, enforce, entries }) => [
    plain(path),
    {
      job_token_scope: {
        limit_access_to_this_project: enforce,
        allowlist: { enforce: true, projects: paths(entries, 'project'), groups: paths(entries, 'group') },
      },
    },
  ]);
  const comments = callees.flatMap((callee) => [
    ...(callee.enforce ? [] : [`# ${plain(callee.path)} ${UNDECIDED} ${callee.undecided}`]),
    ...narrow(callee).map(
      ({ path, policies }) => `# ${plain(callee.path)}: narrower on GitLab: ${plain(path)} (${policies.join(', ')})`,
    ),
  ]);
  const body = stringify({ projects_and_groups: Object.fromEntries(projects) as object }, { lineWidth: 0 });
  return [...comments, body].join('\n');
}
