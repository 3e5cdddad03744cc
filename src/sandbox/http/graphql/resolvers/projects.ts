import { ROLES } from '../../../world/vocabulary.ts';
import type { Namespace, Project } from '../../../world/world.ts';
import { nameWithNamespace, projectUrl } from '../../entities/basics.ts';
import { canAdmin, canReadGroup, levelOn } from '../../lookup.ts';
import { authorizeAdmin, globalId, type GraphqlContext } from '../context.ts';
import { resolver, type ResolverMap } from './resolver-map.ts';
import { accessLevel } from './access-level.ts';
import { authLogConnection } from './scope.ts';
import { projectMembers, projectPackages, projectStates } from './contents.ts';
import { projectJobs } from './jobs.ts';
import { projectPipelines } from './pipelines.ts';

export const PROJECT_RESOLVERS: ResolverMap = {
  Project: {
    id: resolver<Project>(({ id }) => globalId('Project', id)),
    name: resolver<Project>(({ path }) => path),
    nameWithNamespace: resolver<Project>(({ fullPath }) => nameWithNamespace(fullPath)),
    webPath: resolver<Project>(({ fullPath }) => `/${fullPath}`),
    webUrl: resolver<Project>((project, _, { stand }) => projectUrl(stand.world, project)),
    httpUrlToRepo: resolver<Project>((project, _, { stand }) => `${projectUrl(stand.world, project)}.git`),
    ciConfigPathOrDefault: resolver<Project>(() => '.gitlab-ci.yml'),
    containerRegistryEnabled: resolver<Project>(({ features }) => features.container_registry !== 'disabled'),
    jobsEnabled: resolver<Project>((project, _, context) => hasJobs(project, context)),
    lfsEnabled: resolver<Project>(() => true),
    publicJobs: resolver<Project>(() => true),
    forksCount: resolver<Project>(({ forks }) => forks),
    isForked: resolver<Project>(({ forkedFrom }) => forkedFrom !== null),
    isSelfArchived: resolver<Project>(({ archived }) => archived),
    isSelfDeletionScheduled: resolver<Project>(() => false),
    markedForDeletion: resolver<Project>(() => false),
    lastActivityAt: resolver<Project>(({ createdAt }) => createdAt),
    group: resolver<Project>(({ namespace }, _, context) => visibleGroup(namespace, context)),
    rootGroup: resolver<Project>(({ namespace }, _, context) => visibleGroup(rootOf(namespace), context)),
    maxAccessLevel: resolver<Project>((project, _, { stand, viewer }) =>
      accessLevel(levelOn(stand.world, viewer, project)),
    ),
    userPermissions: resolver<Project>((project, _, context) => permissions(project, context)),
    // Field-level authorization: null without an error, unlike the scope's own fields.
    ciCdSettings: resolver<Project>((project, _, { stand, viewer }) =>
      canAdmin(stand.world, viewer, project) ? project : null,
    ),
    ciJobTokenScope: resolver<Project>((project, _, context) => scopeOf(project, context)),
    ciJobTokenScopeAllowlist: resolver<Project>((project, _, context) => scopeOf(project, context)),
    ciJobTokenAuthLogs: authLogConnection,
    jobs: projectJobs,
    packages: projectPackages,
    pipelines: projectPipelines,
    projectMembers,
    terraformStates: projectStates,
  },
  ProjectCiCdSetting: {
    inboundJobTokenScopeEnabled: resolver<Project>(({ inboundEnabled }) => inboundEnabled),
    jobTokenScopeEnabled: resolver<Project>(() => false),
    pushRepositoryForJobTokenAllowed: resolver<Project>(({ pushOwnRepository }) => pushOwnRepository),
    crossProjectPushForJobTokenAllowed: resolver<Project>(({ pushFromAllowlisted }) => pushFromAllowlisted),
    displayPipelineVariables: resolver<Project>(() => false),
    groupRunnersEnabled: resolver<Project>(() => true),
    keepLatestArtifact: resolver<Project>(() => true),
    mergePipelinesEnabled: resolver<Project>(() => false),
    mergeTrainsEnabled: resolver<Project>(() => false),
    pipelineVariablesMinimumOverrideRole: resolver<Project>(() => 'developer'),
    project: resolver<Project>((project) => project),
  },
};

/** The scope's fields belong to Maintainers; for others they are null and the answer says so with the path. */
function scopeOf(project: Project, context: GraphqlContext): Project {
  authorizeAdmin(context, project);
  return project;
}

function rootOf(namespace: Namespace): Namespace {
  return namespace.parent === null ? namespace : rootOf(namespace.parent);
}

function visibleGroup(namespace: Namespace, { stand, viewer }: GraphqlContext): Namespace | null {
  return namespace.kind === 'group' && canReadGroup(stand.world, viewer, namespace) ? namespace : null;
}

function permissions(project: Project, { stand, viewer }: GraphqlContext): Record<string, boolean> {
  const level = levelOn(stand.world, viewer, project);
  return {
    adminAllResources: viewer?.user.admin === true,
    adminIssue: level >= ROLES.planner,
    adminOperations: level >= ROLES.maintainer,
    adminProject: level >= ROLES.maintainer,
    archiveProject: level >= ROLES.owner,
  };
}

/** As the project has CI at all for this viewer, who may still not be allowed to see its jobs. */
function hasJobs(project: Project, { stand, viewer }: GraphqlContext): boolean {
  const builds = project.features.builds ?? 'enabled';
  return builds === 'enabled' || (builds === 'private' && levelOn(stand.world, viewer, project) > 0);
}
