import { FOOTER_BYTES } from './page-blobs.ts'
import type { AzureDisk, AzureLock, AzureNic, AzurePublicIp, AzureSnapshot, AzureVm } from './parts.ts'
import { type AzureSize, SIZES } from './sizes.ts'

const COMPUTE = 'Microsoft.Compute'
const DISPLAY: Readonly<Record<string, string>> = {
  starting: 'VM starting',
  running: 'VM running',
  stopping: 'VM stopping',
  stopped: 'VM stopped',
  deallocating: 'VM deallocating',
  deallocated: 'VM deallocated',
}

/** A machine as a GET of it answers. */
export function vmModel(vm: AzureVm): Record<string, unknown> {
  const [os, ...data] = vm.disks
  return {
    name: vm.name,
    id: vm.id,
    type: `${COMPUTE}/virtualMachines`,
    location: vm.location,
    tags: vm.tags,
    ...(vm.zone === null ? {} : { zones: [vm.zone] }),
    properties: {
      vmId: vm.vmId,
      hardwareProfile: { vmSize: vm.size },
      storageProfile: {
        ...(vm.isOfDisks === true ? {} : { imageReference: imageOf(vm) }),
        osDisk:
          os === undefined
            ? undefined
            : {
                osType: vm.windows ? 'Windows' : 'Linux',
                createOption: vm.isOfDisks === true ? 'Attach' : 'FromImage',
                caching: 'ReadWrite',
                ...attached(os.disk, os.deleteOption),
              },
        dataDisks: data.map(({ disk, lun, deleteOption }) => ({
          lun,
          createOption: 'Attach',
          caching: 'None',
          ...attached(disk, deleteOption),
          toBeDetached: false,
        })),
      },
      ...(vm.isOfDisks === true ? {} : { osProfile: osProfileOf(vm) }),
      networkProfile: {
        networkInterfaces: vm.nics.map(({ id }, index) => ({ id, properties: { primary: index === 0, deleteOption: 'Detach' } })),
      },
      ...(vm.bootDiagnostics ? { diagnosticsProfile: { bootDiagnostics: { enabled: true } } } : {}),
      ...(vm.spot ? { priority: 'Spot', evictionPolicy: 'Deallocate', billingProfile: { maxPrice: -1 } } : {}),
      ...(vm.canHibernate ? { additionalCapabilities: { hibernationEnabled: true } } : {}),
      ...(vm.reservation === null ? {} : { capacityReservation: { capacityReservationGroup: { id: vm.reservation } } }),
      provisioningState: vm.provisioning,
      timeCreated: new Date(vm.createdAtMs).toISOString(),
    },
  }
}

function imageOf({ windows }: AzureVm): Record<string, unknown> {
  return windows
    ? {
        publisher: 'MicrosoftWindowsServer',
        offer: 'WindowsServer',
        sku: '2022-datacenter-azure-edition',
        version: 'latest',
        exactVersion: '20348.2527.240604',
      }
    : { publisher: 'Canonical', offer: 'ubuntu-24_04-lts', sku: 'server', version: 'latest', exactVersion: '24.04.202406140' }
}

function osProfileOf({ name, windows }: AzureVm): Record<string, unknown> {
  return {
    computerName: name,
    adminUsername: 'azureuser',
    ...(windows ? { windowsConfiguration: { provisionVMAgent: true } } : {}),
    secrets: [],
  }
}

/** The same in a list: without the instance view, its resource group in capitals. */
export function listRow(vm: AzureVm): Record<string, unknown> {
  return { ...vmModel(vm), id: capitals(vm) }
}

/** In a list with `statusOnly=true`: of the instance view the statuses alone. */
export function statusRow(vm: AzureVm): Record<string, unknown> {
  const view = instanceView(vm)
  const statuses = vm.statusWithheld ? view.statuses.filter(({ code }) => !code.startsWith('PowerState/')) : view.statuses
  return {
    name: vm.name,
    id: capitals(vm),
    type: `${COMPUTE}/virtualMachines`,
    location: vm.location,
    properties: { vmId: vm.vmId, provisioningState: vm.provisioning, instanceView: { statuses } },
  }
}

/** In an answer of Resource Graph. */
export function graphRow(vm: AzureVm): Record<string, unknown> {
  const model = vmModel(vm)
  const powerState = { code: `PowerState/${vm.power}`, displayStatus: DISPLAY[vm.power], level: 'Info' }
  return {
    ...graphBase(vm, `${COMPUTE}/virtualMachines`),
    tags: vm.tags,
    zones: vm.zone === null ? null : [vm.zone],
    properties: { ...(model['properties'] as object), extended: { instanceView: { powerState } } },
  }
}

export function graphBase(
  of: { readonly id: string; readonly name: string; readonly location: string; readonly subscription: string },
  type: string,
) {
  const resourceGroup = of.id.split('/')[4]?.toLowerCase()
  return { id: of.id, name: of.name, type: type.toLowerCase(), location: of.location, resourceGroup, subscriptionId: of.subscription }
}

export function instanceView(vm: AzureVm) {
  const time = new Date(vm.changedAtMs).toISOString()
  const error = vm.failure
  const provisioning = vm.provisioning.toLowerCase()
  return {
    ...(vm.power === 'running'
      ? {
          computerName: vm.name,
          osName: vm.windows ? 'Windows Server 2022 Datacenter Azure Edition' : 'ubuntu',
          osVersion: vm.windows ? '10.0.20348.2527' : '24.04',
          vmAgent: {
            vmAgentVersion: '2.11.1.4',
            statuses: [
              { code: 'ProvisioningState/succeeded', level: 'Info', displayStatus: 'Ready', message: 'Guest Agent is running', time },
            ],
          },
        }
      : {}),
    hyperVGeneration: vm.disks[0]?.disk.properties?.['hyperVGeneration'] ?? 'V2',
    disks: vm.disks.map(({ disk }) => ({
      name: disk.name,
      statuses: [{ code: 'ProvisioningState/succeeded', level: 'Info', displayStatus: 'Provisioning succeeded', time }],
    })),
    statuses: [
      error === null
        ? { code: `ProvisioningState/${provisioning}`, level: 'Info', displayStatus: `Provisioning ${provisioning}`, time }
        : {
            code: `ProvisioningState/failed/${error.code}`,
            level: 'Error',
            displayStatus: 'Provisioning failed',
            message: error.message,
            time,
          },
      { code: `PowerState/${vm.power}`, level: 'Info', displayStatus: DISPLAY[vm.power] as string },
      ...(vm.hibernated ? [{ code: 'HibernationState/Hibernated', level: 'Info', displayStatus: 'VM hibernated' }] : []),
    ],
  }
}

export function diskModel(disk: AzureDisk, isOpen = false): Record<string, unknown> {
  const sizeBytes = diskBytes(disk)
  return {
    name: disk.name,
    id: disk.id,
    type: `${COMPUTE}/disks`,
    location: disk.location,
    ...(disk.owner === null ? {} : { managedBy: disk.owner }),
    sku: { name: disk.sku, tier: disk.sku.split('_')[0] },
    ...(disk.tags === undefined ? {} : { tags: disk.tags }),
    ...(disk.zone == null ? {} : { zones: [disk.zone] }),
    properties: {
      ...(disk.osType === null ? {} : { osType: disk.osType }),
      creationData:
        disk.isForUpload === undefined ? { createOption: 'Empty' } : { createOption: 'Upload', uploadSizeBytes: sizeBytes + FOOTER_BYTES },
      diskSizeGB: disk.sizeGiB,
      diskSizeBytes: sizeBytes,
      ...disk.properties,
      diskState: diskState(disk, isOpen),
      provisioningState: disk.provisioning ?? 'Succeeded',
    },
  }
}

/** Without the footer. */
export function diskBytes({ sizeBytes, sizeGiB }: AzureDisk): number {
  return sizeBytes ?? sizeGiB * 1024 ** 3
}

function diskState({ isForUpload, owner }: AzureDisk, isOpen: boolean): string {
  if (isForUpload === true) return isOpen ? 'ActiveUpload' : 'ReadyToUpload'
  if (isOpen) return 'ActiveSAS'
  return owner === null ? 'Unattached' : 'Attached'
}

export function snapshotModel(snapshot: AzureSnapshot): Record<string, unknown> {
  return {
    name: snapshot.name,
    id: snapshot.id,
    type: `${COMPUTE}/snapshots`,
    location: snapshot.location,
    tags: snapshot.tags,
    sku: { name: 'Standard_LRS', tier: 'Standard' },
    properties: {
      creationData: { createOption: 'Copy', sourceResourceId: snapshot.sourceId },
      diskSizeGB: Math.ceil(snapshot.sizeBytes / 1024 ** 3),
      diskSizeBytes: snapshot.sizeBytes,
      completionPercent: snapshot.provisioning === 'Succeeded' ? 100 : 0,
      ...snapshot.properties,
      timeCreated: new Date(snapshot.createdAtMs).toISOString(),
      provisioningState: snapshot.provisioning,
      incremental: true,
    },
  }
}

export function nicModel(nic: AzureNic): Record<string, unknown> {
  return {
    name: nic.name,
    id: nic.id,
    type: 'Microsoft.Network/networkInterfaces',
    location: nic.location,
    properties: {
      provisioningState: 'Succeeded',
      primary: true,
      macAddress: nic.mac,
      ...(nic.owner === null ? {} : { virtualMachine: { id: nic.owner.replace('/resourceGroups/', '/resourcegroups/') } }),
      ipConfigurations: [
        {
          name: 'ipconfig1',
          id: `${nic.id}/ipConfigurations/ipconfig1`,
          properties: {
            provisioningState: 'Succeeded',
            privateIPAddress: nic.privateAddress,
            privateIPAllocationMethod: 'Dynamic',
            primary: true,
            privateIPAddressVersion: 'IPv4',
            subnet: { id: nic.subnetId },
            ...(nic.publicIp === null ? {} : { publicIPAddress: { id: nic.publicIp.id } }),
          },
        },
      ],
    },
  }
}

export function publicIpModel(ip: AzurePublicIp): Record<string, unknown> {
  return {
    name: ip.name,
    id: ip.id,
    type: 'Microsoft.Network/publicIPAddresses',
    location: ip.location,
    sku: { name: 'Standard', tier: 'Regional' },
    properties: {
      provisioningState: 'Succeeded',
      ipAddress: ip.address,
      publicIPAddressVersion: 'IPv4',
      publicIPAllocationMethod: 'Static',
      ipConfiguration: { id: `${ip.nicId}/ipConfigurations/ipconfig1` },
    },
  }
}

export function lockModel(lock: AzureLock): Record<string, unknown> {
  return {
    id: lock.id,
    type: 'Microsoft.Authorization/locks',
    name: lock.id.split('/').at(-1),
    properties: { level: lock.level, notes: 'kept by its team' },
  }
}

/** One entry of the resource SKUs: a size in one location. */
export function skuModel(size: AzureSize, location: string): Record<string, unknown> {
  const capability = (name: string, value: string | number) => ({ name, value: String(value) })
  return {
    resourceType: 'virtualMachines',
    name: size.name,
    tier: 'Standard',
    size: size.name.replace('Standard_', ''),
    family: size.family,
    locations: [location],
    locationInfo: [{ location, zones: ['1', '2', '3'], zoneDetails: [] }],
    capabilities: [
      capability('MaxResourceVolumeMB', 0),
      capability('vCPUs', size.cpus),
      capability('MemoryGB', size.memoryGiB),
      capability('MaxDataDiskCount', size.maxDataDisks),
      capability('CpuArchitectureType', size.arm ? 'Arm64' : 'x64'),
      capability('HyperVGenerations', size.arm ? 'V2' : 'V1,V2'),
      capability('LowPriorityCapable', 'True'),
    ],
    restrictions: [],
  }
}

/** The older list of sizes. */
export function sizeModel(size: AzureSize): Record<string, unknown> {
  const { name, cpus, memoryGiB, maxDataDisks } = size
  return {
    name,
    numberOfCores: cpus,
    osDiskSizeInMB: 1_047_552,
    resourceDiskSizeInMB: 0,
    memoryInMB: memoryGiB * 1024,
    maxDataDiskCount: maxDataDisks,
  }
}

export function sizeOf(name: string): AzureSize | undefined {
  return SIZES.find((size) => size.name.toLowerCase() === name.toLowerCase())
}

function attached(disk: AzureDisk, deleteOption: string): Record<string, unknown> {
  return { name: disk.name, managedDisk: { storageAccountType: disk.sku, id: disk.id }, deleteOption, diskSizeGB: disk.sizeGiB }
}

function capitals({ id, resourceGroup }: AzureVm): string {
  return id.replace(`/resourceGroups/${resourceGroup}/`, `/resourceGroups/${resourceGroup.toUpperCase()}/`)
}
