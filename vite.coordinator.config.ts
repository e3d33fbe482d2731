import { rmSync } from 'node:fs'
import { defineConfig } from 'vite'
import { workerEntries, workerFiles } from './scripts/worker-files.ts'

/** The programs of plain Node: the headless face, the command line, and the worker threads of both faces. */
export default defineConfig({
  plugins: [
    workerFiles(),
    {
      name: 'novacron:clean',
      buildStart() {
        // out/ is shared with the desktop's build, so only our own folders are emptied.
        for (const folder of ['coordinator', 'cli', 'workers', 'chunks']) rmSync(`out/${folder}`, { recursive: true, force: true })
      },
    },
  ],
  publicDir: false,
  build: {
    ssr: true,
    target: 'node24',
    outDir: 'out',
    emptyOutDir: false,
    rollupOptions: {
      input: { 'coordinator/index': 'electron/coordinator/index.ts', 'cli/index': 'electron/cli/index.ts', ...workerEntries() },
      output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
    },
  },
})
