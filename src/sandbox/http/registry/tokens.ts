import { createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import type { EpochMs } from '../../world/world.ts';

/** What a registry token lets its holder do with one repository of images. */
export interface RegistryAccess {
  readonly type: 'repository';
  readonly name: string;
  readonly actions: readonly string[];
}

/** `container_registry_token_expire_delay`, five minutes unless an administrator changes it. */
const LIFETIME_S = 300;
const SERVICE = 'container_registry';

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/**
 * The tokens between GitLab's token service and its registry. GitLab signs them with a key pair; the stand-in is both sides, so
 * a secret of its own will do. To clients they are opaque.
 */
export class RegistryTokens {
  readonly #key = randomBytes(32);

  sign(subject: string, access: readonly RegistryAccess[], now: EpochMs): string {
    const at = Math.floor(now / 1_000);
    const header = encode({ typ: 'JWT', alg: 'HS256' });
    const claims = { access, jti: randomUUID(), aud: SERVICE, iss: 'gitlab-issuer', sub: subject };
    const body = `${header}.${encode({ ...claims, iat: at, nbf: at - 5, exp: at + LIFETIME_S })}`;
    return `${body}.${this.#signature(body).toString('base64url')}`;
  }

  /** What the token allows; null: we did not issue it, or it has expired. */
  verify(token: string, now: EpochMs): readonly RegistryAccess[] | null {
    const end = token.lastIndexOf('.');
    const signature = Buffer.from(token.slice(end + 1), 'base64url');
    const expected = this.#signature(token.slice(0, end));
    if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) return null;
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as {
      access: readonly RegistryAccess[];
      exp: number;
    };
    return claims.exp * 1_000 > now ? claims.access : null;
  }

  #signature(text: string): Buffer {
    return createHmac('sha256', this.#key).update(text).digest();
  }
}
