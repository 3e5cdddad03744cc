import { createHash } from 'node:crypto';
import type { Evidence } from '../../domain/edges/evidence.ts';
import type { Project, ProjectRef } from '../../domain/project.ts';
import { printable, redact } from '../../domain/redact.ts';
import type { UnresolvedAccess } from '../../domain/edges/survey.ts';
import { projectId, type EpochMs } from '../../domain/values.ts';
import { scan, type ScanResult, type Wanted } from '../../scan/index.ts';
import type { Engine } from '../context.ts';
import type { RepositoryListing } from '../ports.ts';
import type { Findings } from './findings.ts';
import type { ProjectFinder } from './projects.ts';

/** Files of one project that are read at most, and rounds of asking: a job's files lead to others. */
const MOST_FILES = 40;
const MOST_ROUNDS = 8;
/** Configuration that thousands of projects include is read once per inventory. */
const MOST_SHARED = 300;
const LONGEST = 200;

/** Texts of other projects' configuration, by what the scan calls them. */
export type SharedTexts = Map<string, string | null>;

interface Reading {
  readonly result: ScanResult;
  readonly unread: ReadonlyMap<string, string>;
  readonly cut: boolean;
}

/** What the listing of a repository says of its content: the same again needs no second look. */
export function markOf(listing: RepositoryListing): string {
  const hash = createHash('sha256');
  for (const { path, id } of listing.files) hash.update(`${path}\0${id}\n`);
  return hash.digest('hex').slice(0, 32);
}

/** Follows the CI configuration of one project through the files it uses, read one by one as they are needed. */
export async function scanProject(
  engine: Engine,
  caller: Project,
  listing: RepositoryListing,
  finder: ProjectFinder,
  shared: SharedTexts,
): Promise<Findings> {
  const { result, unread, cut } = await readAndScan(engine, caller, listing, shared);
  const now = engine.clock.now();
  const evidence: Evidence[] = [];
  const found: ProjectRef[] = [];
  const unresolved: UnresolvedAccess[] = result.unresolved.map(({ access, expression, why, file, line }) =>
    open(caller, { access, expression, why, where: `${file}:${line}` }, engine, now),
  );
  for (const { callee, access, policies, file, line, certainty } of result.edges) {
    const where = placeOf(`${file}:${line}`, engine);
    const known = access === 'container-registry' ? await finder.byImage(callee) : await finder.byPath(callee);
    if (known) {
      if (known.id === caller.id) continue;
      evidence.push({
        ...{ caller: caller.id, callee: known.id, source: 'scan', access, policies, where },
        ...{ firstSeen: now, lastSeen: now, certainty },
      });
      found.push({ id: known.id, path: known.path });
    } else {
      const why = 'names a project that does not exist, or that the token may not see';
      unresolved.push(open(caller, { access, expression: callee, why, where }, engine, now));
    }
  }
  return { evidence, unresolved, found, problem: problemOf(listing, unread, cut) };
}

function problemOf({ whole }: RepositoryListing, unread: ReadonlyMap<string, string>, cut: boolean): string | null {
  const parts = [
    ...(whole ? [] : ['the repository has more files than were listed']),
    ...(cut ? [`more than ${MOST_FILES} files are used`] : []),
    ...[...unread].slice(0, 3).map(([path, why]) => `${path}: ${why}`),
  ];
  return parts.length === 0 ? null : printable(redact(parts.join('; '))).slice(0, 2 * LONGEST);
}

async function readAndScan(
  engine: Engine,
  caller: Project,
  listing: RepositoryListing,
  shared: SharedTexts,
): Promise<Reading> {
  const files = new Map<string, string>();
  const unread = new Map<string, string>();
  const included: Record<string, string> = {};
  const asked = new Set<string>();
  const paths = listing.files.map(({ path }) => path);
  let cut = false;
  for (let round = 0; ; round += 1) {
    const result = scan({
      ...{ caller: caller.path, gitlabUrl: engine.gitlabUrl, files, unread },
      ...(listing.whole ? { others: new Set(paths.filter((path) => !files.has(path))) } : {}),
      context: { included, projectIds: await idsIn(engine, files), variables: variablesOf(caller) },
    });
    const fresh = result.wanted.filter((wanted) => !asked.has(nameOf(wanted)));
    cut ||= fresh.length > 0 && (round === MOST_ROUNDS || asked.size >= MOST_FILES);
    if (fresh.length === 0 || cut) return { result, unread, cut };
    for (const wanted of fresh.slice(0, MOST_FILES - asked.size)) {
      asked.add(nameOf(wanted));
      if (wanted.kind === 'file') await readOwn(engine, caller, wanted.path, files, unread);
      else if (wanted.kind === 'included') {
        const text = await readShared(engine, wanted, shared);
        if (text !== null) included[wanted.key] = text;
      }
      // Addresses outside of GitLab are not fetched: whoever writes a CI file must not send us anywhere.
    }
  }
}

const nameOf = (wanted: Wanted): string =>
  wanted.kind === 'file' ? `file ${wanted.path}` : wanted.kind === 'included' ? `in ${wanted.key}` : `at ${wanted.url}`;

const variablesOf = ({ facts }: Project): Readonly<Record<string, string>> =>
  facts?.ciConfigPath == null ? {} : { CI_CONFIG_PATH: facts.ciConfigPath };

async function readOwn(
  engine: Engine,
  caller: Project,
  path: string,
  files: Map<string, string>,
  unread: Map<string, string>,
): Promise<void> {
  const file = await engine.forge.file(caller.id, path, null);
  if (file === null) return;
  if (file.text === null) unread.set(path, file.why);
  else files.set(path, file.text);
}

async function readShared(
  engine: Engine,
  { key, project, path, ref }: Extract<Wanted, { kind: 'included' }>,
  shared: SharedTexts,
): Promise<string | null> {
  const known = shared.get(key);
  if (known !== undefined) return known;
  const text = (await engine.forge.file(project, path.replace(/^\/+/, ''), ref))?.text ?? null;
  if (shared.size < MOST_SHARED) shared.set(key, text);
  return text;
}

const ID = /(?<![\w.])\d{1,10}(?![\w.])/g;
const MOST_IDS = 500;

/** Paths of the projects whose ids stand in these texts; the whole list would be a hundred thousand. */
async function idsIn(engine: Engine, files: ReadonlyMap<string, string>): Promise<Readonly<Record<string, string>>> {
  const ids = new Set<number>();
  for (const text of files.values()) {
    for (const [digits] of text.matchAll(ID)) if (ids.size < MOST_IDS) ids.add(Number(digits));
  }
  const known = await engine.store.projectsById([...ids].map(projectId));
  return Object.fromEntries(known.map(({ id, path }) => [`${id}`, path]));
}

const placeOf = (text: string, { secrets }: Engine): string => printable(redact(text, secrets)).slice(0, LONGEST);

function open(
  caller: Project,
  { access, expression, why, where }: Pick<UnresolvedAccess, 'access' | 'expression' | 'why' | 'where'>,
  engine: Engine,
  seenAt: EpochMs,
): UnresolvedAccess {
  return {
    ...{ caller: caller.id, source: 'scan', access, why: placeOf(why, engine), where: placeOf(where, engine), seenAt },
    expression: placeOf(expression, engine),
  };
}
