/** Pipelines. */
export const PIPELINES_SDL = /* GraphQL */ `
  interface PipelineInterface {
    id: ID
  }

  type Pipeline implements PipelineInterface {
    active: Boolean!
    child: Boolean!
    complete: Boolean!
    createdAt: Time!
    downstream(after: String, before: String, first: Int, last: Int): PipelineConnection
    duration: Int
    failedJobsCount: Int!
    failureReason: String
    finishedAt: Time
    id: ID!
    iid: String!
    jobs(
      jobKind: CiJobKind
      retried: Boolean
      statuses: [CiJobStatus!]
      whenExecuted: [String!]
      after: String
      before: String
      first: Int
      last: Int
    ): CiJobConnection
    latest: Boolean!
    name: String
    path: String
    project: Project
    ref: String
    refPath: String
    sha(format: ShaFormat): String
    source: String
    sourceJob: CiJob
    startedAt: Time
    status: PipelineStatusEnum!
    totalJobs: Int!
    trigger: Boolean!
    updatedAt: Time!
    upstream: Pipeline
    user: UserCore
    warnings: Boolean!
    yamlErrorMessages: String
    yamlErrors: Boolean!
  }

  type PipelineConnection {
    count(limit: Int): Int!
    edges: [PipelineEdge]
    nodes: [Pipeline]
    pageInfo: PageInfo!
  }

  type PipelineEdge {
    cursor: String!
    node: Pipeline
  }

  enum PipelineStatusEnum {
    CREATED
    WAITING_FOR_RESOURCE
    PREPARING
    WAITING_FOR_CALLBACK
    PENDING
    RUNNING
    FAILED
    SUCCESS
    CANCELING
    CANCELED
    SKIPPED
    MANUAL
    SCHEDULED
  }

  enum PipelineScopeEnum {
    RUNNING
    PENDING
    FINISHED
    BRANCHES
    TAGS
  }

  enum RefType {
    HEADS
    TAGS
  }

  enum ShaFormat {
    SHORT
    LONG
  }
`;
