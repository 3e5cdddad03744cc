import { afterEach, expect, it } from 'vitest';
import { connect, startStub, type Stub } from './stub.ts';

let stub: Stub;
afterEach(() => stub.close());

// Fails where pages are compared by what is read of them: of a note that is its text.
it('reads on where two pages of notes say the same', async () => {
  stub = await startStub(({ path }) => {
    const { pathname, searchParams } = new URL(path, 'http://x');
    const page = Number(searchParams.get('page') ?? 1);
    const link = page < 3 ? { link: `<http://x${pathname}?per_page=100&page=${page + 1}>; rel="next"` } : {};
    return { body: [{ id: page, body: page < 3 ? '+1' : 'wanted' }], headers: link };
  });
  const { forge } = connect(stub.url);
  expect(await forge.hasNote('acme/ledger', { iid: 1, url: null }, 'wanted')).toBe(true);
});
