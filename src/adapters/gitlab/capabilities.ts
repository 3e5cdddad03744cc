import { z } from 'zod';
import type { Capabilities } from '../../engine/ports.ts';
import type { GitlabClient } from './http/client.ts';
import type { Parts, PipelineFields } from './graphql/documents.ts';
import { isFailure } from './http/errors.ts';
import type { FactFields } from './graphql/documents-facts.ts';
import type { Document, GraphqlClient } from './graphql/graphql.ts';
import { RestVersion } from './graphql/schema.ts';

/** The server's features as introspection tells them: what the documents may ask for, beside what the port shows. */
export interface Features extends Capabilities {
  readonly parts: Parts;
  readonly pipelineFields: PipelineFields;
  readonly facts: FactFields;
  /** `projectCiCdSettingsUpdate(inboundJobTokenScopeEnabled:)` exists. */
  readonly settingsMutation: boolean;
  /** `ciJobTokenScopeAddGroupOrProject` takes `defaultPermissions` and policies. */
  readonly fineGrainedMutation: boolean;
}

const Named = z.object({ name: z.string() });
const TypeFields = z.object({ fields: z.array(Named.extend({ args: z.array(Named) })).nullish() }).nullish();
const InputFields = z.object({ inputFields: z.array(Named).nullish() }).nullish();

const EnumValues = z.object({ enumValues: z.array(Named).nullish() }).nullish();

const Introspection = z.object({
  metadata: z.object({ version: z.string(), enterprise: z.boolean().nullish() }).nullish(),
  query: TypeFields,
  project: TypeFields,
  settings: TypeFields,
  entry: TypeFields,
  pipeline: TypeFields,
  mutation: TypeFields,
  policies: EnumValues,
  relations: EnumValues,
  settingsInput: InputFields,
  addInput: InputFields,
});
type Introspection = z.infer<typeof Introspection>;

/**
 * Experiments carry a deprecation in GitLab's schema, and introspection hides deprecated fields unless asked: without
 * `includeDeprecated` neither the log nor the allowlist entries would be found.
 */
const FEATURES: Document<Introspection> = {
  text: `query Features {
  metadata { version enterprise }
  query: __type(name: "Query") { ...members }
  project: __type(name: "Project") { ...members }
  settings: __type(name: "ProjectCiCdSetting") { ...members }
  entry: __type(name: "CiJobTokenScopeAllowlistEntry") { ...members }
  pipeline: __type(name: "Pipeline") { ...members }
  mutation: __type(name: "Mutation") { ...members }
  policies: __type(name: "CiJobTokenScopePolicies") { enumValues(includeDeprecated: true) { name } }
  relations: __type(name: "ProjectMemberRelation") { enumValues(includeDeprecated: true) { name } }
  settingsInput: __type(name: "ProjectCiCdSettingsUpdateInput") { inputFields { name } }
  addInput: __type(name: "CiJobTokenScopeAddGroupOrProjectInput") { inputFields { name } }
}
fragment members on __Type { fields(includeDeprecated: true) { name args { name } } }`,
  data: Introspection,
};

const NO_GRAPHQL = {
  graphql: false,
  authLog: false,
  entryPermissions: false,
  policies: [],
  pipelineWarnings: false,
  parts: { entries: false, log: false, entryDefaults: false, archivedArgument: false, crossPush: false },
  pipelineFields: { totalJobs: false, failedJobsCount: false, warnings: false, retriedJobs: false },
  facts: { packages: false, terraformStates: false, members: null },
  settingsMutation: false,
  fineGrainedMutation: false,
} as const;

/** Asks what this GitLab can do; one request, or two where GraphQL does not answer. */
export async function readFeatures(client: GitlabClient, graphql: GraphqlClient): Promise<Features> {
  const answer = await client.read("read the server's GraphQL schema", async () => {
    try {
      return (await graphql.query(FEATURES, {})).data;
    } catch (error) {
      // Switched off or hidden by a proxy: then REST has to do.
      if (isFailure(error, 'missing', 'refused')) return null;
      throw error;
    }
  });
  if (answer === null) return { ...NO_GRAPHQL, ...(await readVersion(client)) };
  const { version, enterprise } = answer.metadata ?? (await readVersion(client));
  return { version, enterprise: enterprise ?? null, ...fromSchema(answer) };
}

function fromSchema(schema: Introspection): Omit<Features, 'version' | 'enterprise'> {
  const has = (type: z.infer<typeof TypeFields>, field: string): boolean =>
    type?.fields?.some(({ name }) => name === field) ?? false;
  const takes = (input: z.infer<typeof InputFields>, field: string): boolean =>
    input?.inputFields?.some(({ name }) => name === field) ?? false;
  const log = has(schema.project, 'ciJobTokenAuthLogs');
  const entries = has(schema.project, 'ciJobTokenScopeAllowlist');
  const projectsArguments = schema.query?.fields?.find(({ name }) => name === 'projects')?.args ?? [];
  const pipelineFields = {
    totalJobs: has(schema.pipeline, 'totalJobs'),
    failedJobsCount: has(schema.pipeline, 'failedJobsCount'),
    warnings: has(schema.pipeline, 'warnings'),
    retriedJobs: ['retried', 'statuses'].every((wanted) =>
      schema.pipeline?.fields?.some(({ name, args }) => name === 'jobs' && args.some((arg) => arg.name === wanted)),
    ),
  };
  const fineGrainedMutation =
    has(schema.mutation, 'ciJobTokenScopeAddGroupOrProject') && takes(schema.addInput, 'defaultPermissions');
  const policies = (schema.policies?.enumValues ?? []).map(({ name }) => name).sort();
  return {
    graphql: true,
    authLog: log,
    entryPermissions: entries,
    // The enum came three releases before entries could be told to have nothing but policies.
    policies: fineGrainedMutation ? policies : [],
    pipelineWarnings: pipelineFields.warnings || pipelineFields.failedJobsCount,
    parts: {
      entryDefaults: has(schema.entry, 'defaultPermissions'),
      ...{ entries, log, archivedArgument: projectsArguments.some(({ name }) => name === 'archived') },
      crossPush: has(schema.settings, 'crossProjectPushForJobTokenAllowed'),
    },
    pipelineFields,
    facts: factFields(schema),
    settingsMutation:
      has(schema.mutation, 'projectCiCdSettingsUpdate') && takes(schema.settingsInput, 'inboundJobTokenScopeEnabled'),
    fineGrainedMutation,
  };
}

/** However somebody came by a role: of the project, of a group above it, or of one that either was shared with. */
const RELATIONS: ReadonlySet<string> = new Set(['DIRECT', 'INHERITED', 'INVITED_GROUPS', 'SHARED_INTO_ANCESTORS']);

function factFields({ project, relations }: Introspection): FactFields {
  const field = (name: string) => project?.fields?.find((one) => one.name === name);
  const members = field('projectMembers');
  const takes = (argument: string): boolean => members?.args.some(({ name }) => name === argument) ?? false;
  const known = takes('relations') ? (relations?.enumValues ?? []).map(({ name }) => name) : [];
  return {
    packages: field('packages') !== undefined,
    terraformStates: field('terraformStates') !== undefined,
    members:
      members === undefined
        ? null
        : { relations: known.filter((name) => RELATIONS.has(name)), byRole: takes('accessLevels') },
  };
}

async function readVersion(client: GitlabClient): Promise<{ version: string; enterprise: boolean | null }> {
  const metadata = await client.readOr(null, 'read the version of GitLab', async () =>
    RestVersion.parse(await client.metadata.show()),
  );
  // `/metadata` came with 15.2; `/version` is older than this tool's oldest server.
  const { version, enterprise } =
    metadata ??
    (await client.read('read the version of GitLab', async () =>
      RestVersion.parse((await client.transport.json('GET', 'api/v4/version')).body),
    ));
  return { version, enterprise: enterprise ?? null };
}

/** The features as the port shows them. */
export function toCapabilities(features: Features): Capabilities {
  const { version, enterprise, graphql, authLog, entryPermissions, policies, pipelineWarnings } = features;
  return { version, enterprise, graphql, authLog, entryPermissions, policies, pipelineWarnings };
}
