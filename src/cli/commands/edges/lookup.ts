import type { Command } from 'commander';
import { parseEdgeFilter, type EdgeFilterExpression } from '../../../domain/edges/edge-filter.ts';
import { RolloutError } from '../../../domain/errors.ts';
import type { Project } from '../../../domain/project.ts';
import { printable } from '../../../domain/redact.ts';
import { projectId } from '../../../domain/values.ts';
import type { RolloutStore } from '../../../engine/ports.ts';
import { globalsOf, type CliContext, type GlobalOptions } from '../../context.ts';
import { nearest } from '../../arguments/nearest.ts';
import type { DatabaseUse, Session } from '../../session/session.ts';

/** A mistake in how the command was called; ends with exit code 2. */
export const usage = (message: string, hint: string): RolloutError => new RolloutError('USAGE', message, hint);

type Work = (session: Session, globals: GlobalOptions) => Promise<void>;

/** Opens the rollout without GitLab, lets the command work, and closes it whatever happens. */
export const withRollout = (context: CliContext, command: Command, work: Work): Promise<void> =>
  opened(context, command, 'change', work);

/** The same for a command that only looks, which needs no right to write. */
export const lookAtRollout = (context: CliContext, command: Command, work: Work): Promise<void> =>
  opened(context, command, 'look', work);

async function opened(context: CliContext, command: Command, use: DatabaseUse, work: Work): Promise<void> {
  const { openRollout } = await import('../../session/session.ts');
  const globals = globalsOf(command);
  const session = await openRollout(context, globals, use);
  try {
    await work(session, globals);
  } finally {
    session.store.close();
  }
}

/** `; did you mean X?` where something known is close enough. */
export function suggestion(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === null ? '' : `; did you mean ${printable(near)}?`;
}

/**
 * The project that a person names by its full path or its numeric id.
 *
 * @throws RolloutError `USAGE` with the nearest known path
 */
export async function findProject(store: RolloutStore, word: string): Promise<Project> {
  const name = word.trim().replace(/^\/+|\/+$/g, '');
  // A project's path has a slash, so a bare number is always an id.
  const found = /^\d{1,15}$/.test(name)
    ? await store.project(projectId(Number(name)))
    : await store.projectByPath(name);
  if (found) return found;
  const paths = (await store.outlines()).map(({ path }) => path);
  throw usage(
    `the rollout knows no project ${printable(word)}${suggestion(name, paths)}`,
    'Write its full path or numeric id; `tidegate inventory` reads projects that are new.',
  );
}

/** @throws RolloutError `USAGE` with what is wrong and the nearest word that is known */
export function readFilter(expression: string): EdgeFilterExpression {
  const parsed = parseEdgeFilter(expression);
  if (parsed.kind === 'filter') return parsed;
  const { message, word, known } = parsed;
  const near = word === null ? '' : suggestion(word, known);
  const hint = known.length > 0 ? `Known: ${known.join(', ')}.` : 'See tidegate edges list --help.';
  throw usage(`--filter: ${printable(message)}${near}`, hint);
}
