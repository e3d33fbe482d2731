import type { CloudApi } from '../../cloud/index.ts'
import type { Clock } from '../../provider.ts'
import type { AzureAccount } from '../account.ts'
import type { AzureCreate } from '../create.ts'
import type { Inventory } from '../inventory.ts'
import { AccessLinks } from './access.ts'
import { AzureDiskExport } from './disk-export.ts'
import { AzureDiskImport } from './disk-import.ts'
import type { ImagesWay } from './way.ts'

export interface ImagesOptions {
  readonly account: AzureAccount
  readonly creation: AzureCreate
  readonly inventory: Inventory
  readonly clock: Clock
  readonly pollMs: number
}

/** Disks of machines into an account and out of it. */
export function azureImages(options: ImagesOptions): NonNullable<CloudApi['images']> {
  const { account, pollMs } = options
  const way: ImagesWay = { ...options, rest: account.rest, links: new AccessLinks(account, pollMs), pauseMs: pollMs / 2 }
  return { into: new AzureDiskImport(way), out: new AzureDiskExport(way) }
}
