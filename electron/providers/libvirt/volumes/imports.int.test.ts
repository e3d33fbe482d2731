import { createHash, randomBytes } from 'node:crypto'
import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Lab, type LabHost, startLab, until } from '../../../../e2e/lab/lab.ts'
import { requirePeer } from '../../../../e2e/lab/requires.ts'
import { AppError, isAppError } from '../../../../shared/errors/index.ts'
import { type ActProgress, CANCELLED_BY_PERSON, type ConversionSource, type ProviderPorts, type VolumeKeeper } from '../../provider.ts'
import { libvirtProvider } from '../index.ts'
import { testPorts } from '../testing/ports.ts'
import { HOST_REF } from '../watch.ts'

const MIB = 1_048_576
const PORT = 8_099
const WEB = `http://127.0.0.1:${PORT}`

async function failureOf(call: Promise<unknown>) {
  const error: unknown = await call.then(
    () => new Error('it should have failed'),
    (thrown: unknown) => thrown,
  )
  if (!isAppError(error)) throw error
  return error
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const at = (volume: string, pool = 'default') => ({ pool, volume })
const IMAGES = '/var/lib/libvirt/images'

describe.skipIf(!requirePeer('libvirtd').ok)('a lab host that downloads and converts by itself', () => {
  let lab: Lab
  let host: LabHost
  let bare: LabHost
  let ports: ProviderPorts & { dispose(): Promise<void> }
  const file = randomBytes(3 * MIB)

  beforeAll(async () => {
    lab = await startLab({ hosts: ['a', { name: 'b' }], prefix: 'vi' })
    host = lab.host('a')
    bare = lab.host('b')
    ports = await testPorts()
    await host.exec('mkdir -p /srv/host/web /srv/small && mount -t tmpfs -o size=2M none /srv/small')
    await host.virsh(['pool-create-as', 'small', 'dir', '--target', '/srv/small'])
    await writeFile(join(host.dir, 'web/image.raw'), file)
    await copyFile(join(import.meta.dirname, 'testing/web-server.mjs'), join(host.dir, 'web-server.mjs'))
    await host.exec(`setsid '${process.execPath}' /srv/host/web-server.mjs ${PORT} /srv/host/web </dev/null >/dev/null 2>&1 &`)
    await until('the web server', async () => (await host.exec(`curl -sf ${WEB}/image.raw -o /dev/null`)).code === 0)
  })
  afterAll(async () => {
    await lab.stop()
    await ports.dispose()
  })

  async function volumesOf(on: LabHost, user = 'root'): Promise<VolumeKeeper> {
    const given = { host: on.address, user, keyFile: on.keyFile, useSshConfig: false }
    const connection = await libvirtProvider.connect(libvirtProvider.configSchema.parse(given), {}, ports, {
      onHostKey: () => Promise.resolve(true),
    })
    onTestFinished(() => connection.close())
    if (!connection.volumes) throw new Error('no volumes')
    return connection.volumes
  }

  const fetchTo = (volumes: VolumeKeeper, volume: string, url: string, sha: string | null = null, options = {}) =>
    volumes.fetch(HOST_REF, at(volume), { url, sha256: sha }, options)
  const drafts = async () => (await host.exec(`ls ${IMAGES} /srv/small | grep being-made`)).stdout
  const sumOf = async (volume: string) => /[0-9a-f]{64}/.exec((await host.exec(['sha256sum', `${IMAGES}/${volume}`])).stdout)?.[0]
  const source = (path: string, more: Partial<ConversionSource> = {}): ConversionSource => ({
    from: { path },
    sourceFormat: null,
    format: 'qcow2',
    ...more,
  })

  test('it says what it can', async () => {
    const volumes = await volumesOf(host)
    expect(await volumes.abilities(HOST_REF, {})).toEqual({
      fetch: null,
      convert: null,
      formats: expect.arrayContaining(['raw', 'qcow2', 'vmdk', 'vdi', 'vhdx', 'vpc']) as unknown,
    })
    await bare.exec('for name in curl wget qemu-img; do mount --bind /dev/null $(readlink -f /usr/bin/$name); done')
    expect(await (await volumesOf(bare)).abilities(HOST_REF, {})).toMatchObject({
      fetch: { code: 'volume.no-downloader' },
      convert: { code: 'volume.no-converter' },
    })
  })

  test.each(['curl', 'wget'])(
    'a file comes whole with %s, by a redirect, its checksum compared, under a name of strange characters',
    async (tool) => {
      const volumes = await volumesOf(host)
      const hidden = tool === 'wget' ? '/usr/bin/curl' : null
      if (hidden) {
        await host.exec(`mount --bind /dev/null ${hidden}`)
        onTestFinished(async () => {
          await host.exec(`umount ${hidden}`)
        })
      }
      const name = `a 'b' $(id >pwned) & "c" \\ ${tool}.raw`
      await fetchTo(volumes, name, `${WEB}/?to=${encodeURIComponent('/image.raw')}`, sha256(file).toUpperCase())
      expect(await volumes.find(HOST_REF, at(name), {})).toMatchObject({ capacityBytes: file.length, isWhole: true })
      expect(await sumOf(name)).toBe(sha256(file))
      expect((await host.exec('ls / /root /var/lib/libvirt/images | grep -x pwned')).stdout).toBe('')
      expect(await drafts()).toBe('')
      expect(await failureOf(fetchTo(volumes, name, `${WEB}/image.raw`))).toMatchObject({ kind: 'conflict', code: 'volume.name-taken' })
      await volumes.remove(HOST_REF, at(name), {})
    },
  )

  test('nothing there, another checksum, a redirect to a file, no such server: nothing is left', async () => {
    const volumes = await volumesOf(host)
    expect(await failureOf(fetchTo(volumes, 'x.raw', `${WEB}/missing`))).toMatchObject({
      kind: 'remote-failure',
      code: 'volume.fetch-failed',
      remote: { program: 'curl', exitCode: 22, status: 404 },
    })
    expect(await failureOf(fetchTo(volumes, 'x.raw', `${WEB}/image.raw`, 'a'.repeat(64)))).toMatchObject({
      kind: 'conflict',
      code: 'volume.checksum',
      details: { actual: sha256(file) },
    })
    const toFile = await failureOf(fetchTo(volumes, 'x.raw', `${WEB}/?to=${encodeURIComponent('file:///etc/passwd')}`))
    expect(toFile).toMatchObject({ code: 'volume.fetch-failed', remote: { exitCode: 1 } })
    expect(await failureOf(fetchTo(volumes, 'x.raw', 'http://127.0.0.1:1/x'))).toMatchObject({ code: 'volume.fetch-failed' })
    expect(await failureOf(fetchTo(volumes, 'x.raw', 'file:///etc/passwd'))).toMatchObject({ code: 'volume.url-scheme' })
    expect(await drafts()).toBe('')
    expect(await volumes.find(HOST_REF, at('x.raw'), {})).toBeNull()
  })

  test('a file that does not fit is not begun; one whose length nobody told ends when the pool is full', async () => {
    const volumes = await volumesOf(host)
    const tooLarge = volumes.fetch(HOST_REF, at('image.raw', 'small'), { url: `${WEB}/image.raw`, sha256: null }, {})
    expect(await failureOf(tooLarge)).toMatchObject({ kind: 'exhausted', code: 'volume.pool-full' })
    const untold = volumes.fetch(HOST_REF, at('image.raw', 'small'), { url: `${WEB}/image.raw?chunked`, sha256: null }, {})
    expect(await failureOf(untold)).toMatchObject({ kind: 'exhausted', code: 'volume.pool-full' })
    expect(await drafts()).toBe('')
  })

  test('a download that is cancelled ends on the host as well, and leaves nothing', async () => {
    const volumes = await volumesOf(host)
    const abort = new AbortController()
    const seen: ActProgress[] = []
    const options = { signal: abort.signal, onProgress: (progress: ActProgress) => seen.push(progress) }
    const fetching = failureOf(fetchTo(volumes, 'held.raw', `${WEB}/image.raw?held`, null, options))
    await until('progress', async () => seen.some(({ bytesTotal }) => bytesTotal === file.length))
    expect((await host.exec('pgrep -x curl')).code).toBe(0)
    abort.abort(new AppError({ kind: 'cancelled', code: CANCELLED_BY_PERSON, message: 'no more' }))
    expect(await fetching).toMatchObject({ kind: 'cancelled' })
    await until('the end of curl', async () => (await host.exec('pgrep -x curl')).code !== 0)
    await until('no draft', async () => (await drafts()) === '')
    expect(await volumes.find(HOST_REF, at('held.raw'), {})).toBeNull()
  })

  test('a user who may not write there is told', async () => {
    const volumes = await volumesOf(host, 'operator')
    expect(await failureOf(fetchTo(volumes, 'x.raw', `${WEB}/image.raw`))).toMatchObject({ kind: 'forbidden', code: 'volume.cannot-write' })
  })

  test.each(['vmdk', 'vdi', 'vhdx', 'vpc', 'qcow2', 'raw'])('an image of the format %s becomes a volume, with progress', async (format) => {
    const volumes = await volumesOf(host)
    await host.exec(`cd /srv/host/web && qemu-img convert -f raw -O ${format} image.raw in.${format}`)
    const seen: ActProgress[] = []
    const onProgress = (progress: ActProgress) => seen.push(progress)
    await volumes.convert(HOST_REF, at(`${format}.raw`), source(`/srv/host/web/in.${format}`, { format: 'raw' }), { onProgress })
    const same = await host.exec(`cmp -n ${file.length} /srv/host/web/image.raw ${IMAGES}/${format}.raw`)
    expect(same).toMatchObject({ code: 0, stdout: '' })
    expect(seen.at(-1)).toMatchObject({ note: 'converting', fraction: 1 })
    await volumes.remove(HOST_REF, at(`${format}.raw`), {})
  })

  test('a disk inside a package is read in place; a package’s disk is written as one that is read from front to back', async () => {
    const volumes = await volumesOf(host)
    await host.exec('cd /srv/host/web && qemu-img convert -f raw -O vmdk -o subformat=streamOptimized image.raw in.vmdk')
    await host.exec('cd /srv/host/web && { head -c 1536 /dev/zero; cat in.vmdk; head -c 1024 /dev/zero; } > in.ova')
    const length = Number((await host.exec('stat -c %s /srv/host/web/in.vmdk')).stdout)
    await volumes.convert(
      HOST_REF,
      at('part.raw'),
      source('/srv/host/web/in.ova', { sourceFormat: 'vmdk', format: 'raw', range: { offset: 1_536, length } }),
      {},
    )
    expect((await host.exec(`cmp -n ${file.length} /srv/host/web/image.raw ${IMAGES}/part.raw`)).code).toBe(0)
    await volumes.convert(HOST_REF, at('out.vmdk'), { from: at('part.raw'), sourceFormat: null, format: 'vmdk' }, {})
    expect((await host.exec(`qemu-img info ${IMAGES}/out.vmdk`)).stdout).toContain('streamOptimized')
    for (const name of ['part.raw', 'out.vmdk']) await volumes.remove(HOST_REF, at(name), {})
  })

  test('an image that names other files of the host is refused, unless it is a machine’s own', async () => {
    const volumes = await volumesOf(host)
    await host.exec(
      [
        'cd /srv/host/web && echo secret > base.raw && truncate -s 1M base.raw',
        'qemu-img create -q -f qcow2 -b /srv/host/web/base.raw -F raw over.qcow2',
        'qemu-img create -q -f qcow2 -o data_file=/srv/host/web/data.raw outside.qcow2 1M',
        'qemu-img create -q -f vmdk -o subformat=monolithicFlat flat.vmdk 1M && sed -i "s/flat-flat.vmdk/base.raw/" flat.vmdk',
      ].join(' && '),
    )
    for (const name of ['over.qcow2', 'outside.qcow2', 'flat.vmdk']) {
      const refused = volumes.convert(HOST_REF, at('stolen.raw'), source(`/srv/host/web/${name}`, { format: 'raw' }), {})
      expect(await failureOf(refused)).toMatchObject({ kind: 'invalid-input', code: 'volume.image-names-others' })
    }
    expect(await volumes.find(HOST_REF, at('stolen.raw'), {})).toBeNull()
    await volumes.convert(HOST_REF, at('own.raw'), source('/srv/host/web/over.qcow2', { format: 'raw', isOwnDisk: true }), {})
    expect((await host.exec(`head -c 6 ${IMAGES}/own.raw`)).stdout).toBe('secret')
    await volumes.remove(HOST_REF, at('own.raw'), {})
  })

  test('what is no image, or is not there, is told in the program’s words', async () => {
    const volumes = await volumesOf(host)
    await host.exec('echo "not an image" > /srv/host/web/text.vmdk')
    const none = { kind: 'invalid-input', code: 'volume.not-an-image' }
    for (const given of [
      source('/srv/host/web/text.vmdk'),
      source('/srv/host/web/text.vmdk', { sourceFormat: 'vmdk' }),
      source('/srv/host/web/nowhere.vdi'),
      source('/srv/host/web/image.raw', { sourceFormat: 'nbd' }),
    ])
      expect(await failureOf(volumes.convert(HOST_REF, at('none.qcow2'), given, {}))).toMatchObject(none)
    const full = volumes.convert(HOST_REF, at('full.raw', 'small'), source('/srv/host/web/image.raw', { format: 'raw' }), {})
    expect(await failureOf(full)).toMatchObject({ kind: 'exhausted', code: 'volume.pool-full' })
    expect(await drafts()).toBe('')
  })
})
