import type { Identity, Permit } from '../../engine/ports.ts';
import type { GitlabClient } from './http/client.ts';
import { isForgeError } from './http/errors.ts';
import { RestScope, RestSettings, RestToken, RestUser } from './graphql/schema.ts';

/** Who the token is. Project and group tokens belong to bot users. */
export async function readIdentity(client: GitlabClient): Promise<Omit<Identity, 'instanceEnforced'>> {
  const user = await client.read('read the user of the token', async () =>
    RestUser.parse(await client.users.showCurrentUser()),
  );
  const token = await readToken(client);
  return {
    userId: user.id,
    username: user.username,
    // The field is there for administrators alone.
    admin: user.is_admin ?? false,
    bot: user.bot ?? /^(?:project|group)_\d+_bot/.test(user.username),
    scopes: token?.scopes ?? null,
    tokenExpiresAt: token?.expires_at ?? null,
  };
}

/** Null for an OAuth token, of which this route knows nothing. */
async function readToken(client: GitlabClient): Promise<RestToken | null> {
  try {
    return await client.readOr(null, "read the token's scopes", async () =>
      RestToken.parse(await client.tokens.show({ tokenId: 'self' })),
    );
  } catch (error) {
    if (isForgeError(error, 'FORGE_REFUSED')) return null;
    throw error;
  }
}

type RestToken = ReturnType<typeof RestToken.parse>;

/** Requests per minute that an instance allows each user; null where it has no such limit. */
function limitIn(settings: RestSettings): number | null {
  const requests = settings.throttle_authenticated_api_requests_per_period;
  const seconds = settings.throttle_authenticated_api_period_in_seconds;
  if (settings.throttle_authenticated_api_enabled !== true || !requests || !seconds) return null;
  return (requests * 60) / seconds;
}

/**
 * Whether the instance enforces allowlists everywhere. Administrators read the setting; for everybody else one project whose
 * own setting is off tells it, because REST answers with the effective value and GraphQL with the stored one (FACTS b).
 */
export class InstanceEnforcement {
  readonly #client: GitlabClient;
  #known: boolean | null = null;
  #settingReadable = true;

  constructor(client: GitlabClient) {
    this.#client = client;
  }

  /** The setting, read now; null where the token may not read it. */
  async read(): Promise<boolean | null> {
    try {
      const settings = await this.#client.read('read the instance settings', async () =>
        RestSettings.parse(await this.#client.settings.show()),
      );
      this.#client.transport.budget.tell(limitIn(settings) ?? 0);
      // Servers before 17.6 have no such setting and enforce nothing.
      this.#known = settings.enforce_ci_inbound_job_token_scope_enabled ?? false;
      return this.#known;
    } catch (error) {
      if (!isForgeError(error, 'FORGE_REFUSED', 'FORGE_NOT_FOUND')) throw error;
      this.#settingReadable = false;
      return null;
    }
  }

  async write(enforced: boolean, permit: Permit): Promise<void> {
    this.forget();
    const operation = `switch enforcement for the instance ${enforced ? 'on' : 'off'}`;
    await this.#client.write(operation, permit, () =>
      this.#client.settings.edit({ enforceCiInboundJobTokenScopeEnabled: enforced }),
    );
  }

  /** Somebody may have changed it: find out again. */
  forget(): void {
    this.#known = null;
  }

  /**
   * The setting, or what the first of these projects that can be read tells of it.
   *
   * @param storedOff - ids of projects whose own setting is off
   * @returns null where neither could be read
   */
  async known(storedOff: readonly number[]): Promise<boolean | null> {
    if (this.#known !== null) return this.#known;
    if (this.#settingReadable && (await this.read()) !== null) return this.#known;
    for (const id of storedOff.slice(0, 3)) {
      this.#known = await this.effective(id);
      if (this.#known !== null) return this.#known;
    }
    return null;
  }

  /** What GitLab acts on for one project; null where the token may not read it. */
  async effective(project: number): Promise<boolean | null> {
    try {
      return await this.#client.read(`read the job token scope of project ${project}`, async () => {
        return RestScope.parse(await this.#client.scopes.show(project)).inbound_enabled;
      });
    } catch (error) {
      if (isForgeError(error, 'FORGE_REFUSED', 'FORGE_NOT_FOUND')) return null;
      throw error;
    }
  }
}
