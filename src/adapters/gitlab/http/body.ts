import { HttpFailure } from './errors.ts';

/** An inventory page of a hundred projects with full logs is some 2 MB; far above that it is no answer of GitLab's API. */
const MAX_JSON_BYTES = 32 * 1024 * 1024;
const MAX_WORDS = 300;

/** Reads a body as text up to the bound; the transport's deadline covers the reading too. */
export async function readText(response: Response): Promise<string> {
  if (response.body === null) return '';
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > MAX_JSON_BYTES) throw new HttpFailure('unreadable', 'the answer is larger than 32 MB');
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** Parses a successful answer; null for an empty one. */
export function parseJson(text: string, contentType: string | null, status: number): unknown {
  if (text.trim() === '') return null;
  if (!/[/+]json\b/i.test(contentType ?? '')) {
    const what = /^\s*</.test(text) ? 'an HTML page' : (contentType ?? 'an untyped body');
    throw new HttpFailure('unreadable', `answered with ${what} where JSON was expected`, { status });
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new HttpFailure('unreadable', 'answered with JSON that is cut off or broken', { status });
  }
}

/**
 * GitLab's own words in a refusal: `message` or `error` of the body, `{"message": …}` or `{"errors": [{"message": …}]}`; of a
 * body that is not JSON its first line, and nothing of an HTML page. Bounded, without control characters.
 */
export function wordsOf(text: string, status: number): string {
  const fallback = STATUS_WORDS[status] ?? `status ${status}`;
  if (/^\s*</.test(text)) return fallback;
  try {
    return tidy(messageOf(JSON.parse(text) as unknown)) || fallback;
  } catch {
    return tidy(text.split('\n')[0] ?? '') || fallback;
  }
}

const STATUS_WORDS: Readonly<Record<number, string>> = {
  429: 'too many requests',
  500: 'internal server error',
  502: 'bad gateway',
  503: 'service unavailable',
  504: 'gateway timeout',
};

function messageOf(body: unknown): string {
  if (typeof body === 'string') return body;
  if (body === null || typeof body !== 'object') return '';
  const { message, error, errors } = body as { message?: unknown; error?: unknown; errors?: unknown };
  const said = message ?? error;
  if (said !== undefined) return typeof said === 'string' ? said : JSON.stringify(said);
  return Array.isArray(errors) ? errors.map(messageOf).join('; ') : '';
}

function tidy(text: string): string {
  // eslint-disable-next-line no-control-regex -- what GitLab echoes may hold terminal escapes
  const plain = text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
  return plain.length > MAX_WORDS ? `${plain.slice(0, MAX_WORDS)}…` : plain;
}
