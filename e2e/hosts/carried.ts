import { expect } from 'vitest'
import type { Task, TaskId } from '../../shared/model/index.ts'
import { type LabGuest, type LabHost, until } from '../lab/lab.ts'
import type { TestEngine } from './engine.ts'

/** Where the lab's hosts have their pool `default`. */
export const IMAGES = '/var/lib/libvirt/images'

/** The disk of a guest in the pool. */
export function imageOf({ uuid }: Pick<LabGuest, 'uuid'>): string {
  return `${IMAGES}/${uuid}.qcow2`
}

/** What a command says that must succeed. */
export async function done(host: LabHost, command: string): Promise<string> {
  const { code, stdout, stderr } = await host.exec(command)
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${stderr.trim()}`)
  return stdout.trim()
}

export async function sumOf(host: LabHost, path: string): Promise<string | undefined> {
  return (await done(host, `sha256sum ${path}`)).split(' ')[0]
}

/** An image in the pool, with `dataMiB` of noise between holes of the same size. */
export async function noise(host: LabHost, path: string, dataMiB: number): Promise<void> {
  // beside the image: hosts of all labs have the same /tmp
  const raw = `${path}.raw`
  await done(
    host,
    `truncate -s ${dataMiB * 3}M ${raw} && dd if=/dev/urandom of=${raw} bs=1M count=${dataMiB} seek=${dataMiB} conv=notrunc status=none && qemu-img convert -f raw -O qcow2 ${raw} ${path} && rm ${raw}`,
  )
  // refused while a stream of an earlier test still ends
  await until('the pool is read anew', async () => (await host.exec('virsh pool-refresh default')).code === 0)
}

/** Waits until a task that carries disks through the console is in the middle of it, that many bytes on. */
export async function untilCopying(engine: TestEngine, taskId: TaskId, moreThan: number): Promise<Task> {
  return await until(
    `more than ${moreThan} bytes`,
    async () => {
      const task = await engine.client.tasks.get({ taskId })
      expect(task).toMatchObject({ endedAtMs: null, error: null })
      return task.progress.note === 'copying' && (task.progress.bytesDone ?? 0) > moreThan ? task : false
    },
    60_000,
    20,
  )
}
