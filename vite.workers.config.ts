import { rmSync } from 'node:fs'
import { defineConfig } from 'vite'
import { workerEntries } from './scripts/worker-files.ts'

/** The worker threads of both faces, each with all it needs: the desktop packs them, and nothing of the headless programs. */
export default defineConfig({
  plugins: [
    {
      name: 'novacron:clean',
      buildStart() {
        // out/ is shared with the other builds, so only our own folder is emptied.
        rmSync('out/workers', { recursive: true, force: true })
      },
    },
  ],
  publicDir: false,
  ssr: { noExternal: true, external: ['better-sqlite3', 'ssh2'] },
  build: {
    ssr: true,
    target: 'node24',
    outDir: 'out',
    emptyOutDir: false,
    rollupOptions: {
      input: workerEntries(),
      output: { entryFileNames: '[name].js', chunkFileNames: 'workers/[name]-[hash].js' },
    },
  },
})
