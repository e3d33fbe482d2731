import { at, attributeOf, childrenOf, parseXml, textOf, type XmlElement } from '../../../xml/index.ts'

/**
 * What one emulator of a host can give to a machine of one type (formatdomaincaps.html). Lists are null where the host does not tell, as
 * older releases of libvirt do of newer devices.
 */
export interface DomainCapabilities {
  readonly virtType: string
  readonly arch: string
  /** As the host names it: `pc-q35-9.0`. */
  readonly machine: string
  readonly emulator: string
  readonly maxVcpus: number | null
  /** Kinds of firmware that libvirt picks by itself: `efi`, `bios`. */
  readonly firmwares: readonly string[]
  /** Firmware that checks signatures, for machines that can protect it. */
  readonly secureLoader: boolean
  readonly cpuModes: readonly string[]
  /** The processor of `host-model`, as the element `<cpu>` of a guest. Null: there is none. */
  readonly hostModel: XmlElement | null
  readonly models: ReadonlyArray<{ readonly name: string; readonly usable: boolean }>
  readonly ioThreads: boolean
  readonly diskBuses: readonly string[]
  readonly graphics: readonly string[]
  readonly videos: readonly string[]
  readonly rng: boolean
  /** Empty: the host gives none. */
  readonly tpm: { readonly models: readonly string[]; readonly backends: readonly string[]; readonly versions: readonly string[] | null }
  readonly channels: readonly string[] | null
  readonly hyperv: readonly string[] | null
}

/** Throws SyntaxError for what is no XML. */
export function readDomainCapabilities(xml: string): DomainCapabilities {
  const root = parseXml(xml)
  const os = at(root, 'os')
  const cpu = at(root, 'cpu')
  const device = (name: string) => at(root, 'devices', name)
  const modes = childrenOf(cpu, 'mode').filter(isSupported)
  const maxVcpus = attributeOf(at(root, 'vcpu'), 'max')
  return {
    virtType: textOf(root, 'domain') ?? 'qemu',
    arch: textOf(root, 'arch') ?? 'x86_64',
    machine: textOf(root, 'machine') ?? '',
    emulator: textOf(root, 'path') ?? '',
    maxVcpus: maxVcpus === null ? null : Number(maxVcpus),
    firmwares: valuesOf(os, 'firmware') ?? [],
    secureLoader: valuesOf(at(os, 'loader'), 'secure')?.includes('yes') ?? false,
    cpuModes: modes.flatMap(({ attributes }) => attributes.name ?? []),
    hostModel: modes.find(({ attributes }) => attributes.name === 'host-model') ?? null,
    models: childrenOf(
      modes.find(({ attributes }) => attributes.name === 'custom'),
      'model',
    ).map((model) => ({ name: model.text.trim(), usable: attributeOf(model, 'usable') !== 'no' })),
    ioThreads: isSupported(at(root, 'iothreads')),
    diskBuses: valuesOf(device('disk'), 'bus') ?? [],
    graphics: valuesOf(device('graphics'), 'type') ?? [],
    videos: valuesOf(device('video'), 'modelType') ?? [],
    rng: isSupported(device('rng')),
    tpm: {
      models: valuesOf(device('tpm'), 'model') ?? [],
      backends: valuesOf(device('tpm'), 'backendModel') ?? [],
      versions: valuesOf(device('tpm'), 'backendVersion'),
    },
    channels: valuesOf(device('channel'), 'type'),
    hyperv: valuesOf(at(root, 'features', 'hyperv'), 'features'),
  }
}

function isSupported(element: XmlElement | undefined): boolean {
  return attributeOf(element, 'supported') === 'yes'
}

/** Null: the host does not list them. What is not supported at all has none. */
function valuesOf(element: XmlElement | undefined, name: string): readonly string[] | null {
  const found = childrenOf(element, 'enum').find(({ attributes }) => attributes.name === name)
  return found ? childrenOf(found, 'value').map((value) => value.text.trim()) : null
}

/** An emulated TPM 2.0: libvirt lists the backend where it finds swtpm, and since 8.0 the versions that this can do. */
export function hasEmulatedTpm({ tpm }: DomainCapabilities): boolean {
  return tpm.backends.includes('emulator') && (tpm.versions === null || tpm.versions.includes('2.0'))
}
