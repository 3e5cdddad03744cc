/** The job token scope: lists, entries and the authentication log. */
export const SCOPE_SDL = /* GraphQL */ `
  type CiJobTokenScopeType {
    groupAllowlistAutopopulatedIds: [GroupID!]! @available(from: "17.7")
    groupsAllowlist(after: String, before: String, first: Int, last: Int): CiJobTokenAccessibleGroupConnection!
      @available(from: "17.0")
    groupsAllowlistCount: Int! @available(from: "17.0")
    inboundAllowlist(after: String, before: String, first: Int, last: Int): CiJobTokenAccessibleProjectConnection!
    inboundAllowlistAutopopulatedIds: [ProjectID!]! @available(from: "17.7")
    inboundAllowlistCount: Int!
    outboundAllowlist(after: String, before: String, first: Int, last: Int): ProjectConnection!
      @deprecated(reason: "Outbound scope is being removed. Deprecated in GitLab 18.0.")
    projects(after: String, before: String, first: Int, last: Int): ProjectConnection!
      @deprecated(reason: "Use outbound_allowlist. Deprecated in GitLab 15.9.")
  }

  type CiJobTokenScopeAllowlist @available(from: "17.6") {
    groupsAllowlist(after: String, before: String, first: Int, last: Int): CiJobTokenScopeAllowlistEntryConnection
    projectsAllowlist(after: String, before: String, first: Int, last: Int): CiJobTokenScopeAllowlistEntryConnection
  }

  type CiJobTokenScopeAllowlistEntry @available(from: "17.6") {
    addedBy: UserCore
    autopopulated: Boolean @available(from: "17.7")
    createdAt: Time!
    defaultPermissions: Boolean @available(from: "17.8")
    direction: String @deprecated(reason: "Can only be INBOUND. Deprecated in GitLab 18.0.")
    jobTokenPolicies: [CiJobTokenScopePolicies!] @deprecated(reason: "Status: Experiment. Introduced in GitLab 17.5.")
    "project that owns the allowlist (the one being accessed)"
    sourceProject: Project!
    "group or project that is allowed in (the caller)"
    target: CiJobTokenScopeTarget
  }

  type CiJobTokenScopeAllowlistEntryConnection @available(from: "17.6") {
    count(limit: Int): Int!
    edges: [CiJobTokenScopeAllowlistEntryEdge]
    nodes: [CiJobTokenScopeAllowlistEntry]
    pageInfo: PageInfo!
  }

  type CiJobTokenScopeAllowlistEntryEdge @available(from: "17.6") {
    cursor: String!
    node: CiJobTokenScopeAllowlistEntry
  }

  type CiJobTokenAccessibleGroup {
    avatarUrl: String
    fullPath: ID!
    id: ID!
    name: String!
    path: String!
    webUrl: String
  }

  type CiJobTokenAccessibleGroupConnection {
    edges: [CiJobTokenAccessibleGroupEdge]
    nodes: [CiJobTokenAccessibleGroup]
    pageInfo: PageInfo!
  }

  type CiJobTokenAccessibleGroupEdge {
    cursor: String!
    node: CiJobTokenAccessibleGroup
  }

  type CiJobTokenAccessibleProject {
    avatarUrl: String
    fullPath: ID!
    id: ID!
    name: String!
    path: String!
    webUrl: String
  }

  type CiJobTokenAccessibleProjectConnection {
    edges: [CiJobTokenAccessibleProjectEdge]
    nodes: [CiJobTokenAccessibleProject]
    pageInfo: PageInfo!
  }

  type CiJobTokenAccessibleProjectEdge {
    cursor: String!
    node: CiJobTokenAccessibleProject
  }

  type CiJobTokenAuthLog @available(from: "17.6") {
    lastAuthorizedAt: Time! @deprecated(reason: "Status: Experiment. Introduced in GitLab 17.6.")
    "the caller"
    originProject: CiJobTokenAccessibleProject! @deprecated(reason: "Status: Experiment. Introduced in GitLab 17.6.")
  }

  type CiJobTokenAuthLogConnection @available(from: "17.6") {
    count(limit: Int): Int!
    edges: [CiJobTokenAuthLogEdge]
    nodes: [CiJobTokenAuthLog]
    pageInfo: PageInfo!
  }

  type CiJobTokenAuthLogEdge @available(from: "17.6") {
    cursor: String!
    node: CiJobTokenAuthLog
  }

  enum CiJobTokenScopeDirection {
    OUTBOUND
    INBOUND
  }

  enum CiJobTokenScopePolicies @available(from: "17.5") {
    READ_BADGES @available(from: "19.0")
    ADMIN_BADGES @available(from: "19.0")
    READ_DEPLOYMENTS
    ADMIN_DEPLOYMENTS
    READ_ENVIRONMENTS
    ADMIN_ENVIRONMENTS
    READ_JOBS
    ADMIN_JOBS @available(from: "19.0")
    READ_MERGE_REQUESTS @available(from: "19.0")
    READ_PACKAGES
    ADMIN_PACKAGES
    READ_PIPELINES
    ADMIN_PIPELINES
    READ_RELEASES
    ADMIN_RELEASES
    READ_REPOSITORIES @available(from: "19.0")
    ADMIN_REPOSITORIES @available(from: "19.0")
    READ_SECURE_FILES
    ADMIN_SECURE_FILES
    READ_TERRAFORM_STATE
    ADMIN_TERRAFORM_STATE
    READ_WORK_ITEMS @available(from: "19.0")
  }

  union CiJobTokenScopeTarget @available(from: "17.6") = CiJobTokenAccessibleGroup | CiJobTokenAccessibleProject
`;
