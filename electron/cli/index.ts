#!/usr/bin/env node
import { main } from './program.ts'

// `novacron ls | head` closes our output early: that is no error
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

process.exitCode = await main(process.argv)
