import { type Command, Option } from 'commander'
import type { Io } from './commands/act.ts'
import { convertVolume, downloadVolume, fetchVolume, listVolumes, removeVolume, uploadVolume } from './commands/volume.ts'
import type { Session } from './connect.ts'

type On = (command: Command, run: (session: Session, globals: { readonly json: boolean }, command: Command) => Promise<number>) => void

const PLACE = 'host/pool/volume, such as kvm-01/default/debian-12.qcow2'

export function volumeCommands(program: Command, on: On, io: Io): void {
  const volume = program.command('volume').description('Files of a host’s storage pools')
  on(volume.command('list').argument('<pool>', 'host/pool').description('What lies in a pool'), (session, { json }, { args }) =>
    listVolumes(session, args[0] ?? '', json, io),
  )
  on(
    volume
      .command('upload')
      .argument('<file>', 'of this computer')
      .argument('<place>', 'host/pool, or with a name of its own: host/pool/volume')
      .description('Send a file into a pool; goes on by itself where the way breaks'),
    (session, { json }, { args }) => uploadVolume(session, args[0] ?? '', args[1] ?? '', json, io),
  )
  on(
    volume
      .command('download')
      .argument('<volume>', PLACE)
      .argument('[file]', 'default: named as the volume')
      .option('-f, --force', 'replace the file', false)
      .description('Save a volume on this computer, as it lies there'),
    (session, { json }, command) =>
      downloadVolume(session, command.args[0] ?? '', command.args[1], { ...command.opts<{ force: boolean }>(), json }, io),
  )
  on(
    volume
      .command('fetch')
      .argument('<url>', 'http or https')
      .argument('<place>', 'host/pool, or host/pool/volume')
      .option('--sha256 <sum>', 'what it has to be; else it is deleted')
      .description('Have the host download a file by itself'),
    (session, { json }, command) => {
      const { sha256 } = command.opts<{ sha256?: string }>()
      return fetchVolume(session, command.args[0] ?? '', command.args[1] ?? '', { sha256, json }, io)
    },
  )
  on(
    volume
      .command('convert')
      .argument('<source>', `${PLACE}; or a path of the host that begins with /`)
      .argument('<volume>', 'what becomes of it: host/pool/volume')
      .option('--from <format>', 'of the source: raw, qcow2, vmdk, vdi, vhdx, vpc; default: as it says itself')
      .addOption(new Option('--format <format>', 'of the volume').choices(['qcow2', 'raw']).default('qcow2'))
      .description('Have the host turn an image into a volume'),
    (session, { json }, command) => {
      const { from, format } = command.opts<{ from?: string; format: 'qcow2' | 'raw' }>()
      return convertVolume(session, command.args[0] ?? '', command.args[1] ?? '', { from, format, json }, io)
    },
  )
  on(
    volume
      .command('remove')
      .argument('<volume>', PLACE)
      .option('-y, --yes', 'do not ask', false)
      .description('Delete a volume that nothing uses'),
    (session, _globals, command) => removeVolume(session, command.args[0] ?? '', command.opts<{ yes: boolean }>().yes, io),
  )
}
