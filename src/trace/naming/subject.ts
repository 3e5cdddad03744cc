import { samePath } from '../../domain/values.ts';
import type { TraceContext } from '../context.ts';
import { BARE_STATUS } from '../signatures/http.ts';
import type { ClientStatus, Sentence } from '../signatures/row.ts';
import { toolAccess } from './access.ts';
import type { Addresses } from './addresses.ts';
import { candidatesFor, differ, foreignIsNearer, isElsewhere, namesInstance, ownTargets } from './around.ts';
import type { Candidates } from './around.ts';
import type { Match } from './match.ts';
import { isProjectPath, type Target } from './target.ts';

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

/** Finds whom a refusal is about: from its own line, its neighbours and the command that met it. */
export class SubjectFinder {
  readonly #context: TraceContext;
  readonly #addresses: Addresses;

  constructor(context: TraceContext, addresses: Addresses) {
    this.#context = context;
    this.#addresses = addresses;
  }

  /** For GitLab's sentences, which may name the last segment of the path, or the id. */
  ofSentence(match: Match, signature: Sentence, name: string | null, id: number | null): Subject {
    const order = candidatesFor(match, signature.via === 'git' || /remote:/.test(match.line.text), this.#addresses);
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

  /** Null where the refusal came from elsewhere, or nothing ties it to the instance. */
  ofStatus(match: Match, signature: ClientStatus): Subject | null {
    const own = this.#addresses.in(match.line.text);
    if (own.targets.length > 0) return this.#ofOwnLine(match);
    if (own.foreign || namesForeignImage(match.line.text)) return null;
    if (own.bare && signature.access === 'git') return null;
    if (signature === BARE_STATUS) return null;
    if (signature.addressFollows && isElsewhere(match, this.#addresses)) return null;
    const { near, far, ambiguous } = candidatesFor(match, signature.addressFollows, this.#addresses);
    const fits = near.filter((target) => fitsSignature(target, signature));
    if (fits.length > 0 && (signature.addressFollows || !foreignIsNearer(match, this.#addresses))) {
      const several = signature.strength === 'silent' && differ(fits);
      return this.#subjectOf(fits, ambiguous || several);
    }
    if (near.length > 0 || foreignIsNearer(match, this.#addresses)) return null;
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
    return namesInstance(match, this.#addresses) ? NO_SUBJECT : null;
  }

  /** Where the program of the command was sent by an earlier one (`helm repo add`), when its output names no address. */
  #setUpForTool(match: Match, far: readonly Target[]): readonly Target[] {
    if (foreignIsNearer(match, this.#addresses)) return [];
    const access = toolAccess(match.step.command);
    return far.filter((target) => target.access !== null && target.access === access && !target.registry);
  }

  /** A state has one address, so the one that was set up is meant; package managers may ask several registries. */
  #setUp(target: Target, all: readonly Target[]): Subject {
    if (target.access !== 'terraform') return { ...NO_SUBJECT, target };
    return this.#subjectOf([target], all.some(({ path, id }) => path === null && id === null) || differ(all));
  }

  #ofOwnLine(match: Match): Subject {
    const targets = ownTargets(match, this.#addresses);
    if (targets.some(({ path, id }) => path !== null || id !== null) || targets[0]?.registry !== true)
      return this.#subjectOf(targets, false);
    // The address of the registry's token service alone: which image it was about stands near it.
    const images = candidatesFor(match, true, this.#addresses)
      .places.map((place) => place.targets.filter(({ registry, path }) => registry && path !== null))
      .find((found) => found.length > 0);
    return this.#subjectOf(images ?? targets, images !== undefined && differ(images));
  }

  /** The runner fetches sources from the instance whether or not it prints the address: the job's own, or a submodule's. */
  #ofSources(match: Match): Subject {
    const submodule = match.after.concat(match.line).some(({ text }) => text.includes('.git/modules/'));
    return { ...NO_SUBJECT, self: !submodule };
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
