import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import { AppError } from '../../../shared/errors/index.ts'

/** Reads an order written as YAML or JSON. Throws `invalid-input` cli.bad-file. */
export async function readOrder(file: string): Promise<Record<string, unknown>> {
  const text = await readText(file)
  try {
    const order: unknown = parse(text)
    if (typeof order === 'object' && order !== null && !Array.isArray(order)) return order as Record<string, unknown>
  } catch (thrown) {
    throw badFile(file, thrown instanceof Error ? thrown.message : 'it is no YAML', thrown)
  }
  throw badFile(file, 'it is no mapping of names to values')
}

/** Throws `invalid-input` cli.bad-file. */
export async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (thrown) {
    throw badFile(file, thrown instanceof Error ? thrown.message : 'it cannot be read', thrown)
  }
}

function badFile(file: string, why: string, cause?: unknown): AppError {
  return new AppError({ kind: 'invalid-input', code: 'cli.bad-file', message: `${file}: ${why}`, cause })
}
