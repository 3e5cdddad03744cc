import { resolve } from 'node:path';
import { RolloutError } from '../../domain/errors.ts';
import { printable } from '../../domain/redact.ts';
import type { Clock, Forge } from '../../engine/ports.ts';
import type { CliContext, GlobalOptions } from '../context.ts';
import { readBounded, whyUnreadable } from '../arguments/bounded-file.ts';

const usage = (message: string, hint: string): RolloutError => new RolloutError('USAGE', message, hint);

/**
 * The address of GitLab: the option, then the environment, then what the rollout was created with.
 *
 * @throws RolloutError `USAGE`
 */
export function gitlabUrlOf(context: CliContext, globals: GlobalOptions, known: string | null): string {
  const text = globals.gitlab ?? context.env['TIDEGATE_GITLAB_URL'] ?? known ?? context.env['CI_SERVER_URL'];
  if (text === undefined || text.trim() === '') {
    throw usage('no address of a GitLab is given', 'Pass --gitlab URL or set TIDEGATE_GITLAB_URL.');
  }
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw usage(`"${printable(text)}" is no address of a GitLab`, 'Write it as https://gitlab.example.com');
  }
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') {
    throw usage(
      'the GitLab address holds a user or password',
      'Put the token into TIDEGATE_TOKEN or --token-file instead.',
    );
  }
  const base = `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
  const api = /\/api(\/v4|\/graphql)?$/.exec(base);
  if (api === null) return base;
  throw usage(`${base} is the address of GitLab's API`, `Leave out ${api[0]}: ${base.slice(0, api.index)}`);
}

/**
 * The access token, from a file or the environment, never from an argument.
 *
 * @throws RolloutError `TOKEN_MISSING`
 */
export function readToken(context: CliContext, globals: GlobalOptions): string {
  const { text, from } = tokenText(context, globals);
  const token = text.trim();
  // Anything else would end up in a header and fail there with a message that quotes it.
  if (/^[\x21-\x7e]{1,1000}$/.test(token)) return token;
  const what = token === '' ? 'is empty' : 'holds more than one word or line of plain characters';
  throw new RolloutError(
    'TOKEN_MISSING',
    `the access token in ${from} ${what}`,
    'Put the token there, and nothing else.',
  );
}

/** In bytes; a token has some dozens. */
const LARGEST_TOKEN = 65_536;

function tokenText(context: CliContext, globals: GlobalOptions): { readonly text: string; readonly from: string } {
  if (globals.tokenFile !== undefined) {
    const file = resolve(context.cwd, globals.tokenFile);
    try {
      return { text: readBounded(file, LARGEST_TOKEN).toString(), from: file };
    } catch (error) {
      throw new RolloutError(
        'TOKEN_MISSING',
        `the token file ${file} cannot be read (${whyUnreadable(error)})`,
        'Check the path of --token-file and its permissions.',
      );
    }
  }
  for (const name of ['TIDEGATE_TOKEN', 'GITLAB_TOKEN']) {
    const text = context.env[name];
    if (text !== undefined) return { text, from: name };
  }
  throw new RolloutError(
    'TOKEN_MISSING',
    'there is no access token',
    'Set TIDEGATE_TOKEN, or name a file with --token-file: a token with the scope `api` of a Maintainer of the projects in scope.',
  );
}

/** A GitLab to speak to. */
export interface Connection {
  readonly forge: Forge;
  readonly clock: Clock;
  readonly url: string;
  readonly token: string;
}

/** Options of commands that speak to GitLab; `maxRpm`: requests per minute at most. */
export interface ConnectionFlags {
  readonly maxRpm?: number;
}

/** Connects to GitLab; nothing is sent yet. */
export async function connect(
  context: CliContext,
  globals: GlobalOptions & ConnectionFlags,
  known: string | null,
): Promise<Connection> {
  const url = gitlabUrlOf(context, globals, known);
  const token = readToken(context, globals);
  const { createForge } = await import('../../adapters/gitlab/index.ts');
  const { forge, clock } = createForge({
    url,
    token: () => token,
    maxRpm: globals.maxRpm ?? null,
    concurrency: 4,
    notify: (text) => context.out.detail(text),
    signal: context.signal,
    ...(await proxyOf(context)),
  });
  return { forge: introduced(forge, url), clock, url, token };
}

/** Loaded only where the environment names a proxy: most commands start without. */
export async function proxyOf({ env }: Pick<CliContext, 'env'>): Promise<{ readonly fetch?: typeof fetch }> {
  if (!['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'].some((name) => env[name]?.trim())) return {};
  const { proxiedFetch } = await import('../../adapters/gitlab/http/proxy.ts');
  return { fetch: proxiedFetch(env) };
}

/**
 * Every command asks GitLab for its features first, so a wrong address or token shows there. The failure then names the
 * address, and a page that is not there means the wrong address rather than a deleted project.
 */
function introduced(forge: Forge, url: string): Forge {
  return {
    ...forge,
    capabilities: async () => {
      try {
        return await forge.capabilities();
      } catch (error) {
        if (!(error instanceof RolloutError) || error.code === 'INTERRUPTED') throw error;
        const why = error.message.replace(/^Could not [^:]*: /, '');
        const hint =
          error.code === 'FORGE_NOT_FOUND' ? 'Check that --gitlab names a GitLab, without a page of it.' : error.hint;
        throw new RolloutError(error.code, `${url} cannot be used: ${why}`, hint, { cause: error });
      }
    },
  };
}
