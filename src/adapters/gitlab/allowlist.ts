import type { AllowlistState, EntryPermissions, EntryTarget, ProjectRef } from '../../domain/project.ts';
import { targetKey } from '../../domain/project.ts';
import type { ProjectId } from '../../domain/values.ts';
import type { SeededProof } from '../../domain/plan/reconcile.ts';
import type { Clock, Permit } from '../../engine/ports.ts';
import type { Features } from './capabilities.ts';
import type { GitlabClient } from './http/client.ts';
import { pathsDocument } from './graphql/documents.ts';
import { HttpFailure, isFailure, isForgeError, forgeError } from './http/errors.ts';
import type { Document, GraphqlClient } from './graphql/graphql.ts';
import type { InstanceEnforcement } from './identity.ts';
import type { Inventory } from './inventory/inventory.ts';
import { ADD_FINE_GRAINED, SET_ENFORCEMENT, UPDATE_POLICIES } from './graphql/mutations.ts';
import { restById } from './http/rest-lists.ts';
import { projectGid, RestGroup, RestProject } from './graphql/schema.ts';

/** What reading one allowlist takes. */
export interface AllowlistDeps {
  readonly client: GitlabClient;
  readonly graphql: GraphqlClient;
  readonly enforcement: InstanceEnforcement;
  readonly clock: Clock;
  readonly features: Features;
  readonly inventory: Inventory;
}

/** Wordings of "that entry is there already": `This project is already in the job token allowlist.` and older ones. */
const ALREADY_THERE = /already in the job token/i;
const NOT_THERE = /is not in the job token/i;

/**
 * Reads and changes one callee's job token scope. Project and group entries with default permissions go by REST, whose ids
 * cannot be confused by a rename; the rest goes by GraphQL with paths looked up by id just before.
 */
export class Allowlist {
  readonly #deps: AllowlistDeps;

  constructor(deps: AllowlistDeps) {
    this.#deps = deps;
  }

  /** Everything of one callee, read now; throws where a part of it cannot be read. */
  async read(callee: ProjectRef): Promise<AllowlistState> {
    const { client, clock, features, inventory, enforcement } = this.#deps;
    const operation = `read the allowlist of ${callee.path}`;
    const [reading] = features.graphql
      ? await inventory.byId([callee.id], { ...features.parts, log: false })
      : await restById(client, clock, [callee.id]);
    if (!reading)
      throw forgeError(new HttpFailure('missing', `project ${callee.id} does not exist any more`), operation);
    const { allowlist, unread } = reading.project;
    if (allowlist === null) throw forgeError(new HttpFailure('refused', unread ?? 'GitLab did not show it'), operation);
    if (allowlist.stored !== false) return allowlist;
    // The inventory may have known the instance setting for a while; here it is what GitLab says now that counts.
    const effective = await enforcement.effective(callee.id);
    return effective === null ? allowlist : { ...allowlist, effective };
  }

  async add(callee: ProjectRef, entry: EntryTarget & EntryPermissions, permit: Permit): Promise<void> {
    const { client } = this.#deps;
    const operation = `add ${entry.kind} ${entry.path} to the allowlist of ${callee.path}`;
    const send = entry.defaultPermissions
      ? () => this.#addDefault(callee.id, entry)
      : await this.#mutation(ADD_FINE_GRAINED, callee, entry, operation, { policies: entry.policies });
    await client.write(operation, permit, () => unlessRefused(ALREADY_THERE, send));
  }

  async remove(callee: ProjectRef, entry: EntryTarget, permit: Permit): Promise<void> {
    const { client } = this.#deps;
    const operation = `remove ${entry.kind} ${entry.path} from the allowlist of ${callee.path}`;
    try {
      await client.write(operation, permit, () =>
        unlessRefused(NOT_THERE, () =>
          entry.kind === 'project'
            ? client.scopes.removeFromInboundAllowList(callee.id, entry.id)
            : client.scopes.removeFromGroupsAllowList(callee.id, entry.id),
        ),
      );
    } catch (error) {
      if (!isForgeError(error, 'FORGE_NOT_FOUND')) throw error;
      // Either side may be what is missing; an entry goes with the project or group it names.
      const { entries } = await this.read(callee);
      if (entries.some((present) => targetKey(present) === targetKey(entry))) throw error;
    }
  }

  async setPermissions(callee: ProjectRef, entry: EntryTarget & EntryPermissions, permit: Permit): Promise<void> {
    const operation = `set the permissions of ${entry.kind} ${entry.path} on the allowlist of ${callee.path}`;
    const send = await this.#mutation(UPDATE_POLICIES, callee, entry, operation, {
      default: entry.defaultPermissions,
      policies: entry.defaultPermissions ? [] : entry.policies,
    });
    await this.#deps.client.write(operation, permit, send);
  }

  async enforce(callee: ProjectRef, proof: SeededProof, permit: Permit): Promise<void> {
    if (proof.callee !== callee.id) throw new Error(`the proof is of project ${proof.callee}, not of ${callee.id}`);
    await this.#switch(callee, true, permit);
  }

  async reopen(callee: ProjectRef, permit: Permit): Promise<void> {
    await this.#switch(callee, false, permit);
  }

  async #switch(callee: ProjectRef, enabled: boolean, permit: Permit): Promise<void> {
    const { client, graphql, features } = this.#deps;
    const operation = `switch the allowlist of ${callee.path} ${enabled ? 'on' : 'off'}`;
    if (!features.settingsMutation) {
      await client.write(operation, permit, () => client.scopes.edit(callee.id, enabled));
      return;
    }
    const project = await this.#projectPath(callee.id, operation);
    await client.write(operation, permit, async () => {
      const { ciCdSettings } = await graphql.mutate(SET_ENFORCEMENT, { project, enabled });
      // GitLab may answer without an error and leave the setting as it was.
      if (ciCdSettings?.inboundJobTokenScopeEnabled === !enabled) {
        throw new HttpFailure('refused', 'GitLab reported no error and left the setting unchanged');
      }
    });
  }

  #addDefault(callee: ProjectId, entry: EntryTarget): Promise<unknown> {
    const { scopes } = this.#deps.client;
    return entry.kind === 'project'
      ? scopes.addToInboundAllowList(callee, entry.id)
      : scopes.addToGroupsAllowList(callee, entry.id);
  }

  /** A mutation on an entry, ready to be sent: it takes paths, which are read by id first. */
  async #mutation(
    document: Document<Record<string, { errors: string[] } | null>>,
    callee: ProjectRef,
    entry: EntryTarget,
    operation: string,
    variables: Readonly<Record<string, unknown>>,
  ): Promise<() => Promise<unknown>> {
    const { graphql, features } = this.#deps;
    if (!features.fineGrainedMutation) {
      throw forgeError(
        new HttpFailure('refused', 'this GitLab has no fine-grained permissions (17.8 and later)'),
        operation,
      );
    }
    const project = await this.#projectPath(callee.id, operation);
    const target =
      entry.kind === 'project'
        ? await this.#projectPath(entry.id, operation)
        : await this.#groupPath(entry.id, operation);
    return () => graphql.mutate(document, { project, target, ...variables });
  }

  async #projectPath(id: number, operation: string): Promise<string> {
    const { client, graphql, features } = this.#deps;
    const path = await client.readOr(null, operation, async () => {
      if (!features.graphql) return RestProject.parse(await client.projects.show(id)).path_with_namespace;
      const { data } = await graphql.query(pathsDocument(features.parts.archivedArgument), {
        ids: [projectGid(id)],
        first: 1,
      });
      return data.projects?.nodes.find((node) => node?.id === id)?.fullPath ?? null;
    });
    if (path !== null) return path;
    throw forgeError(new HttpFailure('missing', `project ${id} does not exist or is hidden from the token`), operation);
  }

  async #groupPath(id: number, operation: string): Promise<string> {
    const { client } = this.#deps;
    const group = await client.readOr(null, operation, async () => RestGroup.parse(await client.groups.show(id)));
    if (group !== null) return group.full_path;
    throw forgeError(new HttpFailure('missing', `group ${id} does not exist or is hidden from the token`), operation);
  }
}

/** A refusal that says that things are already as wanted is a success. */
async function unlessRefused(words: RegExp, send: () => Promise<unknown>): Promise<void> {
  try {
    await send();
  } catch (error) {
    if (!isFailure(error, 'refused') || !words.test(error.message)) throw error;
  }
}
