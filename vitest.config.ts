import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** The file that takes longest begins first: at the end of all it would keep one worker busy and the other waiting. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => moduleId.endsWith('/providers/libvirt/conformance.int.test.ts')
    const sorted = await super.sort(files)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}

/** Three projects: `unit` does no I/O, `int` talks to real peers, `web` renders components in jsdom. */
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
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
          // they mostly wait: for guests to boot, for links to be given up
          maxWorkers: 2,
        },
      },
      { test: { name: 'web', environment: 'jsdom', include: ['renderer/**/*.test.tsx'], setupFiles: ['renderer/lib/testing/setup.ts'] } },
    ],
  },
})
