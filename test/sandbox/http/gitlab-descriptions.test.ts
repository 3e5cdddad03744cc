import { existsSync, readFileSync } from 'node:fs';
import {
  buildClientSchema,
  buildSchema,
  getIntrospectionQuery,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isUnionType,
  type GraphQLField,
  type GraphQLSchema,
  type IntrospectionQuery,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openApi } from './openapi.ts';
import { StandIn } from './stand-in.ts';

const SDL = new URL('../../../../shared/gitlab/schema.graphql', import.meta.url);
const LEGACY_SDL = new URL('../../../../shared/gitlab/schema-legacy-autopopulate.graphql', import.meta.url);

/** Fields that documents of GitLab use and the pruned schema left out. */
const PRUNED = [
  ...['Project.packages', 'Project.projectMembers', 'Project.terraformStates', 'Pipeline.warnings'],
  ...['MemberInterface', 'ProjectMember', 'MemberInterfaceConnection', 'MemberInterfaceEdge', 'ProjectMemberRelation'],
  ...['PackageBase', 'PackageBaseConnection', 'PackageBaseEdge', 'PackageTypeEnum'],
  ...['TerraformState', 'TerraformStateConnection', 'TerraformStateEdge', 'UserCore.state', 'UserState'],
];

/** Each line names something of `ours` that GitLab does not have like that. Ours may have less, never other things. */
function differences(ours: GraphQLSchema, gitlab: GraphQLSchema): readonly string[] {
  return Object.values(ours.getTypeMap()).flatMap((type) => {
    if (type.name.startsWith('__')) return [];
    const theirs = gitlab.getType(type.name);
    if (theirs === undefined) return ['Int', 'Float', 'String', 'Boolean', 'ID'].includes(type.name) ? [] : [type.name];
    if (theirs.constructor !== type.constructor) return [`${type.name} is another kind of type`];
    if (isEnumType(type) && isEnumType(theirs))
      return type.getValues().flatMap(({ name }) => (theirs.getValue(name) == null ? [`${type.name}.${name}`] : []));
    if (isUnionType(type) && isUnionType(theirs)) return missing(type.name, type.getTypes(), theirs.getTypes());
    if (isInputObjectType(type) && isInputObjectType(theirs))
      return Object.values(type.getFields()).flatMap((field) =>
        String(theirs.getFields()[field.name]?.type) === String(field.type) ? [] : [`${type.name}.${field.name}`],
      );
    if ((isObjectType(type) || isInterfaceType(type)) && (isObjectType(theirs) || isInterfaceType(theirs)))
      return Object.values(type.getFields()).flatMap((field) =>
        fieldDifferences(`${type.name}.${field.name}`, field, theirs.getFields()[field.name]),
      );
    return [];
  });
}

function missing(where: string, ours: readonly { name: string }[], theirs: readonly { name: string }[]): string[] {
  return ours.filter(({ name }) => !theirs.some((other) => other.name === name)).map(({ name }) => `${where}.${name}`);
}

function fieldDifferences(
  where: string,
  ours: GraphQLField<unknown, unknown>,
  theirs: GraphQLField<unknown, unknown> | undefined,
): readonly string[] {
  if (theirs === undefined) return [where];
  const type = String(ours.type) === String(theirs.type) ? [] : [`${where}: ${String(ours.type)}`];
  const known = new Map(theirs.args.map((argument) => [argument.name, String(argument.type)]));
  return [
    ...type,
    ...ours.args
      .filter(({ name, type: own }) => known.get(name) !== String(own))
      .map(({ name }) => `${where}(${name})`),
  ];
}

async function schemaOf(version: string): Promise<GraphQLSchema> {
  const standIn = await StandIn.start({ gitlabVersion: version });
  const { body } = await standIn.graphql(getIntrospectionQuery({ descriptions: false }));
  await standIn.close();
  return buildClientSchema(body.data as IntrospectionQuery);
}

describe.skipIf(!existsSync(SDL))("GitLab's GraphQL schema", () => {
  it.each(['16.11.0', '17.5.0', '18.5.0', '19.4.0'])('has all that the stand-in of %s has', async (version) => {
    const sdl = `${readFileSync(SDL, 'utf8')}\n${readFileSync(LEGACY_SDL, 'utf8')}`;
    expect([...differences(await schemaOf(version), buildSchema(sdl))].sort()).toEqual([...PRUNED].sort());
  });

  it('is told from one that differs', () => {
    const gitlab = buildSchema('type Query { a(b: Int): String c: ID! } enum E { ONE }');
    const ours = buildSchema('type Query { a(b: String, d: Int): String c: ID e: Int } enum E { ONE TWO }');
    expect(differences(ours, gitlab)).toEqual(['Query.a(b)', 'Query.a(d)', 'Query.c: ID', 'Query.e', 'E.TWO']);
  });
});

describe.skipIf(openApi === null)("GitLab's REST description", () => {
  let gitlab: StandIn;
  beforeAll(async () => {
    gitlab = await StandIn.start();
    await gitlab.rest('PATCH', '/projects/101/job_token_scope', { json: { enabled: true } });
    await gitlab.call('POST', '/-/sandbox/clock', { json: { advance: '1d' } });
  });
  afterAll(() => gitlab.close());

  // StandIn.rest checks each answer; the statuses show that the routes were reached.
  it.each([
    ['GET', '/projects', 200],
    ['GET', '/projects?simple=true', 200],
    ['GET', '/groups/acme/projects?include_subgroups=true', 200],
    ['GET', '/projects/101', 200],
    ['GET', '/projects/9', 404],
    ['GET', '/projects/101/members/all/2', 200],
    ['GET', '/projects/101/members/all/99', 404],
    ['GET', '/projects/103/jobs?scope[]=failed', 200],
    ['GET', '/projects/103/pipelines', 200],
    ['GET', '/projects/101/job_token_scope', 200],
    ['GET', '/projects/101/job_token_scope/allowlist', 200],
    ['GET', '/projects/101/job_token_scope/groups_allowlist', 200],
    ['GET', '/application/settings', 200],
    ['PUT', '/application/settings', 400],
    ['GET', '/version', 200],
    ['GET', '/metadata', 200],
    ['GET', '/user', 200],
    ['GET', '/personal_access_tokens/self', 200],
  ] as const)('covers %s %s', async (method, path, status) => {
    expect((await gitlab.rest(method, path)).status).toBe(status);
  });

  it('covers the answer to a change', async () => {
    const answer = await gitlab.rest('PUT', '/projects/101', {
      json: { ci_push_repository_for_job_token_allowed: true },
    });
    expect(answer.body).toMatchObject({ ci_push_repository_for_job_token_allowed: true });
  });

  it('notices a wrong answer', () => {
    const answer = { method: 'GET', path: '/version', status: 200, type: 'application/json' };
    expect(openApi?.check({ ...answer, text: '{"version":18}' })).toHaveLength(2);
    expect(openApi?.check({ ...answer, status: 302, text: '{}' })).toEqual(['status 302 is not declared']);
    expect(openApi?.check({ ...answer, text: '{"version":"18.5.0","revision":"a"}' })).toEqual([]);
  });
});
