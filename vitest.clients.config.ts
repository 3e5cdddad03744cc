import { defineConfig } from 'vitest/config';

/** Clients nobody here wrote: `npm run test:clients`, after `test/clients/install.sh`. */
export default defineConfig({
  test: {
    include: ['test/clients/**/*.clients.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
    reporters: ['default'],
  },
});
