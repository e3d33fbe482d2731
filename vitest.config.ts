import { defineConfig } from 'vitest/config'

/** Three projects: `unit` does no I/O, `int` talks to real peers, `web` renders components in jsdom. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          environment: 'node',
          include: ['{shared,electron,e2e,scripts}/**/*.test.ts', 'renderer/**/*.test.ts'],
          exclude: ['**/*.int.test.ts', '**/node_modules/**'],
        },
      },
      {
        test: {
          name: 'int',
          environment: 'node',
          include: ['{electron,e2e,scripts}/**/*.int.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      { test: { name: 'web', environment: 'jsdom', include: ['renderer/**/*.test.tsx'], setupFiles: ['renderer/lib/testing/setup.ts'] } },
    ],
  },
})
