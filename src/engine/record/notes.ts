import { RolloutError } from '../../domain/errors.ts';
import type { RecordAction, WriteIntent } from '../../domain/rollout/intent.ts';
import { settleLookedUp, writeLookedUp, type LookedUpWrite } from '../apply/looked-up.ts';
import type { Writer } from '../apply/intents.ts';
import type { IssueRef, IssueText } from '../ports.ts';

/**
 * Opens the one issue that carries a marker, when there is none. It is looked for first, and what an earlier run left open is
 * settled before anything is sent: it is never there twice.
 *
 * @throws RolloutError `FORGE_*` when it is not there; what was sent all the same is found by the next run
 */
export async function openIssueOnce(engine: Writer, wanted: IssueText): Promise<IssueRef> {
  await settleOpenNotes(engine);
  const { forge } = engine;
  const { project, marker } = wanted;
  const find = (): Promise<IssueRef | null> => forge.findIssue(project, marker);
  const known = await find();
  if (known) return known;
  await writeOrThrow(engine, {
    ...of({ kind: 'openIssue', project, marker }),
    send: (permit) => forge.openIssue(wanted, permit),
    isThere: async () => (await find()) !== null,
  });
  const issue = await find();
  if (issue === null) throw lost(`the issue of ${project}`);
  return issue;
}

/**
 * Adds a note to the one issue that carries a marker, and opens that issue when there is none. The note is looked for first,
 * as the issue is.
 *
 * @returns the address of the issue; null where GitLab tells none
 * @throws RolloutError `FORGE_*` when it is not there; what was sent all the same is found by the next run
 */
export async function addNoteOnce(engine: Writer, wanted: IssueText, note: string): Promise<string | null> {
  const issue = await openIssueOnce(engine, wanted);
  await writeNote(engine, wanted, issue, note);
  return issue.url;
}

/** The same where the issue was opened before; nothing where there is none. */
export async function addNoteTo(
  engine: Writer,
  wanted: Pick<IssueText, 'project' | 'marker'>,
  note: string,
): Promise<void> {
  await settleOpenNotes(engine);
  const issue = await engine.forge.findIssue(wanted.project, wanted.marker);
  if (issue) await writeNote(engine, wanted, issue, note);
}

async function writeNote(
  engine: Writer,
  { project, marker }: Pick<IssueText, 'project' | 'marker'>,
  issue: IssueRef,
  note: string,
): Promise<void> {
  const { forge } = engine;
  const isThere = (): Promise<boolean> => forge.hasNote(project, issue, note);
  if (await isThere()) return;
  const send: LookedUpWrite['send'] = (permit) => forge.addNote(project, issue, note, permit);
  await writeOrThrow(engine, { ...of({ kind: 'addNote', project, marker, note }), send, isThere });
}

/** Settles what an earlier run sent, or was about to send, by looking for it. */
export async function settleOpenNotes(engine: Writer): Promise<void> {
  for (const intent of await engine.store.openIntents()) {
    const done = await isThereNow(engine, intent);
    if (done !== null) await settleLookedUp(engine, subjectOf(intent), intent, done);
  }
}

/** Null for a write of a wave, which is looked up elsewhere. */
async function isThereNow({ forge }: Writer, { action }: WriteIntent): Promise<boolean | null> {
  if (action.kind !== 'openIssue' && action.kind !== 'addNote') return null;
  const issue = await forge.findIssue(action.project, action.marker);
  if (action.kind === 'openIssue' || issue === null) return issue !== null;
  return forge.hasNote(action.project, issue, action.note);
}

const subjectOf = ({ action }: WriteIntent): string => ('project' in action ? action.project : '');

const of = (action: RecordAction): Pick<LookedUpWrite, 'place' | 'action' | 'purpose'> => ({
  ...{ place: { waveId: null, callee: null, subject: action.project }, action, purpose: 'record' },
});

async function writeOrThrow(engine: Writer, write: LookedUpWrite): Promise<void> {
  const { done, failure } = await writeLookedUp(engine, write);
  if (!done) throw failure ?? lost(write.place.subject);
}

const lost = (what: string): RolloutError =>
  new RolloutError('FORGE_UNAVAILABLE', `${what}: written, and not there`, 'Run the command again.');
