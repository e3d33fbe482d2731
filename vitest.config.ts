import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Each takes more than twenty seconds. Beside the first, which watches how fast a host is sampled, no three guests boot at once. */
const LONG = [
  'electron/providers/libvirt/conformance.int.test.ts',
  'electron/providers/aws/conformance.int.test.ts',
  'electron/providers/azure/conformance.int.test.ts',
  'e2e/hosts/migrate.int.test.ts',
  'electron/providers/azure/images/disk-import.int.test.ts',
  'electron/providers/gcp/conformance.int.test.ts',
  'e2e/clouds/transfer.int.test.ts',
  'e2e/hosts/migrate-cold.int.test.ts',
  'electron/providers/libvirt/migration/faults.int.test.ts',
  'e2e/hosts/build.int.test.ts',
  'electron/providers/libvirt/migration/migration.int.test.ts',
  'e2e/hosts/consoles.int.test.ts',
  'e2e/hosts/maintenance-faults.int.test.ts',
  'e2e/hosts/volumes.int.test.ts',
  'electron/providers/libvirt/snapshots/faults.int.test.ts',
  'e2e/hosts/data.int.test.ts',
  'e2e/hosts/cut.int.test.ts',
  'e2e/hosts/ova.int.test.ts',
  'electron/providers/libvirt/migration/post-copy.int.test.ts',
  'electron/engine/tasks/kill.int.test.ts',
  'electron/providers/libvirt/snapshots/snapshots.int.test.ts',
  'e2e/hosts/guest-shell.int.test.ts',
  'electron/providers/libvirt/hardware/removal.int.test.ts',
  'e2e/lab/lab.int.test.ts',
  'electron/cli/cli.int.test.ts',
  'electron/providers/libvirt/hardware/matrix.int.test.ts',
  'electron/providers/libvirt/migration/matrix.int.test.ts',
  'e2e/hosts/login.int.test.ts',
  'e2e/lab/seed.int.test.ts',
  'electron/providers/libvirt/hardware/devices.int.test.ts',
  'electron/providers/libvirt/storage/storage.int.test.ts',
  'electron/providers/libvirt/host.int.test.ts',
  'electron/providers/libvirt/snapshots/random-sequences.int.test.ts',
  'e2e/hosts/transfer.int.test.ts',
  'electron/providers/gcp/images/import.int.test.ts',
  'e2e/hosts/storage.int.test.ts',
  'e2e/hosts/hardware.int.test.ts',
]

/** The files that take longest begin first: at the end of all, one would keep one worker busy and the other waiting. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const at = LONG.findIndex((path) => moduleId.endsWith(`/${path}`))
      return at < 0 ? LONG.length : at
    }
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b))
  }
}

/**
 * Three projects: `unit` does no I/O, `int` talks to real peers, `web` renders components in jsdom. Files of `unit` and `web` share the
 * modules of their worker, which halves their time: a test leaves no module in another state than it found it in. By itself vitest would leave
 * one processor idle.
 */
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    // the list of what failed at the end of a run has messages alone, without what was expected beside what came
    chaiConfig: { truncateThreshold: 1_000 },
    projects: [
      {
        test: {
          name: 'unit',
          environment: 'node',
          isolate: false,
          maxWorkers: '100%',
          testTimeout: 60_000,
          expect: { poll: { timeout: 30_000 } },
          include: ['{shared,electron,e2e,scripts}/**/*.test.ts', 'renderer/**/*.test.ts'],
          exclude: ['**/*.int.test.ts', '**/node_modules/**'],
        },
      },
      {
        test: {
          name: 'int',
          environment: 'node',
          include: ['{electron,e2e,scripts}/**/*.int.test.ts'],
          // so that what hangs is told at last; how quick things are is for the benchmarks
          testTimeout: 300_000,
          hookTimeout: 300_000,
          expect: { poll: { timeout: 60_000 } },
          // the programs that the tests start hundreds of times are compiled once
          env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/node-compile') },
          // half of their time they wait: for guests to boot, for links to be given up
          maxWorkers: 4,
        },
      },
      {
        test: {
          name: 'web',
          environment: 'jsdom',
          isolate: false,
          maxWorkers: '100%',
          include: ['renderer/**/*.test.tsx'],
          setupFiles: ['renderer/lib/testing/setup.ts'],
        },
      },
    ],
  },
})
