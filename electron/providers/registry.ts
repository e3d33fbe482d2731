import { awsProvider } from './aws/index.ts'
import { azureProvider } from './azure/index.ts'
import { gcpProvider } from './gcp/index.ts'
import { libvirtProvider } from './libvirt/index.ts'
import type { ProviderDefinition } from './provider.ts'
import { simulatedProvider } from './simulated/index.ts'

/** Every kind of connection there is, in the order in which the page offers them. */
export const providers: readonly ProviderDefinition[] = [libvirtProvider, awsProvider, azureProvider, gcpProvider, simulatedProvider]
