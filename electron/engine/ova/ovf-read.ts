import { badDescriptor } from './ova-errors.ts'
import type { OvfDisk, OvfFile, OvfPackage } from './ovf.ts'
import { systemOf } from './ovf-system.ts'
import { bytesOf, wholeNumber } from './ovf-units.ts'
import { childOf, childrenOf, type Element, parseElement, textOf } from './xml.ts'

/** Deep inside each other, one collection in the next; more are not looked into. */
const MAX_COLLECTIONS = 8

/**
 * Reads a descriptor, OVF 1.0 to 2.x.
 * @throws AppError invalid-input ova.bad-descriptor
 */
export function readOvf(bytes: Uint8Array): OvfPackage {
  const envelope = parseElement(textIn(bytes))
  if (envelope.name !== 'Envelope') throw badDescriptor('foreign', 'its outermost element is no Envelope.')
  const systems = systemsIn(envelope)
  const [first, ...others] = systems
  if (!first) throw badDescriptor('empty', 'it describes no virtual system. Versions before OVF 1.0 are not read.')
  const products = childrenOf(first, 'ProductSection')
  return {
    files: childrenOf(childOf(envelope, 'References'), 'File').map(fileOf),
    disks: childrenOf(childOf(envelope, 'DiskSection'), 'Disk').map((disk) => diskOf(disk, products)),
    networks: childrenOf(childOf(envelope, 'NetworkSection'), 'Network').map((network) => attribute(network, 'name')),
    system: systemOf(first, defaultConfiguration(envelope)),
    otherSystems: others.map((system) => textOf(system, 'Name') ?? system.attributes['id'] ?? '?'),
    properties: products.flatMap((product) =>
      childrenOf(product, 'Property')
        .filter(isAsked)
        .map((property) => attribute(property, 'key')),
    ),
    hasEula: childOf(first, 'EulaSection') !== undefined || childOf(envelope, 'EulaSection') !== undefined,
  }
}

function textIn(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (thrown) {
    throw badDescriptor('encoding', 'it is not in UTF-8.', { cause: thrown instanceof Error ? thrown.message : null })
  }
}

/** Alone, or in collections of several (DSP0243, "VirtualSystemCollection"), in the order in which they stand. */
function systemsIn(element: Element, depth = 0): readonly Element[] {
  if (depth > MAX_COLLECTIONS) return []
  return element.children.flatMap((child) => {
    if (child.name === 'VirtualSystem') return [child]
    return child.name === 'VirtualSystemCollection' ? systemsIn(child, depth + 1) : []
  })
}

/** Of several ways to deploy it the one that its maker prefers: marked so, or else the first; null: there is one way only. */
function defaultConfiguration(envelope: Element): string | null {
  const configurations = childrenOf(childOf(envelope, 'DeploymentOptionSection'), 'Configuration')
  const preferred = configurations.find((configuration) => configuration.attributes['default'] === 'true') ?? configurations[0]
  return preferred ? attribute(preferred, 'id') : null
}

function fileOf(file: Element): OvfFile {
  const { size, compression, chunkSize } = file.attributes
  return {
    id: attribute(file, 'id'),
    href: attribute(file, 'href'),
    sizeBytes: size === undefined ? null : wholeNumber(size),
    compression: compression === undefined || compression === '' || compression === 'identity' ? null : compression,
    chunkBytes: chunkSize === undefined ? null : wholeNumber(chunkSize),
  }
}

function diskOf(disk: Element, products: readonly Element[]): OvfDisk {
  const { fileRef, capacityAllocationUnits, format } = disk.attributes
  return {
    id: attribute(disk, 'diskId'),
    fileId: fileRef ?? null,
    capacityBytes: bytesOf(resolved(attribute(disk, 'capacity'), products), capacityAllocationUnits ?? null, 1),
    format: format ?? null,
  }
}

/** A capacity may be left to a property, `${disk.size}`: then what its maker set stands. */
function resolved(value: string, products: readonly Element[]): string {
  const [, key] = /^\$\{(.+)\}$/.exec(value) ?? []
  if (key === undefined) return value
  for (const property of products.flatMap((product) => childrenOf(product, 'Property'))) {
    if (property.attributes['key'] === key) return property.attributes['value'] ?? ''
  }
  throw badDescriptor('number', `the size of a disk is left to “${key.slice(0, 40)}”, which nobody set.`)
}

/** One that is given to the guest by whoever deploys it. */
function isAsked(property: Element): boolean {
  return property.attributes['userConfigurable'] === 'true'
}

function attribute(element: Element, name: string): string {
  const value = element.attributes[name]
  if (value === undefined) throw badDescriptor('missing', `a ${element.name} has no ${name}.`, { element: element.name, attribute: name })
  return value
}
