import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/real/**'],
    // The embedded store runs in the main thread of a process only.
    pool: 'forks',
    testTimeout: 30_000,
  },
});
