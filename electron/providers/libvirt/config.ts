import { z } from 'zod'
import { parseLibvirtUri } from '../../libvirt/transport/index.ts'

/** An empty field of a form is a field that was not filled in. */
const optionalText = z.preprocess((value) => (value === '' || value === null ? undefined : value), z.string().trim().max(1_000).optional())

function isDriverUri(text: string): boolean {
  try {
    const uri = parseLibvirtUri(text)
    return uri.host === undefined && uri.transport === 'unix'
  } catch {
    return false
  }
}

/** How to reach one libvirt host. The form of "add connection" is made from it, top to bottom. */
export const libvirtConfigSchema = z
  .object({
    transport: z
      .enum(['ssh', 'unix', 'tls'])
      .default('ssh')
      .meta({ title: 'Way', description: 'SSH to a host, this computer’s own libvirt, or TLS with client certificates.' }),
    host: z
      .string()
      .trim()
      .max(255)
      .default('')
      .meta({ title: 'Host', description: 'Name or address, or a name from ~/.ssh/config. Not needed for this computer.' }),
    port: z
      .preprocess((value) => (value === '' || value === null ? undefined : value), z.coerce.number().int().min(1).max(65_535).optional())
      .meta({ title: 'Port', description: 'Left empty: 22 for SSH or what ~/.ssh/config says, 16514 for TLS.' }),
    user: optionalText.meta({ title: 'User', description: 'Left empty: what ~/.ssh/config says, else your own name.' }),
    keyFile: optionalText.meta({
      title: 'Private key',
      description: 'Path of a key file. Left empty: agent, ~/.ssh/config and the usual files.',
    }),
    useSshConfig: z.boolean().default(true).meta({ title: 'Use ~/.ssh/config', description: 'Host may then be a name from there.' }),
    jumpHosts: optionalText.meta({ title: 'Jump hosts', description: '[user@]host[:port], several with commas, in the order of travel.' }),
    uri: z
      .string()
      .trim()
      .max(1_000)
      .default('qemu:///system')
      .refine(isDriverUri, { message: 'Use driver:///path, such as qemu:///system or qemu:///session' })
      .meta({ title: 'Driver', description: 'qemu:///system for the host’s machines, qemu:///session for those of the user alone.' }),
    socket: optionalText.meta({ title: 'Socket', description: 'Path of libvirt’s socket on the host, if it is in an unusual place.' }),
    pkiPath: optionalText.meta({
      title: 'Certificates',
      description: 'Folder with cacert.pem, clientcert.pem and clientkey.pem, for TLS.',
    }),
  })
  .refine((config) => config.transport === 'unix' || config.host !== '', { path: ['host'], message: 'Name the host' })

export type LibvirtConfig = z.infer<typeof libvirtConfigSchema>

/** `user@host:port`, as far as it is said; `local` with the driver for this computer. */
export function addressOf(config: LibvirtConfig): string {
  const driver = config.uri === 'qemu:///system' ? '' : ` ${config.uri}`
  if (config.transport === 'unix') return `local${config.socket === undefined ? '' : `:${config.socket}`}${driver}`
  const host = config.host.includes(':') ? `[${config.host}]` : config.host
  const port = config.port === undefined ? '' : `:${config.port}`
  const user = config.user === undefined ? '' : `${config.user}@`
  return `${config.transport === 'tls' ? 'tls://' : ''}${user}${host}${port}${driver}`
}
