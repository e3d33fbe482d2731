import type { Machine } from '../../../shared/model/index.ts'

/** What a machine is called where its cloud gave it no name: its id there. Never empty. */
export function machineName({ name, cloud, nativeRef }: Pick<Machine, 'name' | 'cloud' | 'nativeRef'>): string {
  return name.trim() === '' ? (cloud?.id ?? nativeRef) : name
}
