import { GraphQLError } from 'graphql';
import type { Entry, Outcome, Project, ProjectUpdate } from '../../../world/world.ts';
import { targetOf } from '../../faults/disturbances.ts';
import { canAdmin, canRead, canReadGroup } from '../../lookup.ts';
import { refusalText, targetNotReadable } from '../../answers/refusals.ts';
import { autopopulate, clearAutopopulated } from './autopopulate.ts';
import { notAvailable, type GraphqlContext } from '../context.ts';
import { resolver, type ResolverMap } from './resolver-map.ts';
import type { ListedEntry } from './scope.ts';

interface Input<T> {
  readonly input: T & { readonly clientMutationId?: string | null };
}
interface PoliciesInput {
  readonly defaultPermissions?: boolean | null;
  readonly jobTokenPolicies?: readonly string[] | null;
}
interface AddInput extends PoliciesInput {
  readonly projectPath: string;
  readonly targetPath: string;
}
interface ProjectInput {
  readonly projectPath: string;
  readonly targetProjectPath: string;
  readonly direction?: 'INBOUND' | 'OUTBOUND' | null;
}
interface SettingsInput {
  readonly fullPath: string;
  readonly jobTokenScopeEnabled?: boolean | null;
  readonly inboundJobTokenScopeEnabled?: boolean | null;
  readonly pushRepositoryForJobTokenAllowed?: boolean | null;
  readonly crossProjectPushForJobTokenAllowed?: boolean | null;
}
interface Target {
  readonly kind: Entry['kind'];
  readonly targetId: number;
}

const UNKNOWN_TARGET = 'The group or project does not exist.';
const NO_SUCH_SCOPE = 'Unable to find a job token scope for the given project & target';

export const MUTATION_RESOLVERS: ResolverMap = {
  Mutation: {
    ciJobTokenScopeAddGroupOrProject: resolver<undefined, Input<AddInput>>((_, { input }, context) => {
      const callee = writable(context, input.projectPath);
      // GitLab tries the path as a group first.
      const target = targetOf(context.stand.world, input.targetPath);
      return target === null ? failed(input, UNKNOWN_TARGET) : addEntry(context, callee, target, input);
    }),
    ciJobTokenScopeAddProject: resolver<undefined, Input<ProjectInput>>((_, { input }, context) => {
      const callee = writable(context, input.projectPath);
      const target = context.stand.world.findProject(input.targetProjectPath)?.project;
      if (target === undefined) return failed(input, targetNotReadable('project'));
      return addEntry(context, callee, { kind: 'project', targetId: target.id }, input);
    }),
    ciJobTokenScopeRemoveProject: resolver<undefined, Input<ProjectInput>>((_, { input }, context) => {
      const callee = writable(context, input.projectPath);
      const { stand } = context;
      const direction = input.direction ?? (stand.can.removeProjectDefaultsOutbound ? 'OUTBOUND' : 'INBOUND');
      const target = stand.world.findProject(input.targetProjectPath)?.project;
      // No project has outbound links any more.
      if (target === undefined || direction === 'OUTBOUND')
        return failed(input, refusalText('not_listed', 'project', stand.can));
      return removeEntry(context, callee, { kind: 'project', targetId: target.id }, input);
    }),
    ciJobTokenScopeRemoveGroup: resolver<undefined, Input<{ projectPath: string; targetGroupPath: string }>>(
      (_, { input }, context) => {
        const callee = writable(context, input.projectPath);
        const target = context.stand.world.groupByPath(input.targetGroupPath);
        if (target === null) return failed(input, refusalText('not_listed', 'group', context.stand.can));
        return removeEntry(context, callee, { kind: 'group', targetId: target.id }, input);
      },
    ),
    ciJobTokenScopeUpdatePolicies: resolver<undefined, Input<AddInput>>((_, { input }, context) => {
      const callee = writable(context, input.projectPath);
      const target = targetOf(context.stand.world, input.targetPath);
      if (target === null) return failed(input, 'The target does not exist');
      const value = {
        defaultPermissions: input.defaultPermissions ?? true,
        policies: input.jobTokenPolicies ?? [],
      };
      const outcome = context.stand.world.updatePolicies(callee.id, target.kind, target.targetId, value);
      if (!outcome.ok && outcome.refusal === 'not_listed') return failed(input, NO_SUCH_SCOPE);
      return settled(context, outcome, callee, target, input);
    }),
    projectCiCdSettingsUpdate: resolver<undefined, Input<SettingsInput>>((_, { input }, context) =>
      updateSettings(context, input),
    ),
    ciJobTokenScopeAutopopulateAllowlist: resolver<undefined, Input<{ projectPath: string }>>(
      (_, { input }, context) => {
        const callee = writable(context, input.projectPath);
        const errors = autopopulate(context.stand.world, callee, context.viewer?.user.id ?? null);
        return { ...echo(input), status: errors.length === 0 ? 'complete' : 'error', errors };
      },
    ),
    ciJobTokenScopeClearAllowlistAutopopulations: resolver<undefined, Input<{ projectPath: string }>>(
      (_, { input }, context) => {
        clearAutopopulated(context.stand.world, writable(context, input.projectPath));
        return { ...echo(input), status: 'complete', errors: [] };
      },
    ),
  },
};

/** `authorized_find!`: the callee, if the viewer is Maintainer there and the token may write. */
function writable({ stand, viewer }: GraphqlContext, path: string): Project {
  const found = stand.world.findProject(path);
  if (viewer?.token.scopes.includes('api') !== true) throw notAvailable();
  if (found === null || found.moved || !canAdmin(stand.world, viewer, found.project)) throw notAvailable();
  return found.project;
}

function addEntry(context: GraphqlContext, callee: Project, target: Target, input: AddInput | ProjectInput): unknown {
  if (!readable(context, target)) return failed(input, targetNotReadable(target.kind));
  const narrow: PoliciesInput = 'targetPath' in input ? input : {};
  const outcome = context.stand.world.addEntry(callee.id, {
    ...target,
    addedBy: context.viewer?.user.id ?? null,
    defaultPermissions: narrow.defaultPermissions ?? true,
    policies: narrow.jobTokenPolicies ?? [],
  });
  return settled(context, outcome, callee, target, input);
}

function readable({ stand, viewer }: GraphqlContext, target: Target): boolean {
  if (target.kind === 'group') {
    const group = stand.world.groupById(target.targetId);
    return group !== null && canReadGroup(stand.world, viewer, group);
  }
  const project = stand.world.projectById(target.targetId);
  return project !== null && canRead(stand.world, viewer, project);
}

/** The payload of a removal shows the entry as it was. */
function removeEntry(context: GraphqlContext, callee: Project, target: Target, input: object): unknown {
  const { world, can } = context.stand;
  const removed = listed(context, callee, target);
  const outcome = world.removeEntry(callee.id, target.kind, target.targetId);
  if (!outcome.ok) return failed(input, refusalText(outcome.refusal, target.kind, can));
  return { ...echo(input), errors: [], ciJobTokenScope: callee, ciJobTokenScopeAllowlistEntry: removed };
}

function settled(context: GraphqlContext, outcome: Outcome, callee: Project, target: Target, input: object): unknown {
  if (!outcome.ok) return failed(input, refusalText(outcome.refusal, target.kind, context.stand.can));
  return {
    ...echo(input),
    errors: [],
    ciJobTokenScope: callee,
    ciJobTokenScopeAllowlistEntry: listed(context, callee, target),
  };
}

function listed({ stand }: GraphqlContext, callee: Project, target: Target): ListedEntry | null {
  const entry = stand.world
    .entries(callee.id)
    .find(({ kind, targetId }) => kind === target.kind && targetId === target.targetId);
  return entry === undefined ? null : { callee, entry };
}

function failed(input: object, message: string): unknown {
  return { ...echo(input), errors: [message] };
}

function echo(input: { readonly clientMutationId?: string | null }): { readonly clientMutationId: string | null } {
  return { clientMutationId: input.clientMutationId ?? null };
}

/** A refused switch arrives in `errors`, with the settings as they are beside it. */
function updateSettings(context: GraphqlContext, input: Input<SettingsInput>['input']): unknown {
  const { world, can } = context.stand;
  const callee = writable(context, input.fullPath);
  if (input.jobTokenScopeEnabled === true) throw new GraphQLError('job_token_scope_enabled can only be set to false');
  const errors: string[] = [];
  if (input.inboundJobTokenScopeEnabled != null) {
    const outcome = world.setInbound(callee.id, input.inboundJobTokenScopeEnabled);
    if (!outcome.ok) errors.push(refusalText(outcome.refusal, 'project', can));
  }
  const update: ProjectUpdate = {
    ...(input.pushRepositoryForJobTokenAllowed == null
      ? {}
      : { pushOwnRepository: input.pushRepositoryForJobTokenAllowed }),
    ...(input.crossProjectPushForJobTokenAllowed == null
      ? {}
      : { pushFromAllowlisted: input.crossProjectPushForJobTokenAllowed }),
  };
  if (errors.length === 0 && Object.keys(update).length > 0) world.updateProject(callee.id, update);
  return { ...echo(input), errors, ciCdSettings: world.projectById(callee.id) ?? callee };
}
