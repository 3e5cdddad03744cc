import { stringify } from 'yaml';
import type { ExportCallee, ExportEntry, ExportForm } from './model.ts';
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
 * A resource of the GitLab provider
 * (https://registry.terraform.io/providers/gitlabhq/gitlab/latest/docs/resources/project_job_token_scopes). It removes
 * every entry that it does not name.
 */
function terraformResource(callee: ExportCallee): string {
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
    '}\n',
  ].join('\n');
}

/** A module of Terraform with one resource per callee. */
export const terraform = (): ExportForm => ({
  begin: '# Allowlists of CI/CD job tokens. Each resource removes entries that it does not name.\n\n',
  callee: terraformResource,
  end: () => '',
});

/** What gitlabform is to make of one project, below `projects_and_groups`. */
function gitlabformProject(callee: ExportCallee): string {
  const { path, enforce, entries } = callee;
  const paths = (kind: ExportEntry['kind']): readonly string[] =>
    entries.filter((entry) => entry.kind === kind).map((entry) => plain(entry.path));
  const project = {
    [plain(path)]: {
      job_token_scope: {
        limit_access_to_this_project: enforce,
        allowlist: { enforce: true, projects: paths('project'), groups: paths('group') },
      },
    },
  };
  return [
    ...(enforce ? [] : [`# ${UNDECIDED} ${callee.undecided}\n`]),
    ...narrow(callee).map((entry) => `# narrower on GitLab: ${plain(entry.path)} (${entry.policies.join(', ')})\n`),
    stringify(project, { lineWidth: 0 }),
  ]
    .join('')
    .replaceAll(/^/gm, '  ')
    .trimEnd();
}

/** A configuration for gitlabform (https://gitlabform.github.io/gitlabform/reference/job_token_scope/). */
export function gitlabform(): ExportForm {
  let empty = true;
  return {
    begin: 'projects_and_groups:',
    callee: (callee) => {
      empty = false;
      return `\n${gitlabformProject(callee)}`;
    },
    end: () => (empty ? ' {}\n' : '\n'),
  };
}
