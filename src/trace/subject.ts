import { samePath } from '../domain/values.ts';
import { BARE_STATUS } from './client-statuses.ts';
import type { TraceContext } from './context.ts';
import type { ContextLine } from './context-ring.ts';
import type { Credential } from './credential.ts';
import { createInstance, expand, predefinedVariables, type Instance } from './instance.ts';
import type { ClientStatus, Sentence, Signature } from './signatures.ts';
import type { Step } from './steps.ts';
import { mentionsIn, type Mentions, type Target } from './target.ts';
import { joinWrapped, type WrappedLine } from './wrapped.ts';

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

export const NO_SUBJECT: Subject = { target: null, path: null, id: null, self: false, ambiguous: false };

interface Candidates {
  /** Of the same step, the likeliest first. */
  readonly near: readonly Target[];
  /** Of the whole trace, the latest first. */
  readonly far: readonly Target[];
  /** The command names several projects, and its output does not say which. */
  readonly ambiguous: boolean;
}

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
    return mentionsIn(text, { instance: this.instance, callerPath: this.#context.callerPath });
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
    if (name === null) return this.#subjectOf(order.near, order.ambiguous);
    const named = [...order.near, ...order.far].filter((candidate) => this.#mayBeNamed(candidate, name));
    if (named.length > 0) return this.#subjectOf(named, false);
    // The address is hidden in a variable: what it leads to is known, whose it is is not.
    return {
      ...NO_SUBJECT,
      target: order.near.find((candidate) => candidate.path === null && candidate.id === null) ?? null,
    };
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
    const own = this.#targets(joinWrapped([match.line, ...match.after.slice(0, 2)]), match.line.text);
    const after = match.after.flatMap((line) => this.mentions(line.text).targets);
    const same = match.before.filter(
      (line) => line.step === match.step.index && match.line.number - line.number <= NEAR,
    );
    const before = same.toReversed().flatMap((line) => this.mentions(line.text).targets);
    const command = [...this.mentions(match.step.command).targets];
    const far = match.before.toReversed().flatMap((line) => this.mentions(line.text).targets);
    const near = urlFollows ? [...own, ...after, ...before, ...command] : [...own, ...before, ...command, ...after];
    const ambiguous = own.length === 0 && before.length === 0 && (!urlFollows || after.length === 0) && differ(command);
    return { near, far, ambiguous };
  }

  /** Targets of a line, from the joined text where wrapping cut its URL in two. */
  #targets(joined: string, line: string): readonly Target[] {
    const own = this.mentions(line).targets;
    return own.length === 0 ? own : this.mentions(joined).targets.slice(0, own.length);
  }

  /** Null where the refusal came from elsewhere, or nothing ties it to the instance. */
  ofStatus(match: Match, signature: ClientStatus): Subject | null {
    const own = this.mentions(match.line.text);
    if (own.targets.length > 0)
      return this.#subjectOf(
        this.#targets(joinWrapped([match.line, ...match.after.slice(0, 2)]), match.line.text),
        false,
      );
    if (own.foreign || namesForeignImage(match.line.text)) return null;
    if (signature === BARE_STATUS) return null;
    const { near, far, ambiguous } = this.#candidates(match, false);
    const fits = near.filter((target) => fitsSignature(target, signature));
    if (fits.length > 0 && !this.#foreignIsNearer(match)) {
      const several = signature.strength === 'silent' && differ(fits);
      return this.#subjectOf(fits, ambiguous || several);
    }
    if (near.length > 0 || this.#foreignIsNearer(match)) return null;
    // An earlier step set the address up (.npmrc, `helm repo add`): enough to blame the instance, not to name a project.
    const setUp = far.find(
      (target) => target.access !== null && target.access === signature.access && !target.registry,
    );
    return setUp === undefined || signature.strength === 'silent' ? null : { ...NO_SUBJECT, target: setUp };
  }

  /** The nearest line with an address, of this step, names another host. */
  #foreignIsNearer(match: Match): boolean {
    const nearest = match.before.findLast(
      (line) => line.step === match.step.index && match.line.number - line.number <= NEAR,
    );
    const mentions = this.mentions(nearest?.text ?? match.step.command);
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
