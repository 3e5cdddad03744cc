/** Writes. The autopopulate pair existed from 17.9 until about 18.7. */
export const MUTATIONS_SDL = /* GraphQL */ `
  type Mutation {
    ciJobTokenScopeAddGroupOrProject(
      input: CiJobTokenScopeAddGroupOrProjectInput!
    ): CiJobTokenScopeAddGroupOrProjectPayload @available(from: "17.0")
    ciJobTokenScopeAddProject(input: CiJobTokenScopeAddProjectInput!): CiJobTokenScopeAddProjectPayload
    ciJobTokenScopeRemoveGroup(input: CiJobTokenScopeRemoveGroupInput!): CiJobTokenScopeRemoveGroupPayload
      @available(from: "17.0")
    ciJobTokenScopeRemoveProject(input: CiJobTokenScopeRemoveProjectInput!): CiJobTokenScopeRemoveProjectPayload
    ciJobTokenScopeUpdatePolicies(input: CiJobTokenScopeUpdatePoliciesInput!): CiJobTokenScopeUpdatePoliciesPayload
      @deprecated(reason: "Status: Experiment. Introduced in GitLab 17.6.")
      @available(from: "17.6")
    projectCiCdSettingsUpdate(input: ProjectCiCdSettingsUpdateInput!): ProjectCiCdSettingsUpdatePayload
  }

  input CiJobTokenScopeAddGroupOrProjectInput {
    clientMutationId: String
    projectPath: ID!
    targetPath: ID!
    "experiment since 17.8"
    defaultPermissions: Boolean = true @available(from: "17.8")
    "experiment since 17.5; ignored when job token policies are off"
    jobTokenPolicies: [CiJobTokenScopePolicies!] = [] @available(from: "17.5")
  }

  type CiJobTokenScopeAddGroupOrProjectPayload {
    ciJobTokenScope: CiJobTokenScopeType
    ciJobTokenScopeAllowlistEntry: CiJobTokenScopeAllowlistEntry
      @deprecated(reason: "Status: Experiment. Introduced in GitLab 17.6.")
      @available(from: "17.6")
    clientMutationId: String
    errors: [String!]!
  }

  input CiJobTokenScopeAddProjectInput {
    clientMutationId: String
    projectPath: ID!
    targetProjectPath: ID!
    "deprecated 16.0; only INBOUND"
    direction: CiJobTokenScopeDirection
  }

  type CiJobTokenScopeAddProjectPayload {
    ciJobTokenScope: CiJobTokenScopeType
    ciJobTokenScopeAllowlistEntry: CiJobTokenScopeAllowlistEntry
      @deprecated(reason: "Status: Experiment. Introduced in GitLab 17.6.")
      @available(from: "17.6")
    clientMutationId: String
    errors: [String!]!
  }

  input CiJobTokenScopeRemoveGroupInput {
    clientMutationId: String
    projectPath: ID!
    targetGroupPath: ID!
  }

  type CiJobTokenScopeRemoveGroupPayload {
    ciJobTokenScope: CiJobTokenScopeType
    ciJobTokenScopeAllowlistEntry: CiJobTokenScopeAllowlistEntry
      @deprecated(reason: "Status: Experiment. Introduced in GitLab 17.6.")
      @available(from: "17.6")
    clientMutationId: String
    errors: [String!]!
  }

  input CiJobTokenScopeRemoveProjectInput {
    clientMutationId: String
    projectPath: ID!
    targetProjectPath: ID!
    "deprecated 16.9; only INBOUND. Older servers default to OUTBOUND: always send INBOUND"
    direction: CiJobTokenScopeDirection
  }

  type CiJobTokenScopeRemoveProjectPayload {
    ciJobTokenScope: CiJobTokenScopeType
    ciJobTokenScopeAllowlistEntry: CiJobTokenScopeAllowlistEntry
      @deprecated(reason: "Status: Experiment. Introduced in GitLab 17.6.")
      @available(from: "17.6")
    clientMutationId: String
    errors: [String!]!
  }

  input CiJobTokenScopeUpdatePoliciesInput @available(from: "17.6") {
    clientMutationId: String
    projectPath: ID!
    targetPath: ID!
    defaultPermissions: Boolean!
    jobTokenPolicies: [CiJobTokenScopePolicies!]!
  }

  type CiJobTokenScopeUpdatePoliciesPayload @available(from: "17.6") {
    ciJobTokenScopeAllowlistEntry: CiJobTokenScopeAllowlistEntry
      @deprecated(reason: "Status: Experiment. Introduced in GitLab 17.6.")
      @available(from: "17.6")
    clientMutationId: String
    errors: [String!]!
  }

  input ProjectCiCdSettingsUpdateInput {
    clientMutationId: String
    fullPath: ID!
    groupRunnersEnabled: Boolean
    keepLatestArtifact: Boolean
    "deprecated 16.0; can only be set to false"
    jobTokenScopeEnabled: Boolean
    inboundJobTokenScopeEnabled: Boolean
    pushRepositoryForJobTokenAllowed: Boolean @available(from: "17.2")
    crossProjectPushForJobTokenAllowed: Boolean @available(from: "19.0")
    displayPipelineVariables: Boolean
    pipelineVariablesMinimumOverrideRole: String
    mergePipelinesEnabled: Boolean
    mergeTrainsEnabled: Boolean
    mergeTrainsSkipTrainAllowed: Boolean
    maxPipelinesPerMergeTrain: Int
  }

  type ProjectCiCdSettingsUpdatePayload {
    ciCdSettings: ProjectCiCdSetting!
    clientMutationId: String
    errors: [String!]!
  }

  extend type Mutation {
    ciJobTokenScopeAutopopulateAllowlist(
      input: CiJobTokenScopeAutopopulateAllowlistInput!
    ): CiJobTokenScopeAutopopulateAllowlistPayload
      @deprecated(reason: "Status: Experiment. Introduced in GitLab 17.9.")
      @available(from: "17.9", until: "18.7")
    ciJobTokenScopeClearAllowlistAutopopulations(
      input: CiJobTokenScopeClearAllowlistAutopopulationsInput!
    ): CiJobTokenScopeClearAllowlistAutopopulationsPayload
      @deprecated(reason: "Status: Experiment. Introduced in GitLab 17.9.")
      @available(from: "17.9", until: "18.7")
  }

  input CiJobTokenScopeAutopopulateAllowlistInput @available(from: "17.9", until: "18.7") {
    clientMutationId: String
    projectPath: ID!
  }

  type CiJobTokenScopeAutopopulateAllowlistPayload @available(from: "17.9", until: "18.7") {
    clientMutationId: String
    errors: [String!]!
    "complete or error"
    status: String!
  }

  input CiJobTokenScopeClearAllowlistAutopopulationsInput @available(from: "17.9", until: "18.7") {
    clientMutationId: String
    projectPath: ID!
  }

  type CiJobTokenScopeClearAllowlistAutopopulationsPayload @available(from: "17.9", until: "18.7") {
    clientMutationId: String
    errors: [String!]!
    "complete or error"
    status: String!
  }
`;
