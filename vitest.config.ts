import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Most of the time goes by in processes that tests start and wait for: one file per core keeps them all busy.
    maxWorkers: '100%',
    // A loop over nothing proves nothing.
    expect: { requireAssertions: true },
    reporters: ['default'],
  },
});
