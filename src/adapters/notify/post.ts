import { RolloutError } from '../../domain/errors.ts';

const TIMEOUT_MS = 5_000;
/** Longest message; most takers cut or refuse longer ones. */
const MAX_TEXT = 3_000;

/** Tells a chat or another program by webhook. */
export interface Poster {
  /** Sends in the background; what cannot be delivered is told to `complain` and never stops the work. */
  post(text: string): void;
  /** Waits for what is on its way. */
  flush(): Promise<void>;
}

/**
 * Checks the address that alerts are posted to. It may hold a secret, so no message quotes it.
 *
 * @throws RolloutError `USAGE`
 */
export function noticeUrl(text: string): URL {
  const hint = 'Set it to an https address, or to a plain http one on this machine.';
  if (!URL.canParse(text)) throw new RolloutError('USAGE', 'TIDEGATE_NOTIFY_URL is no address', hint);
  const url = new URL(text);
  const loopback = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && loopback)) return url;
  throw new RolloutError('USAGE', `TIDEGATE_NOTIFY_URL (on ${url.hostname}) would send notices unencrypted`, hint);
}

/** Posts `{"text"}`, which Slack, Mattermost, Rocket.Chat and Teams' own gateways understand. */
export function createPoster(url: URL, complain: (text: string) => void, send: typeof fetch = fetch): Poster {
  let queue = Promise.resolve();
  const waiting: string[] = [];
  const deliver = async (): Promise<void> => {
    const text = waiting.splice(0).join('\n').slice(0, MAX_TEXT);
    if (text === '') return;
    try {
      const response = await send(url.href, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ text }),
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      await response.body?.cancel();
      if (!response.ok) complain(`A notice was not taken by ${url.hostname}: ${response.status}.`);
    } catch (error) {
      const why =
        error instanceof Error && error.name === 'TimeoutError' ? 'no answer in time' : 'it cannot be reached';
      complain(`A notice could not be sent to ${url.hostname}: ${why}.`);
    }
  };
  return {
    // In order, and what gathers while one is on its way goes together: a storm of denials is one message, not a thousand.
    post: (text) => {
      waiting.push(text);
      queue = queue.then(deliver);
    },
    flush: () => queue,
  };
}
