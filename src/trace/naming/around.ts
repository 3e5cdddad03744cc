import { joinWrapped } from '../reading/wrapped.ts';
import type { Addresses } from './addresses.ts';
import type { Match } from './match.ts';
import type { Target } from './target.ts';

/** How far back a line may lie that gives a refusal its address. */
const NEAR = 40;
/** How many lines may lie between an address and the answer that is surely its own. */
const ADJACENT = 3;
// What an earlier step cloned let the job in: another project of that name is meant.
const CLONES = /\bgit\s(?:\S{1,200}\s){0,6}?(?:clone|fetch|pull|ls-remote)\s/;

/** What one line near a refusal points at. */
interface Place {
  readonly targets: readonly Target[];
  /** The refusal is said right there: nothing farther away can be meant instead. */
  readonly sure: boolean;
}

/** What the lines around a refusal point at. */
export interface Candidates {
  /** Of the same step, the likeliest first. */
  readonly places: readonly Place[];
  readonly near: readonly Target[];
  /** Of the whole trace, the latest first. */
  readonly far: readonly Target[];
  /** The command names several projects, and its output does not say which. */
  readonly ambiguous: boolean;
}

/** Git names the address of the instance right after what the server said. */
export function isMetByGit(match: Match, addresses: Addresses): boolean {
  return match.after
    .slice(0, ADJACENT)
    .some(({ text, address }) => address && /returned error: 40\d/.test(text) && addresses.in(text).targets.length > 0);
}

/** Another host's words, by the address that follows them. */
export function isElsewhere(match: Match, addresses: Addresses): boolean {
  return match.after.slice(0, ADJACENT).some(({ text }) => {
    const { targets, foreign } = addresses.in(text);
    return foreign && targets.length === 0;
  });
}

/** The targets around a match, the likeliest first: its own line, then where its kind of client names the address. */
export function candidatesFor(match: Match, urlFollows: boolean, addresses: Addresses): Candidates {
  const own = [{ targets: ownTargets(match, addresses), sure: true }];
  const after = match.after
    .filter((line) => line.address)
    .map((line) => ({ targets: addresses.in(line.text).targets, sure: urlFollows }));
  const before = match.before
    .filter((line) => line.step === match.step.index && match.line.number - line.number <= NEAR)
    .map((line) => ({
      targets: addresses.inLine(line).targets,
      sure: match.line.number - line.number <= ADJACENT,
    }))
    .toReversed();
  const command = [{ targets: addresses.in(match.step.command).targets, sure: false }];
  const places = urlFollows ? [...own, ...after, ...before, ...command] : [...own, ...before, ...command, ...after];
  const ambiguous =
    isEmpty(own) && isEmpty(before) && (!urlFollows || isEmpty(after)) && differ(command.flatMap(targetsOf));
  return {
    places,
    near: places.flatMap(targetsOf),
    far: match.before
      .filter((line) => line.step === match.step.index || !CLONES.test(line.text))
      .toReversed()
      .flatMap((line) => addresses.inLine(line).targets),
    ambiguous,
  };
}

/** Targets of the line itself, from the joined text where wrapping cut its URL in two. */
export function ownTargets({ line, after }: Match, addresses: Addresses): readonly Target[] {
  const own = addresses.in(line.text).targets;
  return own.length === 0 ? own : addresses.in(joinWrapped([line, ...after.slice(0, 2)])).targets.slice(0, own.length);
}

/** The nearest line with an address, of this step, names another host. */
export function foreignIsNearer(match: Match, addresses: Addresses): boolean {
  const nearest = match.before.findLast(
    (line) => line.step === match.step.index && match.line.number - line.number <= NEAR,
  );
  const mentions = nearest ? addresses.inLine(nearest) : addresses.in(match.step.command);
  return mentions.targets.length === 0 && mentions.foreign;
}

/** `from gitlab.example.com: …`: the host alone. */
export function namesInstance(match: Match, { instance }: Addresses): boolean {
  const text = joinWrapped([match.line, ...match.after.slice(0, 2)]).toLowerCase();
  const at = text.indexOf(instance.hostname);
  // A full stop after it ends the sentence, unless a longer name goes on.
  return (
    at > 0 && /[\s"'(]/.test(text[at - 1] ?? '') && !/^(?:[\w-]|\.\w)/.test(text.slice(at + instance.hostname.length))
  );
}

function targetsOf({ targets }: Place): readonly Target[] {
  return targets;
}

function isEmpty(places: readonly Place[]): boolean {
  return places.every(({ targets }) => targets.length === 0);
}

/** Whether the targets are different projects. */
export function differ(targets: readonly Target[]): boolean {
  return (
    new Set(
      targets
        .filter((target) => target.path !== null || target.id !== null)
        .map((target) => target.path?.toLowerCase() ?? String(target.id)),
    ).size > 1
  );
}
