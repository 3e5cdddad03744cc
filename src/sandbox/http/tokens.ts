import { randomBytes } from 'node:crypto';
import type { EpochMs, User } from '../world/world.ts';

/** The scopes of personal access tokens that the stand-in tells apart. */
export const TOKEN_SCOPES = ['api', 'read_api', 'read_user'] as const;
export type TokenScope = (typeof TOKEN_SCOPES)[number];

/** A personal access token. `revokedAt` and `expiresAt` are in simulated time. */
export interface AccessToken {
  readonly id: number;
  readonly name: string;
  readonly secret: string;
  readonly userId: number;
  readonly scopes: readonly TokenScope[];
  readonly createdAt: EpochMs;
  readonly expiresAt: EpochMs | null;
}

/** What a token is made from. */
export interface NewToken {
  readonly user: User;
  readonly name: string;
  readonly scopes: readonly TokenScope[];
  readonly createdAt: EpochMs;
  readonly expiresAt?: EpochMs | null;
  /** Default: a random one in GitLab's form. */
  readonly secret?: string;
}

/** The tokens of one run. Secrets are random at each start, so that none can be guessed or left lying about. */
export class TokenRegistry {
  readonly #bySecret = new Map<string, AccessToken>();
  readonly #lastUsed = new Map<number, EpochMs>();
  readonly #expired = new Set<number>();

  issue(wanted: NewToken): AccessToken {
    const token: AccessToken = {
      id: this.#bySecret.size + 1,
      name: wanted.name,
      secret: wanted.secret ?? `glpat-${randomBytes(15).toString('base64url')}`,
      userId: wanted.user.id,
      scopes: wanted.scopes,
      createdAt: wanted.createdAt,
      expiresAt: wanted.expiresAt ?? null,
    };
    this.#bySecret.set(token.secret, token);
    return token;
  }

  find(secret: string): AccessToken | null {
    return this.#bySecret.get(secret) ?? null;
  }

  /** The token of this kind that the user got at start. */
  ofUser(userId: number, scope: TokenScope): AccessToken | null {
    for (const token of this.#bySecret.values()) {
      if (token.userId === userId && token.scopes.includes(scope)) return token;
    }
    return null;
  }

  all(): IterableIterator<AccessToken> {
    return this.#bySecret.values();
  }

  /** Ends a token half-way, whatever its date says. */
  expire(token: AccessToken): void {
    this.#expired.add(token.id);
  }

  isExpired(token: AccessToken, now: EpochMs): boolean {
    return this.#expired.has(token.id) || (token.expiresAt !== null && token.expiresAt <= now);
  }

  touch(token: AccessToken, now: EpochMs): void {
    this.#lastUsed.set(token.id, now);
  }

  lastUsed(token: AccessToken): EpochMs | null {
    return this.#lastUsed.get(token.id) ?? null;
  }
}
