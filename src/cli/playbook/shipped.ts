import { existsSync, readdirSync } from 'node:fs';
import { basename, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isNode, parseDocument } from 'yaml';
import { RolloutError } from '../../domain/errors.ts';
import { printable } from '../../domain/redact.ts';
import { readPlaybookText } from './file.ts';

const FOLDER = fileURLToPath(new URL('../../../playbooks/', import.meta.url));
/** The order in which a person should consider them; others that a package ships follow. */
const PREFERRED = ['standard', 'cautious', 'fast', 'tighten'];

/** Names of the playbooks that come with this package. */
export function shippedPlaybooks(): readonly string[] {
  const names = readdirSync(FOLDER).filter((file) => file.endsWith('.yaml'));
  const rank = (name: string): number => (PREFERRED.indexOf(name) + PREFERRED.length + 1) % (PREFERRED.length + 1);
  return names.map((file) => basename(file, '.yaml')).sort((a, b) => rank(a) - rank(b));
}

/**
 * The text of a playbook for a new rollout: a shipped one or a file, comments kept, the groups filled in.
 *
 * @param name - a shipped one, or a file relative to `cwd`
 * @throws RolloutError `USAGE` for an unknown playbook or a group path that GitLab could not have
 */
export function playbookFor(name: string, groups: readonly string[], cwd: string): string {
  const shipped = shippedPlaybooks().includes(name);
  const file = shipped ? resolve(FOLDER, `${name}.yaml`) : resolve(cwd, name);
  if (!existsSync(file)) {
    throw new RolloutError(
      'USAGE',
      `there is no playbook ${printable(name)}`,
      `Shipped ones: ${shippedPlaybooks().join(', ')}; or name a file.`,
    );
  }
  const text = readPlaybookText(file);
  return withGroups(shipped ? withSchemaSeenFrom(cwd, text) : text, groups.map(checkedGroup));
}

/**
 * The first line tells editors where the schema is. In the user's folder that holds where the package is installed below
 * it; elsewhere the address would break with the next installation, so the line goes.
 */
export function withSchemaSeenFrom(cwd: string, text: string, folder = FOLDER): string {
  const schema = relative(cwd, resolve(folder, 'playbook.schema.json')).split(sep).join('/');
  const line = schema.startsWith('node_modules/') ? `# yaml-language-server: $schema=./${schema}\n` : '';
  return text.replace(/^# yaml-language-server: .*\n/, line);
}

/** A segment of a path: https://docs.gitlab.com/user/reserved_names/#rules-for-usernames-project-and-group-names-and-slugs */
const SEGMENT = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}$/;

function checkedGroup(path: string): string {
  const segments = path.split('/');
  if (segments.every((segment) => SEGMENT.test(segment) && !/(\.|\.git|\.atom)$/.test(segment))) return path;
  const hint = path.includes('://')
    ? 'Write the path of the group without the address of GitLab, such as --group acme/apps.'
    : 'Write the full path of the group as in its address, such as --group acme/apps.';
  throw new RolloutError('USAGE', `"${printable(path)}" is no path of a group`, hint);
}

/** Replaces `scope.groups`, whatever the file has there; the comments around it stay. */
function withGroups(text: string, groups: readonly string[]): string {
  if (groups.length === 0) return text;
  const document = parseDocument(text);
  // Told with its line by whoever reads the playbook next.
  if (document.errors.length > 0) return text;
  const list = `[${groups.map((path) => JSON.stringify(path)).join(', ')}]`;
  const old = document.getIn(['scope', 'groups'], true);
  if (isNode(old) && old.range && old.range[1] > old.range[0]) {
    // Only this place is replaced: everything else stays as its author wrote it.
    const [start, end] = old.range;
    return `${text.slice(0, start)}${list}${text.slice(start, end).endsWith('\n') ? '\n' : ''}${text.slice(end)}`;
  }
  document.setIn(['scope', 'groups'], groups);
  return document.toString({ lineWidth: 0 });
}
