import { resolve } from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'electron-vite'
import { workerFiles } from './scripts/worker-files.ts'

/** The desktop's main process, its preload, and the page that both faces show. Dependencies stay outside the bundles. */
export default defineConfig({
  main: {
    plugins: [workerFiles()],
    build: {
      // most of it are the libraries of the clouds, loaded when they are needed
      minify: true,
      rollupOptions: {
        input: { index: resolve('electron/main/index.ts') },
        output: { chunkFileNames: '[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      // A sandboxed preload is one CommonJS file.
      externalizeDeps: false,
      rollupOptions: { input: { index: resolve('electron/preload/index.ts') }, output: { format: 'cjs', entryFileNames: '[name].cjs' } },
    },
  },
  renderer: {
    root: 'renderer',
    plugins: [react()],
    // The same bundle is served to browsers: not electron-vite's Chrome-only target, and minified (off by default there).
    build: {
      target: 'es2022',
      minify: true,
      // Read from this machine or over a loopback socket; what is heavy is loaded with the view that needs it.
      chunkSizeWarningLimit: 1200,
      rollupOptions: { input: { index: resolve('renderer/index.html') } },
    },
  },
})
