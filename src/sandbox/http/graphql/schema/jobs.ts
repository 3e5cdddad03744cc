/** Jobs, their logs and their closed sets of words. */
export const JOBS_SDL = /* GraphQL */ `
  interface CiJobInterface {
    active: Boolean
    allowFailure: Boolean
    createdAt: Time
    duration: Int
    erasedAt: Time
    exitCode: Int
    failureMessage: String
    finishedAt: Time
    id: JobID
    kind: CiJobKind
    name: String
    pipeline: PipelineInterface
    project: ProjectInterface
    queuedAt: Time
    queuedDuration: Duration
    refName: String
    refPath: String
    retried: Boolean
    retryable: Boolean
    shortSha: String
    source: String
    stage: CiStage
    startedAt: Time
    status: CiJobStatus
    stuck: Boolean
    tags: [String!]
    trace: CiJobTrace
    triggered: Boolean
    webPath: String
  }

  type CiJob implements CiJobInterface {
    active: Boolean!
    allowFailure: Boolean!
    createdAt: Time!
    "for a bridge"
    downstreamPipeline: Pipeline
    duration: Int
    erasedAt: Time
    exitCode: Int
    "human text for the failure reason; there is no failureReason field on CiJob in the dump"
    failureMessage: String
    finishedAt: Time
    id: JobID
    kind: CiJobKind!
    name: String
    pipeline: PipelineInterface
    project: Project
    queuedAt: Time
    queuedDuration: Duration
    refName: String
    refPath: String
    retried: Boolean
    retryable: Boolean!
    scheduledAt: Time
    schedulingType: String
    shortSha: String!
    source: String
    stage: CiStage
    startedAt: Time
    status: CiJobStatus
    stuck: Boolean!
    tags: [String!]
    trace: CiJobTrace
    triggered: Boolean
    webPath: String
  }

  type CiJobInterfaceConnection {
    "returns limit + 1 when the collection is larger"
    count(limit: Int = 1000): Int!
    edges: [CiJobInterfaceEdge]
    nodes: [CiJobInterface]
    pageInfo: PageInfo!
  }

  type CiJobInterfaceEdge {
    cursor: String!
    node: CiJobInterface
  }

  enum CiRunnerType {
    INSTANCE_TYPE
    GROUP_TYPE
    PROJECT_TYPE
  }

  type CiJobConnection {
    "returns limit + 1 when the collection is larger"
    count(limit: Int = 1000): Int!
    edges: [CiJobEdge]
    nodes: [CiJob]
    pageInfo: PageInfo!
  }

  type CiJobEdge {
    cursor: String!
    node: CiJob
  }

  type CiJobTrace {
    "tail of the log as HTML: at most 100 lines and 16 KB"
    htmlSummary(lastLines: Int = 10): String! @deprecated(reason: "Status: Experiment. Introduced in GitLab 15.11.")
  }

  type CiStage {
    name: String
  }

  enum CiJobKind {
    BUILD
    BRIDGE
  }

  enum CiJobStatus {
    CREATED
    WAITING_FOR_RESOURCE
    PREPARING
    WAITING_FOR_CALLBACK
    PENDING
    RUNNING
    SUCCESS
    FAILED
    CANCELING
    CANCELED
    SKIPPED
    MANUAL
    SCHEDULED
  }

  enum CiJobFailureReason {
    UNKNOWN_FAILURE
    SCRIPT_FAILURE
    API_FAILURE
    STUCK_OR_TIMEOUT_FAILURE
    RUNNER_SYSTEM_FAILURE
    MISSING_DEPENDENCY_FAILURE
    RUNNER_UNSUPPORTED
    STALE_SCHEDULE
    JOB_EXECUTION_TIMEOUT
    ARCHIVED_FAILURE
    UNMET_PREREQUISITES
    SCHEDULER_FAILURE
    DATA_INTEGRITY_FAILURE
    FORWARD_DEPLOYMENT_FAILURE
    USER_BLOCKED
    PROJECT_DELETED
    CI_QUOTA_EXCEEDED
    PIPELINE_LOOP_DETECTED
    NO_MATCHING_RUNNER
    TRACE_SIZE_EXCEEDED
    BUILDS_DISABLED
    ENVIRONMENT_CREATION_FAILURE
    DEPLOYMENT_REJECTED
    FAILED_OUTDATED_DEPLOYMENT_JOB
    JOB_EXECUTION_SERVER_TIMEOUT
    STUCK_PENDING_WITH_MATCHING_RUNNERS
    STUCK_PENDING_NO_MATCHING_RUNNERS
    NO_UPDATES_RUNNING
    NO_UPDATES_CANCELING
    SERVER_TIMEOUT_RUNNING
    SERVER_TIMEOUT_CANCELING
    RUNNER_CONFIGURATION_ERROR
    RUNNER_EXTERNAL_DEPENDENCY_FAILURE
    RUNNER_INTERRUPTED
    PROTECTED_ENVIRONMENT_FAILURE
    INSUFFICIENT_BRIDGE_PERMISSIONS
    DOWNSTREAM_BRIDGE_PROJECT_NOT_FOUND
    INVALID_BRIDGE_TRIGGER
    UPSTREAM_BRIDGE_PROJECT_NOT_FOUND
    INSUFFICIENT_UPSTREAM_PERMISSIONS
    BRIDGE_PIPELINE_IS_CHILD_PIPELINE
    DOWNSTREAM_PIPELINE_CREATION_FAILED
    SECRETS_PROVIDER_NOT_FOUND
    REACHED_MAX_DESCENDANT_PIPELINES_DEPTH
    IP_RESTRICTION_FAILURE
    REACHED_MAX_PIPELINE_HIERARCHY_SIZE
    REACHED_DOWNSTREAM_PIPELINE_TRIGGER_RATE_LIMIT
    DUO_WORKFLOW_NOT_ALLOWED
    JOB_ROUTER_FAILURE
    JOB_TOKEN_EXPIRED @available(from: "19.0")
    ID_TOKEN_BURNED_PROJECT_PATH
    DOWNSTREAM_PROJECT_TRIGGER_RESOLVED_TO_EMPTY
  }

  enum CiJobSource {
    SCAN_EXECUTION_POLICY
    PIPELINE_EXECUTION_POLICY
    SECURITY_SCAN_PROFILES
    UNKNOWN
    PUSH
    WEB
    TRIGGER
    SCHEDULE
    API
    EXTERNAL
    PIPELINE
    CHAT
    WEBIDE
    MERGE_REQUEST_EVENT
    EXTERNAL_PULL_REQUEST_EVENT
    PARENT_PIPELINE
    ONDEMAND_DAST_SCAN
    ONDEMAND_DAST_VALIDATION
    SECURITY_ORCHESTRATION_POLICY
    CONTAINER_REGISTRY_PUSH
    DUO_WORKFLOW
    PIPELINE_EXECUTION_POLICY_SCHEDULE
    DEPENDENCY_MANAGEMENT_SECURITY_UPDATE
  }
`;
