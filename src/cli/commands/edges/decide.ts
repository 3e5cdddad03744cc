import { Readable } from 'node:stream';
import { Option, type Command } from 'commander';
import { REPLACEMENTS } from '../../../domain/decisions/decision.ts';
import { RolloutError } from '../../../domain/errors.ts';
import { printable } from '../../../domain/redact.ts';
import { counted, type ProjectId } from '../../../domain/values.ts';
import { confirm } from '../../terminal/ask.ts';
import { inPieces, jsonText } from '../../terminal/stream.ts';
import { currentPlaybook } from '../../playbook/file.ts';
import type { CliContext, GlobalOptions } from '../../context.ts';
import type { Session } from '../../session/session.ts';
import { signStandingGroup, standingGroup, type StandingGroup } from './group-entry.ts';
import { usage, withRollout } from './lookup.ts';
import { recordOrder } from './record.ts';
import { changesOf, onlyDenied, review, type Review } from './review.ts';
import { readSaying, type Saying, type SayingFlags, type Verb } from './saying.ts';
import { findTargets, type Target, type TargetFlags, type Targets } from './targets.ts';
import { deciderOf, paintState, permissionsText } from './text.ts';

type DecideFlags = TargetFlags & SayingFlags;

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

async function decide(
  context: CliContext,
  globals: GlobalOptions,
  session: Session,
  saying: Saying,
  named: Targets,
  flags: TargetFlags,
): Promise<void> {
  const { out } = context;
  const { row, person, store } = session;
  const found = await review(named.targets, saying, person);
  const { reviewed, standing, unchanged, evidence } = found;
  if (reviewed.length === 0 && unchanged === 0 && flags.filter !== undefined) {
    throw new RolloutError(
      'NOTHING_SELECTED',
      'no edge fits the filter',
      'Try it with `tidegate edges list --filter`.',
    );
  }
  for (const target of standing) out.note(standsText(target));
  let ids: readonly number[] = [];
  if (reviewed.length > 0) {
    out.note(preview(found, saying, named, context));
    if (await confirm(context, globals, `Record ${counted(reviewed.length, 'decision')}?`)) {
      const { playbook } = currentPlaybook(context.cwd, row);
      const order = { changes: changesOf(store, reviewed, saying, person), evidence, origin: null };
      ids = await recordOrder(session, order, { projects: named.projects, playbook }, row.decisionsRevision);
    }
  }
  if (!out.json) {
    const what = `${counted(ids.length, 'edge')} ${saying.verdict}. \`tidegate tick\` takes ${ids.length === 1 ? 'it' : 'them'} up.`;
    out.data(`${ids.length === 0 ? 'Nothing was changed.' : what}\n`);
    return;
  }
  const decisions = Readable.from(decidedRows(ids, found, named));
  await out.pieces(inPieces(jsonText({ verdict: saying.verdict, decided: ids.length, unchanged, decisions })));
}

/** What was decided, by its names. */
function* decidedRows(ids: readonly number[], { reviewed }: Review, { projects }: Targets): Generator<object> {
  for (const [index, id] of ids.entries()) {
    const { caller, callee } = reviewed[index] ?? {};
    const path = (project: ProjectId | undefined) => project && projects.get(project)?.path;
    yield { id, caller: path(caller), callee: path(callee) };
  }
}

function standsText({ edge, decision }: Target): string {
  const by = decision ? ` by ${deciderOf(decision)}` : '';
  return `${printable(edge.callerPath)} -> ${printable(edge.calleePath)} is ${edge.state} already${by}.`;
}

function preview(found: Review, saying: Saying, { projects }: Targets, { out }: CliContext): string {
  const { reviewed, sample, denied, overturned } = found;
  const lines = sample.map(({ shown, decision }) => {
    const marks = [
      warningOf(shown),
      projects.get(shown.callee)?.inScope === true ? null : 'the callee is out of scope',
    ];
    const words = marks.filter((mark) => mark !== null).map((mark) => `; ${mark}`);
    const what = saying.verdict === 'approved' ? permissionsText(decision.permissions) : decision.evidence;
    return `  ${printable(shown.callerPath)} -> ${printable(shown.calleePath)} (${printable(what)}${words.join('')})`;
  });
  if (reviewed.length > sample.length) lines.push(`  and ${reviewed.length - sample.length} more`);
  if (saying.verdict === 'approved' && denied > 0) {
    lines.push(
      out.paint('yellow', `${counted(denied, 'edge')} known from a denial only: approving lets in what was refused.`),
    );
  }
  if (overturned > 0) lines.push(out.paint('yellow', `${counted(overturned, 'earlier decision')} will be replaced.`));
  const head = `${counted(reviewed.length, 'edge')} will be ${paintState(saying.verdict, out.paint)}: ${saying.reason}`;
  return [head, ...lines].join('\n');
}

function warningOf(edge: Target['edge']): string | null {
  if (edge.sources.length === 0) return 'nobody has seen it yet';
  if (onlyDenied(edge)) return 'known from a denial only';
  return edge.state === 'undecided' ? null : `now ${edge.state}`;
}
