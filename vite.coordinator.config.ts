import { rmSync } from 'node:fs'
import { defineConfig } from 'vite'
import { workerFiles } from './scripts/worker-files.ts'

/** The programs of plain Node: the headless face and the command line. */
export default defineConfig({
  plugins: [
    workerFiles(),
    {
      name: 'novacron:clean',
      buildStart() {
        // out/ is shared with the desktop's build, so only our own folders are emptied.
        for (const folder of ['coordinator', 'cli', 'chunks']) rmSync(`out/${folder}`, { recursive: true, force: true })
      },
    },
  ],
  publicDir: false,
  ssr: {
    // Hundreds of small files of our dependencies take longer to find and load than to run: 0.3 s of a start.
    noExternal: true,
    // Native code, files read at run time, and what is loaded late or has threads of its own stays where it is installed.
    external: ['better-sqlite3', '@napi-rs/keyring', 'ssh2', 'swagger-ui-dist', 'pino', 'fastify', '@fastify/static'],
  },
  build: {
    ssr: true,
    target: 'node24',
    outDir: 'out',
    emptyOutDir: false,
    rollupOptions: {
      input: { 'coordinator/index': 'electron/coordinator/index.ts', 'cli/index': 'electron/cli/index.ts' },
      output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
    },
  },
})
