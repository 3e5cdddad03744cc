import { describe, expect, it } from 'vitest';
import { createPoster, noticeUrl } from '../../../src/adapters/notify/post.ts';

describe('the address of notices', () => {
  it.each(['https://hooks.example.com/services/T0/B0/secret', 'http://127.0.0.1:9/x', 'http://localhost/x'])(
    'takes %s',
    (address) => expect(noticeUrl(address).href).toBe(address),
  );

  it.each(['http://chat.example.com/hooks/secret', 'ftp://localhost/x', 'secret words'])(
    'refuses %s without quoting it',
    (address) => {
      expect(() => noticeUrl(address)).toThrow(/TIDEGATE_NOTIFY_URL/);
      expect(() => noticeUrl(address)).not.toThrow(/secret/);
    },
  );
});

describe('notices', () => {
  const url = new URL('https://chat.example.com/hooks/secret');

  it('go out in order, those that gather together, and none is lost', async () => {
    const bodies: string[] = [];
    const poster = createPoster(
      url,
      () => undefined,
      async (_, init) => {
        await new Promise((done) => setTimeout(done, 5));
        bodies.push((JSON.parse(init?.body as string) as { text: string }).text);
        return new Response('ok');
      },
    );
    for (const text of ['one', 'two', 'three']) poster.post(text);
    await poster.flush();
    expect(bodies.join('\n').split('\n')).toEqual(['one', 'two', 'three']);
    expect(bodies.length).toBeLessThan(3);
  });

  it.each<[string, typeof fetch]>([
    ['is refused', () => Promise.resolve(new Response('no', { status: 403 }))],
    ['cannot be reached', () => Promise.reject(new TypeError('fetch failed: https://chat.example.com/hooks/secret'))],
  ])('that %s stops nothing, and the complaint keeps the address', async (_, send) => {
    const complaints: string[] = [];
    const poster = createPoster(url, (text) => complaints.push(text), send);
    poster.post('one');
    await poster.flush();
    expect(complaints).toHaveLength(1);
    expect(complaints[0]).toContain('chat.example.com');
    expect(complaints[0]).not.toContain('secret');
  });
});
