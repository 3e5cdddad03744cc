import { samePath } from '../../domain/values.ts';
import { toolAccess } from './access.ts';
import { BARE_STATUS } from '../signatures/http.ts';
import type { TraceContext } from '../context.ts';
import type { ContextLine } from '../reading/context-ring.ts';
import type { Credential } from './credential.ts';
import { createInstance, expand, predefinedVariables, type Instance } from './instance.ts';
import type { ClientStatus, Sentence, Signature } from '../signatures/row.ts';
import type { Step } from './steps.ts';
import { isProjectPath, mentionsIn, type Mentions, type Target } from './target.ts';
import { joinWrapped, type WrappedLine } from '../reading/wrapped.ts';

/** A line that matched, with what came before and after it. */
export interface Match {
  readonly signature: Signature;
  readonly line: WrappedLine;
  readonly step: Step;
  readonly side: boolean;
  /** Lines in front of it that name hosts or come from `remote:`, oldest first. */
  readonly before: readonly ContextLine[];
  /** The lines that followed. */
  readonly after: readonly WrappedLine[];
  /** Credentials that earlier commands set up, by the access they serve. */
  readonly logins: ReadonlyMap<string, Credential>;
}

/** How far back a line may lie that gives a refusal its address. */
const NEAR = 40;

/** Whom a refusal is about. */
export interface Subject {
  readonly target: Target | null;
  readonly path: string | null;
  readonly id: number | null;
  readonly self: boolean;
  readonly ambiguous: boolean;
}

/** Nothing near a refusal names a project. */
export const NO_SUBJECT: Subject = { target: null, path: null, id: null, self: false, ambiguous: false };

/** What one line near a refusal points at. */
interface Place {
  readonly targets: readonly Target[];
  /** The refusal is said right there: nothing farther away can be meant instead. */
  readonly sure: boolean;
}

interface Candidates {
  /** Of the same step, the likeliest first. */
  readonly places: readonly Place[];
  readonly near: readonly Target[];
  /** Of the whole trace, the latest first. */
  readonly far: readonly Target[];
  /** The command names several projects, and its output does not say which. */
  readonly ambiguous: boolean;
}

/** How many lines may lie between an address and the answer that is surely its own. */
const ADJACENT = 3;

/** Finds whom a refusal is about: from its own line, its neighbours and the command that met it. */
export class SubjectFinder {
  readonly instance: Instance;
  readonly #context: TraceContext;
  readonly #variables: Map<string, string>;

  constructor(context: TraceContext) {
    this.#context = context;
    this.instance = createInstance(context.gitlabUrl, context.registryHost);
    this.#variables = new Map(predefinedVariables(this.instance, context.callerPath));
  }

  /** The command with the variables whose values are known; takes up what it assigns itself. */
  expandCommand(command: string): string {
    const expanded = expand(command, this.#variables);
    for (const [, name, quoted, bare] of expanded.matchAll(ASSIGNMENT)) {
      const value = quoted ?? bare ?? '';
      if (name === undefined || name.startsWith('CI_') || /[$`]/.test(value) || this.#variables.size >= 128) continue;
      this.#variables.set(name, value);
    }
    return expanded;
  }

  mentions(text: string): Mentions {
    return this.#read(text);
  }

  readonly #read = (text: string): Mentions =>
    mentionsIn(text, { instance: this.instance, callerPath: this.#context.callerPath });

  /** What a line in front of a refusal points at. */
  mentionsBefore(line: ContextLine): Mentions {
    return line.mentions(this.#read);
  }

  /** For GitLab's sentences, which may name the last segment of the path, or the id. */
  ofSentence(match: Match, signature: Sentence, name: string | null, id: number | null): Subject {
    const order = this.#candidates(match, signature.via === 'git' || /remote:/.test(match.line.text));
    if (id !== null) {
      const known = this.#context.projectIds(id);
      const target = order.near.find(
        (candidate) => candidate.id === id || known === null || this.#is(candidate, known),
      );
      const path = known ?? target?.path ?? null;
      return { target: target ?? null, path, id, self: this.#isSelf(path), ambiguous: false };
    }
    if (name === null) {
      const setUp = order.near.length === 0 && signature.anybodys ? this.#setUpForTool(match, order.far) : [];
      return this.#subjectOf([...order.near, ...setUp], order.ambiguous || differ(setUp));
    }
    if (isProjectPath(name)) {
      const target = [...order.near, ...order.far].find((candidate) => this.#mayBeNamed(candidate, name)) ?? null;
      return { target, path: name, id: null, self: this.#isSelf(name), ambiguous: false };
    }
    const named = this.#named(order, name);
    if (named.length > 0) return this.#subjectOf(named, differ(named));
    // The address is hidden in a variable: what it leads to is known, whose it is is not.
    return {
      ...NO_SUBJECT,
      target: order.near.find((candidate) => candidate.path === null && candidate.id === null) ?? null,
    };
  }

  /** The targets that the name may mean; several different ones where the trace does not settle it. */
  #named({ places, far }: Candidates, name: string): readonly Target[] {
    const fitting = places
      .map(({ targets, sure }) => ({ targets: targets.filter((target) => this.#mayBeNamed(target, name)), sure }))
      .filter(({ targets }) => targets.length > 0);
    const [first] = fitting;
    if (first?.sure === true) return first.targets;
    const all = fitting.flatMap(({ targets }) => targets);
    return all.length > 0 ? all : far.filter((target) => this.#mayBeNamed(target, name));
  }

  /** Git names the address of the instance right after what the server said. */
  isMetByGit(match: Match): boolean {
    return match.after
      .slice(0, ADJACENT)
      .some(
        ({ text, address }) => address && /returned error: 40\d/.test(text) && this.mentions(text).targets.length > 0,
      );
  }

  /** Another host's words, by the address that follows them. */
  isElsewhere(match: Match): boolean {
    return match.after.slice(0, ADJACENT).some(({ text }) => {
      const { targets, foreign } = this.mentions(text);
      return foreign && targets.length === 0;
    });
  }

  /** GitLab's sentences name the last segment of the path alone. */
  #mayBeNamed(target: Target, name: string): boolean {
    if (target.registry) return false;
    const path = target.path ?? (target.id === null ? null : this.#context.projectIds(target.id));
    if (path === null) return target.id !== null;
    return samePath(path.split('/').at(-1) ?? '', name) || samePath(path, name);
  }

  #is(target: Target, path: string): boolean {
    return target.path !== null && samePath(target.path, path);
  }

  #isSelf(path: string | null): boolean {
    return path !== null && this.#context.callerPath !== '' && samePath(path, this.#context.callerPath);
  }

  /** The targets around a match, the likeliest first: its own line, then where its kind of client names the address. */
  #candidates(match: Match, urlFollows: boolean): Candidates {
    const own = [
      { targets: this.#targets(joinWrapped([match.line, ...match.after.slice(0, 2)]), match.line.text), sure: true },
    ];
    const after = match.after
      .filter((line) => line.address)
      .map((line) => ({ targets: this.mentions(line.text).targets, sure: urlFollows }));
    const before = match.before
      .filter((line) => line.step === match.step.index && match.line.number - line.number <= NEAR)
      .map((line) => ({
        targets: this.mentionsBefore(line).targets,
        sure: match.line.number - line.number <= ADJACENT,
      }))
      .toReversed();
    const command = [{ targets: this.mentions(match.step.command).targets, sure: false }];
    const places = urlFollows ? [...own, ...after, ...before, ...command] : [...own, ...before, ...command, ...after];
    const ambiguous =
      isEmpty(own) && isEmpty(before) && (!urlFollows || isEmpty(after)) && differ(command.flatMap(targetsOf));
    return {
      places,
      near: places.flatMap(targetsOf),
      far: match.before
        .filter((line) => line.step === match.step.index || !CLONES.test(line.text))
        .toReversed()
        .flatMap((line) => this.mentionsBefore(line).targets),
      ambiguous,
    };
  }

  /** Targets of a line, from the joined text where wrapping cut its URL in two. */
  #targets(joined: string, line: string): readonly Target[] {
    const own = this.mentions(line).targets;
    return own.length === 0 ? own : this.mentions(joined).targets.slice(0, own.length);
  }

  /** Null where the refusal came from elsewhere, or nothing ties it to the instance. */
  ofStatus(match: Match, signature: ClientStatus): Subject | null {
    const own = this.mentions(match.line.text);
    if (own.targets.length > 0) return this.#ofOwnLine(match);
    if (own.foreign || namesForeignImage(match.line.text)) return null;
    if (own.bare && signature.access === 'git') return null;
    if (signature === BARE_STATUS) return null;
    if (signature.addressFollows && this.isElsewhere(match)) return null;
    const { near, far, ambiguous } = this.#candidates(match, signature.addressFollows);
    const fits = near.filter((target) => fitsSignature(target, signature));
    if (fits.length > 0 && (signature.addressFollows || !this.foreignIsNearer(match))) {
      const several = signature.strength === 'silent' && differ(fits);
      return this.#subjectOf(fits, ambiguous || several);
    }
    if (near.length > 0 || this.foreignIsNearer(match)) return null;
    if (signature.access === 'lfs' && match.step.section === 'get_sources') return this.#ofSources(match);
    // An earlier step set the address up (.npmrc, `helm repo add`, TF_HTTP_ADDRESS).
    const setUp = far.find(
      (target) => target.access !== null && target.access === signature.access && !target.registry,
    );
    if (signature.strength === 'silent') return null;
    if (setUp !== undefined)
      return this.#setUp(
        setUp,
        far.filter((target) => target.access === setUp.access),
      );
    return this.#namesInstance(match) ? NO_SUBJECT : null;
  }

  /** Where the program of the command was sent by an earlier one (`helm repo add`), when its output names no address. */
  #setUpForTool(match: Match, far: readonly Target[]): readonly Target[] {
    if (this.foreignIsNearer(match)) return [];
    const access = toolAccess(match.step.command);
    return far.filter((target) => target.access !== null && target.access === access && !target.registry);
  }

  /** A state has one address, so the one that was set up is meant; package managers may ask several registries. */
  #setUp(target: Target, all: readonly Target[]): Subject {
    if (target.access !== 'terraform') return { ...NO_SUBJECT, target };
    return this.#subjectOf([target], all.some(({ path, id }) => path === null && id === null) || differ(all));
  }

  /** `from gitlab.example.com: …`: the host alone. */
  #namesInstance(match: Match): boolean {
    const text = joinWrapped([match.line, ...match.after.slice(0, 2)]).toLowerCase();
    const at = text.indexOf(this.instance.hostname);
    // A full stop after it ends the sentence, unless a longer name goes on.
    return (
      at > 0 &&
      /[\s"'(]/.test(text[at - 1] ?? '') &&
      !/^(?:[\w-]|\.\w)/.test(text.slice(at + this.instance.hostname.length))
    );
  }

  #ofOwnLine(match: Match): Subject {
    const targets = this.#targets(joinWrapped([match.line, ...match.after.slice(0, 2)]), match.line.text);
    if (targets.some(({ path, id }) => path !== null || id !== null) || targets[0]?.registry !== true)
      return this.#subjectOf(targets, false);
    // The address of the registry's token service alone: which image it was about stands near it.
    const images = this.#candidates(match, true)
      .places.map((place) => place.targets.filter(({ registry, path }) => registry && path !== null))
      .find((found) => found.length > 0);
    return this.#subjectOf(images ?? targets, images !== undefined && differ(images));
  }

  /** The runner fetches the sources from the instance, be the address printed or not: its own ones, or a submodule's. */
  #ofSources(match: Match): Subject {
    const submodule = match.after.concat(match.line).some(({ text }) => text.includes('.git/modules/'));
    return { ...NO_SUBJECT, self: !submodule };
  }

  /** The nearest line with an address, of this step, names another host. */
  foreignIsNearer(match: Match): boolean {
    const nearest = match.before.findLast(
      (line) => line.step === match.step.index && match.line.number - line.number <= NEAR,
    );
    const mentions = nearest?.mentions(this.#read) ?? this.mentions(match.step.command);
    return mentions.targets.length === 0 && mentions.foreign;
  }

  #subjectOf(targets: readonly Target[], ambiguous: boolean): Subject {
    const target = targets[0] ?? null;
    if (target === null) return NO_SUBJECT;
    const known = target.id === null ? null : this.#context.projectIds(target.id);
    const path = ambiguous ? null : (known ?? this.#projectOfImage(target));
    return { target, path, id: ambiguous ? null : target.id, self: target.self || this.#isSelf(known), ambiguous };
  }

  /** The project of an image is the longest known project that its path begins with; unknown, the whole path stands. */
  #projectOfImage(target: Target): string | null {
    const { path } = target;
    const isProject = this.#context.isProject;
    if (path === null || !target.registry || isProject === undefined) return path;
    const parts = path.split('/');
    for (let length = parts.length; length >= 2; length -= 1) {
      const prefix = parts.slice(0, length).join('/');
      if (isProject(prefix)) return prefix;
    }
    return path;
  }
}

// What an earlier step cloned let the job in: another project of that name is meant.
const CLONES = /\bgit\s(?:\S{1,200}\s){0,6}?(?:clone|fetch|pull|ls-remote)\s/;

const ASSIGNMENT = /(?:^|[;&\s])([A-Za-z_]\w{0,63})=(?:["']([^"']{0,200})["']|([^\s;&|"']{1,200}))/g;

/** `pull access denied for acme/app`: no host in front means the public default registry. */
function namesForeignImage(text: string): boolean {
  const image = /(?:access denied for|docker:\/\/|manifest for|pull image) "?([^\s",]{1,512})/.exec(text)?.[1];
  return image !== undefined;
}

function fitsSignature(target: Target, signature: ClientStatus): boolean {
  if (signature.access === 'container-registry') return target.registry;
  if (signature.access === null || target.access === null || target.access === 'api')
    return !target.registry || signature.access === null;
  if (signature.strength === 'silent') return target.access === signature.access;
  return true;
}

function targetsOf({ targets }: Place): readonly Target[] {
  return targets;
}

function isEmpty(places: readonly Place[]): boolean {
  return places.every(({ targets }) => targets.length === 0);
}

/** Whether the targets are different projects. */
function differ(targets: readonly Target[]): boolean {
  return (
    new Set(
      targets
        .filter((target) => target.path !== null || target.id !== null)
        .map((target) => target.path?.toLowerCase() ?? String(target.id)),
    ).size > 1
  );
}
