import type { AzureAccount } from '../account.ts'
import type { AzureCreate } from '../create.ts'
import type { Inventory } from '../inventory.ts'
import type { BlobWay } from './page-blob.ts'

/** What it takes to bring disks in and out. */
export interface ImagesWay extends BlobWay {
  readonly account: AzureAccount
  readonly creation: AzureCreate
  readonly inventory: Inventory
  /** How often it is asked whether Azure is done with something. */
  readonly pollMs: number
}
