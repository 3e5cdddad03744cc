import { Option, type Command } from 'commander';
import {
  DEFAULT_PERMISSIONS,
  isReplacement,
  REPLACEMENTS,
  type DecisionVerdict,
  type NewDecision,
  type Replacement,
} from '../../../domain/decisions/decision.ts';
import type { NarrowingFacts } from '../../../domain/access/permissions.ts';
import { expiryOf } from '../../../domain/decisions/expiry.ts';
import { readPermissions } from '../../../domain/edges/edge-table.ts';
import { RolloutError } from '../../../domain/errors.ts';
import type { Edge } from '../../../domain/edges/edge.ts';
import { samePermissions, type EntryPermissions } from '../../../domain/project.ts';
import { printable } from '../../../domain/redact.ts';
import { evidenceLine } from '../../../domain/decisions/rules.ts';
import { counted, type EpochMs } from '../../../domain/values.ts';
import { confirm } from '../../terminal/ask.ts';
import { currentPlaybook } from '../../playbook/file.ts';
import type { CliContext, GlobalOptions } from '../../context.ts';
import type { Session } from '../../session/session.ts';
import { signStandingGroup, standingGroup, type StandingGroup } from './group-entry.ts';
import { usage, withRollout } from './lookup.ts';
import { operatorEvidence, recordOrder, type Change, type Order } from './record.ts';
import { findTargets, type Target, type TargetFlags, type Targets } from './targets.ts';
import { deciderOf, paintState, permissionsText } from './text.ts';

const SHOWN = 20;
const LONGEST_REASON = 500;
const LONGEST_OWNER = 80;

interface DecideFlags extends TargetFlags {
  readonly reason?: string;
  readonly permissions?: string;
  readonly owner?: string;
  readonly expires?: string;
  readonly by?: string;
}

/** One order as it was checked: what is to be said of every edge it names. */
interface Saying {
  /** The moment of the decision, and of all that is counted from it. */
  readonly at: EpochMs;
  readonly verdict: DecisionVerdict;
  readonly reason: string;
  /** Null: nothing was asked for, so default permissions, and no reason to decide anew. */
  readonly permissions: ((edge: Edge) => EntryPermissions) | null;
  readonly owner: string | null;
  readonly expiresAt: EpochMs | null;
  readonly replacedBy: Replacement | null;
}

const VERBS = { approve: 'approved', reject: 'rejected', replace: 'replaced' } as const;
type Verb = keyof typeof VERBS;

const ABOUT: Readonly<Record<Verb, string>> = {
  approve: 'let a caller in: the plan gives it an entry',
  reject: 'keep a caller out: it is refused once the callee is enforced, and no group entry may let it in',
  replace: 'keep a caller out because it will use another credential',
};
const EXAMPLES: Readonly<Record<Verb, string>> = {
  approve: `
  $ tidegate edges approve acme/apps/web acme/libs/core --reason "builds against it" --expires 365d
  $ tidegate edges approve --filter "caller=acme/** callee=acme/libs/**" --reason "own code" --permissions observed
  $ tidegate edges approve acme/apps acme/libs/core --reason "the whole group builds against it"`,
  reject: '\n  $ tidegate edges reject acme/lab/toy acme/libs/core --reason "an experiment that has ended"',
  replace: '\n  $ tidegate edges replace acme/ops/push acme/images --by deploy-token --reason "pushes images"',
};

/** `tidegate edges approve`, `reject` and `replace`. */
export function registerDecide(edges: Command, context: CliContext): void {
  for (const verb of ['approve', 'reject', 'replace'] as const) {
    const command = edges
      .command(verb)
      .description(ABOUT[verb])
      .argument(
        '[caller]',
        `full path or id of the project whose jobs ask${verb === 'approve' ? ', or path of a group whose entry is to stay' : ''}`,
      )
      .argument('[callee]', 'full path or id of the project they reach')
      .option('--filter <expr>', 'every edge that fits; undecided ones unless it names a state (see edges list --help)')
      .option('--all', 'every undecided edge')
      .option('--reason <text>', 'why, for the record (required)')
      .option('--owner <name>', 'who answers for it: a team or a person');
    if (verb === 'approve') {
      command
        .option(
          '--permissions <what>',
          'default; observed: only what the evidence needs; or names of policies, such as READ_PACKAGES,READ_JOBS',
        )
        .option(
          '--expires <when>',
          'the approval ends then: a date such as 2027-03-01, or a time from now such as 365d',
        );
    }
    if (verb === 'replace')
      command.addOption(new Option('--by <credential>', 'what it will use').choices([...REPLACEMENTS]));
    command.addHelpText('after', `\nExample:${EXAMPLES[verb]}`);
    command.action(
      async (caller: string | undefined, callee: string | undefined, flags: DecideFlags, self: Command) => {
        await withRollout(context, self, async (session, globals) => {
          const { narrowingFacts } = await import('../../../engine/planning/followed.ts');
          const saying = readSaying(verb, flags, await narrowingFacts(session.store), session.clock.now());
          const group = await groupOf(session.store, verb, [caller, callee], flags);
          if (group) return signStandingGroup(context, globals, session, group, saying);
          const named = await findTargets(session.store, [caller, callee], flags, saying.at);
          await decide(context, globals, session, saying, named, flags);
        });
      },
    );
  }
}

/** The standing entry of a group that is to be approved; null where the order names edges. */
async function groupOf(
  store: Session['store'],
  verb: Verb,
  [caller, callee]: readonly (string | undefined)[],
  { permissions, expires }: DecideFlags,
): Promise<StandingGroup | null> {
  if (caller === undefined || callee === undefined) return null;
  const group = await standingGroup(store, caller, callee);
  if (group === null) return null;
  const name = `${printable(group.entry.path)} is a group, whose entry stands on ${printable(group.callee.path)}`;
  if (verb !== 'approve')
    throw usage(name, 'Reject its callers by name; `tighten` in the playbook takes its entry away.');
  if (permissions !== undefined || expires !== undefined)
    throw usage(name, 'It is signed for as it stands: leave out --permissions and --expires.');
  return group;
}

function readSaying(verb: Verb, flags: DecideFlags, narrowing: NarrowingFacts, now: EpochMs): Saying {
  const reason = printable(flags.reason ?? '').trim();
  if (reason === '') throw usage('why? a decision needs a reason', 'Add --reason TEXT; it goes into the record.');
  if (reason.length > LONGEST_REASON)
    throw usage(`the reason is longer than ${LONGEST_REASON} characters`, 'Shorten it.');
  const base = { at: now, verdict: VERBS[verb], reason, owner: readOwner(flags.owner) };
  if (verb === 'replace') {
    const by = flags.by ?? '';
    if (!isReplacement(by)) throw usage('replaced by what?', `Add --by ${REPLACEMENTS.join('|')}.`);
    return { ...base, permissions: null, expiresAt: null, replacedBy: by };
  }
  const permissions = flags.permissions === undefined ? null : permissionsOf(flags.permissions, narrowing);
  return { ...base, permissions, expiresAt: readExpiry(flags.expires, now), replacedBy: null };
}

function readOwner(text: string | undefined): string | null {
  const owner = printable(text ?? '').trim();
  if (owner.length > LONGEST_OWNER) throw usage(`--owner is longer than ${LONGEST_OWNER} characters`, 'Shorten it.');
  return owner === '' ? null : owner;
}

function permissionsOf(text: string, narrowing: NarrowingFacts): (edge: Edge) => EntryPermissions {
  const read = readPermissions(text, narrowing);
  const { policies } = narrowing;
  if (typeof read === 'function') return read;
  const known = policies.length === 0 ? '' : ` Known: ${policies.join(', ')}.`;
  throw usage(`--permissions: ${printable(read)}`, `Write default, observed, or policies.${known}`);
}

function readExpiry(text: string | undefined, now: EpochMs): EpochMs | null {
  if (text === undefined) return null;
  const moment = expiryOf(text, now);
  const said = `--expires: "${printable(text)}"`;
  if (moment === null) throw usage(`${said} is no moment`, 'Write 2027-03-01, 2027-03-01T12:00:00Z or 365d.');
  if (moment <= now) throw usage(`${said} has passed already`, 'Give a later one.');
  return moment;
}

/** Nothing would change: the same verdict stands, and nothing else is asked for. */
function stands({ edge, decision }: Target, saying: Saying, permissions: EntryPermissions): boolean {
  if (edge.state !== saying.verdict || decision === null || saying.expiresAt !== null) return false;
  if (saying.permissions !== null && !samePermissions(decision.permissions, permissions)) return false;
  if (saying.owner !== null && decision.owner !== saying.owner) return false;
  return decision.replacedBy === saying.replacedBy;
}

function orderOf(
  { targets }: Targets,
  saying: Saying,
  person: string,
): { readonly order: Order; readonly unchanged: readonly Target[] } {
  const now = saying.at;
  const changes: Change[] = [];
  const unchanged: Target[] = [];
  const evidence = [];
  for (const target of targets) {
    const { edge } = target;
    const permissions = saying.permissions?.(edge) ?? DEFAULT_PERMISSIONS;
    if (stands(target, saying, permissions)) {
      unchanged.push(target);
      continue;
    }
    const spoken = edge.sources.length === 0 && saying.verdict === 'approved';
    if (spoken) evidence.push(operatorEvidence({ ...edge, firstSeen: now }, 'operator'));
    const known = spoken ? { ...edge, sources: ['import'] as const, firstSeen: now, lastSeen: now } : edge;
    const decision: NewDecision = {
      subject: { kind: 'edge', caller: edge.caller, callee: edge.callee },
      verdict: saying.verdict,
      replacedBy: saying.replacedBy,
      by: { kind: 'person', name: person },
      owner: saying.owner,
      reason: saying.reason,
      permissions,
      evidence: known.sources.length === 0 ? 'never seen' : evidenceLine(known),
      decidedAt: now,
      expiresAt: saying.expiresAt,
    };
    changes.push({ shown: edge, decision });
  }
  return { order: { changes, evidence, origin: null }, unchanged };
}

async function decide(
  context: CliContext,
  globals: GlobalOptions,
  session: Session,
  saying: Saying,
  named: Targets,
  flags: TargetFlags,
): Promise<void> {
  if (named.targets.length === 0 && flags.filter !== undefined) {
    throw new RolloutError(
      'NOTHING_SELECTED',
      'no edge fits the filter',
      'Try it with `tidegate edges list --filter`.',
    );
  }
  const { row } = session;
  const { order, unchanged } = orderOf(named, saying, session.person);
  const { changes } = order;
  for (const target of unchanged.slice(0, SHOWN)) context.out.note(standsText(target));
  let ids: readonly number[] = [];
  if (changes.length > 0) {
    context.out.note(preview(changes, saying, named, context));
    if (await confirm(context, globals, `Record ${counted(changes.length, 'decision')}?`)) {
      const { playbook } = currentPlaybook(context.cwd, row);
      ids = await recordOrder(session, order, { projects: named.projects, playbook }, row.decisionsRevision);
    }
  }
  const decided = changes.slice(0, ids.length);
  context.out.result(
    {
      schemaVersion: 1,
      verdict: saying.verdict,
      decided: ids.length,
      unchanged: unchanged.length,
      decisions: decided.map(({ shown }, index) => ({
        id: ids[index],
        caller: shown.callerPath,
        callee: shown.calleePath,
      })),
    },
    () =>
      ids.length === 0
        ? 'Nothing was changed.'
        : `${counted(ids.length, 'edge')} ${saying.verdict}. \`tidegate tick\` takes it up.`,
  );
}

function standsText({ edge, decision }: Target): string {
  const by = decision ? ` by ${deciderOf(decision)}` : '';
  return `${printable(edge.callerPath)} -> ${printable(edge.calleePath)} is ${edge.state} already${by}.`;
}

function preview(changes: readonly Change[], saying: Saying, { projects }: Targets, { out }: CliContext): string {
  const lines = changes.slice(0, SHOWN).map(({ shown, decision }) => {
    const marks = [
      warningOf(shown),
      projects.get(shown.callee)?.inScope === true ? null : 'the callee is out of scope',
    ];
    const words = marks.filter((mark) => mark !== null).map((mark) => `; ${mark}`);
    const what = saying.verdict === 'approved' ? permissionsText(decision.permissions) : decision.evidence;
    return `  ${printable(shown.callerPath)} -> ${printable(shown.calleePath)} (${printable(what)}${words.join('')})`;
  });
  if (changes.length > SHOWN) lines.push(`  and ${changes.length - SHOWN} more`);
  const denied = changes.filter(({ shown }) => onlyDenied(shown)).length;
  if (saying.verdict === 'approved' && denied > 0) {
    lines.push(
      out.paint('yellow', `${counted(denied, 'edge')} known from a denial only: approving lets in what was refused.`),
    );
  }
  const overturned = changes.filter(({ shown }) => shown.state !== 'undecided').length;
  if (overturned > 0) lines.push(out.paint('yellow', `${counted(overturned, 'earlier decision')} will be replaced.`));
  const head = `${counted(changes.length, 'edge')} will be ${paintState(saying.verdict, out.paint)}: ${saying.reason}`;
  return [head, ...lines].join('\n');
}

const onlyDenied = ({ sources }: Target['edge']): boolean =>
  sources.length > 0 && sources.every((source) => source === 'denial');

function warningOf(edge: Target['edge']): string | null {
  if (edge.sources.length === 0) return 'nobody has seen it yet';
  if (onlyDenied(edge)) return 'known from a denial only';
  return edge.state === 'undecided' ? null : `now ${edge.state}`;
}
