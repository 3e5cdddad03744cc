/** Projects and their CI/CD settings. */
export const PROJECTS_SDL = /* GraphQL */ `
  interface ProjectInterface {
    avatarUrl: String
    description: String
    fullPath: ID
    id: ID
    name: String
    nameWithNamespace: String
    userPermissions: ProjectPermissions
    webUrl: String
  }

  type Project implements ProjectInterface {
    archived: Boolean
    avatarUrl: String
    ciCdSettings: ProjectCiCdSetting
    ciConfigPathOrDefault: String!
    ciJobTokenAuthLogs(after: String, before: String, first: Int, last: Int): CiJobTokenAuthLogConnection
      @deprecated(reason: "Status: Experiment. Introduced in GitLab 17.6.")
      @available(from: "17.6")
    ciJobTokenScope: CiJobTokenScopeType
    ciJobTokenScopeAllowlist: CiJobTokenScopeAllowlist
      @deprecated(reason: "Status: Experiment. Introduced in GitLab 17.6.")
      @available(from: "17.6")
    containerRegistryEnabled: Boolean
    createdAt: Time
    description: String
    forksCount: Int!
    fullPath: ID!
    group: Group
    httpUrlToRepo: String
    id: ID!
    isForked: Boolean!
    isSelfArchived: Boolean
      @deprecated(reason: "Status: Experiment. Introduced in GitLab 18.6.")
      @available(from: "18.6")
    isSelfDeletionScheduled: Boolean!
      @deprecated(reason: "Status: Experiment. Introduced in GitLab 18.3.")
      @available(from: "18.3")
    jobs(
      statuses: [CiJobStatus!]
      withArtifacts: Boolean
      name: String @available(from: "17.11")
      sources: [CiJobSource!] @available(from: "17.7")
      kind: CiJobKind
      pipelineIid: String
      after: String
      before: String
      first: Int
      last: Int
    ): CiJobConnection
    jobsEnabled: Boolean
    lastActivityAt: Time
    lfsEnabled: Boolean
    markedForDeletion: Boolean
      @deprecated(reason: "Status: Experiment. Introduced in GitLab 18.1.")
      @available(from: "18.1")
    markedForDeletionOn: Time @deprecated(reason: "Status: Experiment. Introduced in GitLab 16.10.")
    maxAccessLevel: AccessLevel!
    name: String!
    nameWithNamespace: String!
    namespace: Namespace
    packages(
      packageName: String
      packageType: PackageTypeEnum
      after: String
      before: String
      first: Int
      last: Int
    ): PackageBaseConnection
    path: String!
    pipelines(
      status: PipelineStatusEnum
      scope: PipelineScopeEnum
      ref: String
      refType: RefType
      sha: String
      source: String
      ids: [ID!]
      updatedAfter: Time
      updatedBefore: Time
      username: String
      after: String
      before: String
      first: Int
      last: Int
    ): PipelineConnection
    projectMembers(
      relations: [ProjectMemberRelation!] = [DIRECT, INHERITED]
      accessLevels: [AccessLevelEnum!] @available(from: "17.0")
      search: String
      after: String
      before: String
      first: Int
      last: Int
    ): MemberInterfaceConnection
    publicJobs: Boolean
    rootGroup: Group
    terraformStates(after: String, before: String, first: Int, last: Int): TerraformStateConnection
    userPermissions: ProjectPermissions!
    visibility: String
    webPath: String!
    webUrl: String
  }

  type ProjectConnection {
    count(limit: Int): Int!
    edges: [ProjectEdge]
    nodes: [Project]
    pageInfo: PageInfo!
  }

  type ProjectEdge {
    cursor: String!
    node: Project
  }

  type ProjectMinimalAccess implements ProjectInterface {
    avatarUrl: String
    description: String
    fullPath: ID!
    id: ID!
    name: String!
    nameWithNamespace: String!
    userPermissions: ProjectPermissions!
    webUrl: String
  }

  type ProjectPermissions {
    adminAllResources: Boolean!
    adminIssue: Boolean!
    adminOperations: Boolean!
    adminProject: Boolean!
    archiveProject: Boolean!
  }

  type Namespace {
    fullPath: ID!
    id: ID!
    name: String!
    path: String!
  }

  type ProjectCiCdSetting {
    crossProjectPushForJobTokenAllowed: Boolean @available(from: "19.0")
    displayPipelineVariables: Boolean
    groupRunnersEnabled: Boolean
    inboundJobTokenScopeEnabled: Boolean
    jobTokenScopeEnabled: Boolean
    keepLatestArtifact: Boolean
    mergePipelinesEnabled: Boolean
    mergeTrainsEnabled: Boolean
    pipelineVariablesMinimumOverrideRole: String!
    project: Project
    pushRepositoryForJobTokenAllowed: Boolean @available(from: "17.2")
  }
`;
