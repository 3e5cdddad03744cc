import { z } from 'zod';
import type { Document } from './graphql.ts';

const Payload = z.object({ errors: z.array(z.string()) });
type Payload = z.infer<typeof Payload>;

const mutation = (name: string, variables: string, input: string): Document<Record<string, Payload | null>> => ({
  text: `mutation ${name}(${variables}) { ${name}(input: { ${input} }) { errors } }`,
  data: z.record(z.string(), Payload.nullable()),
});

/** Adds an entry with fine-grained permissions; entries with default permissions go by REST, which takes ids. */
export const ADD_FINE_GRAINED = mutation(
  'ciJobTokenScopeAddGroupOrProject',
  '$project: ID!, $target: ID!, $policies: [CiJobTokenScopePolicies!]!',
  'projectPath: $project, targetPath: $target, defaultPermissions: false, jobTokenPolicies: $policies',
);

/** Changes what one entry grants. */
export const UPDATE_POLICIES = mutation(
  'ciJobTokenScopeUpdatePolicies',
  '$project: ID!, $target: ID!, $default: Boolean!, $policies: [CiJobTokenScopePolicies!]!',
  'projectPath: $project, targetPath: $target, defaultPermissions: $default, jobTokenPolicies: $policies',
);

const SettingsPayload = z.object({
  errors: z.array(z.string()),
  ciCdSettings: z.object({ inboundJobTokenScopeEnabled: z.boolean().nullish() }).nullish(),
});

/** Switches a project's allowlist. GitLab writes its audit event in this mutation (FACTS k), so it goes before REST. */
export const SET_ENFORCEMENT: Document<Record<string, z.infer<typeof SettingsPayload> | null>> = {
  text: `mutation projectCiCdSettingsUpdate($project: ID!, $enabled: Boolean!) {
  projectCiCdSettingsUpdate(input: { fullPath: $project, inboundJobTokenScopeEnabled: $enabled }) {
    errors
    ciCdSettings { inboundJobTokenScopeEnabled }
  }
}`,
  data: z.record(z.string(), SettingsPayload.nullable()),
};
