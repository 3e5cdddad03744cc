/**
 * Entry points, groups and what belongs to nobody else. `@available(from, until)` marks what only some versions have: `from`
 * is the first release with it, `until` the first without.
 */
export const ROOT_SDL = /* GraphQL */ `
  directive @available(
    from: String
    until: String
  ) on FIELD_DEFINITION | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION | OBJECT | INPUT_OBJECT | UNION | ENUM | ENUM_VALUE

  scalar Time
  scalar Date
  scalar Duration
  scalar JobID
  scalar ProjectID
  scalar GroupID
  scalar UserID
  scalar CiRunnerID

  type Query {
    currentUser: CurrentUser
    metadata: Metadata
    queryComplexity: QueryComplexity
    project(fullPath: ID!): Project
    projects(
      membership: Boolean
      search: String
      searchNamespaces: Boolean
      topics: [String!]
      personal: Boolean
      sort: String = null
      namespacePath: ID
      ids: [ID!]
      fullPaths: [String!]
      withIssuesEnabled: Boolean
      withMergeRequestsEnabled: Boolean
      archived: ProjectArchived
      minAccessLevel: AccessLevelEnum
      programmingLanguageName: String
      aimedForDeletion: Boolean
      notAimedForDeletion: Boolean
      markedForDeletionOn: Date
      active: Boolean
      visibilityLevel: VisibilityLevelsEnum
      lastRepositoryCheckFailed: Boolean
      includeHidden: Boolean
      after: String
      before: String
      first: Int
      last: Int
    ): ProjectConnection
    group(fullPath: ID!): Group
    groups(
      ids: [ID!]
      topLevelOnly: Boolean = false
      ownedOnly: Boolean = false
      search: String
      sort: String = "name_asc"
      parentPath: ID
      allAvailable: Boolean = true
      markedForDeletionOn: Date
      active: Boolean = null
      after: String
      before: String
      first: Int
      last: Int
    ): GroupConnection
    "Instance-wide job list; empty for non-administrators."
    jobs(
      statuses: [CiJobStatus!]
      runnerTypes: [CiRunnerType!]
      compatibleRunnerId: CiRunnerID
      failureReason: CiJobFailureReason
      after: String
      before: String
      first: Int
      last: Int
    ): CiJobInterfaceConnection
  }

  type Group {
    fullPath: ID!
    id: ID!
    name: String!
    parent: Group
    path: String!
    projects(
      includeSubgroups: Boolean = false
      includeSiblingProjects: Boolean = false
      includeArchived: Boolean = true
      notAimedForDeletion: Boolean = false
      search: String = null
      sort: NamespaceProjectSort = null
      ids: [ID!] = null
      withIssuesEnabled: Boolean
      withMergeRequestsEnabled: Boolean
      withNamespaceDomainPages: Boolean
      archivedOnly: Boolean
      hasCodeCoverage: Boolean = false
      hasVulnerabilities: Boolean = false
      after: String
      before: String
      first: Int
      last: Int
    ): ProjectConnection!
    projectsCount: Int!
    updatedAt: Time
    webPath: String!
    webUrl: String!
  }

  type GroupConnection {
    count(limit: Int): Int!
    edges: [GroupEdge]
    nodes: [Group]
    pageInfo: PageInfo!
  }

  type GroupEdge {
    cursor: String!
    node: Group
  }

  enum NamespaceProjectSort {
    SIMILARITY
    ACTIVITY_DESC
  }

  enum ProjectArchived {
    ONLY
    INCLUDE
    EXCLUDE
  }

  enum VisibilityLevelsEnum {
    private
    internal
    public
  }

  type AccessLevel {
    humanAccess: String
    integerValue: Int
    stringValue: AccessLevelEnum
  }

  enum AccessLevelEnum {
    NO_ACCESS
    MINIMAL_ACCESS
    GUEST
    PLANNER @available(from: "17.7")
    REPORTER
    SECURITY_MANAGER @available(from: "18.8")
    DEVELOPER
    MAINTAINER
    OWNER
    ADMIN
  }

  type PageInfo {
    endCursor: String
    hasNextPage: Boolean!
    hasPreviousPage: Boolean!
    startCursor: String
  }

  type UserCore {
    bot: Boolean!
    id: UserID!
    name: String!
    state: UserState!
    username: String!
  }

  enum UserState {
    active
    blocked
    deactivated
    banned
    ldap_blocked
    blocked_pending_approval
  }

  type CurrentUser {
    bot: Boolean!
    id: UserID!
    name: String!
    username: String!
  }

  type Metadata {
    enterprise: Boolean!
    revision: String!
    version: String!
  }

  type QueryComplexity {
    limit: Int
    score: Int
  }
`;
