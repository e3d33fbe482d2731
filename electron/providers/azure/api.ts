import type { CloudPermission, MachineType } from '../../../shared/model/index.ts'
import { CallBudget, type CloudApi, type CloudCheck, isImitation, problems, RHYTHM, type Rhythm } from '../cloud/index.ts'
import type { CallOptions, Clock, Secrets } from '../provider.ts'
import { AzureAccount, abortOf, allOf } from './account.ts'
import { AzureActions, UNSUPPORTED } from './actions.ts'
import type { AzureConfig } from './config.ts'
import { AzureCreate } from './create.ts'
import { deletionPlanOf, detailOf } from './detail.ts'
import { AzureGuest } from './guest.ts'
import { idOf, subscriptionOf } from './ids.ts'
import { azureImages } from './images/index.ts'
import { Inventory } from './inventory.ts'
import { ManyAtOnce } from './many.ts'
import { type Sampled, samplesOf } from './metrics.ts'
import { choicesOf, placesOf } from './places.ts'
import { LABEL } from './problems.ts'
import { resourcesOf } from './resources.ts'
import { permissionsOf } from './roles.ts'

/** What Resource Manager lets one login ask of a subscription: 250 at once, 25 a second for long. */
const CALLS_A_MINUTE = 1_500
const BURST = 250
/** Compute allows about 136 pages of lists in three minutes: a large fleet is read less often. */
const PAGE_COST_MS = 1_500

export interface AzureApi extends CloudApi {
  /** Of the wizard: who logged in, and what can be chosen. */
  readonly check: Omit<CloudCheck, 'api'>
}

/** Asks nobody yet. Throws AppError when the configuration cannot be used. */
export async function openAzure(config: AzureConfig, secrets: Secrets, clock: Clock, rhythm: Rhythm = RHYTHM): Promise<AzureApi> {
  const budget = new CallBudget(clock, CALLS_A_MINUTE, BURST)
  const account = await AzureAccount.open(config, secrets, budget, clock)
  const inventory = new Inventory(account, clock, 2 * rhythm.idleMs)
  const actions = new AzureActions(account, inventory, clock, new ManyAtOnce(account, clock, rhythm.waitMs / 2))
  const creation = new AzureCreate(account, inventory)
  const guest = new AzureGuest(account, inventory, clock, rhythm.waitMs)
  /** Where a machine is, for metrics, which are asked for by region. */
  const sampled = new Map<string, ReadonlyMap<string, Sampled>>()
  return {
    label: LABEL,
    unsupported: UNSUPPORTED,
    isImitation: isImitation(config.endpoint),
    rhythm: {
      ...rhythm,
      get idleMs() {
        return Math.max(rhythm.idleMs, inventory.pagesOfALook * PAGE_COST_MS)
      },
    },
    budget,
    places: (options) => placesOf(account, options),
    async *machines(placeRef, options) {
      const here = new Map<string, Sampled>()
      for await (const page of inventory.machines(placeRef, options)) {
        for (const { ref, facts } of page) here.set(ref, { ref, location: facts.cloud?.region ?? '', memoryKiB: facts.memoryKiB })
        yield page
      }
      sampled.set(placeRef, here)
    },
    changedMachines: (placeRef, known, options) => inventory.changed(placeRef, known, options),
    machine: (ref, options) => inventory.machine(ref, options),
    networks: (placeRef, options) => inventory.networks(placeRef, options),
    begin: (action, context, options) => actions.begin(action, context, options),
    outcome: (action, ref, requestId, options) => actions.outcome(action, ref, requestId, options),
    async detail(seen, options) {
      const found = await inventory.model(seen.ref, options)
      if (found === null) throw problems.machineNotFound()
      const cards = await inventory.cards.of(seen.facts.hostRef, options)
      return detailOf(seen, found.vm, found.view, cards, clock.nowMs())
    },
    deletionPlan: (seen, options) => {
      abortOf(options)
      return Promise.resolve(deletionPlanOf(seen))
    },
    metrics: (refs, sinceMs, options) =>
      samplesOf(
        account,
        refs.flatMap((ref) => sampled.get(subscriptionOf(ref))?.get(ref) ?? []),
        { clock, sinceMs, options },
      ),
    permissions: (options) => allPermissions(account, options),
    machineTypes: (placeRef, machineRef, options) => machineTypes(account, inventory, placeRef, machineRef, options),
    resources: (placeRef, kind, search, options) => resourcesOf(account, placeRef, kind, search, options),
    serialOutput: (ref, options) => guest.serialOutput(ref, options),
    screenshot: (ref, options) => guest.screenshot(ref, options),
    runCommand: (ref, script, options) => guest.runCommand(ref, script, options),
    create: (placeRef, spec, token, options) => creation.create(placeRef, spec, token, options),
    created: (placeRef, token, options) => creation.created(placeRef, token, options),
    images: azureImages({ account, creation, inventory, clock, pollMs: rhythm.waitMs / 2 }),
    close: () => account.close(),
    check: {
      identity: (options) => account.identity(options),
      choices: (options) => choicesOf(account, options),
      versions: [{ name: LABEL, version: 'Resource Manager' }],
    },
  }
}

async function allPermissions(account: AzureAccount, options: CallOptions): Promise<readonly CloudPermission[]> {
  const places = await placesOf(account, options)
  return permissionsOf(
    account,
    places.map(({ ref }) => ref),
    options,
  )
}

/** Of one machine: those of its region, each with why it cannot have it as it is. Else: those of all regions of the place. */
async function machineTypes(
  account: AzureAccount,
  inventory: Inventory,
  subscription: string,
  machineRef: string | null,
  options: CallOptions,
): Promise<readonly MachineType[]> {
  if (machineRef === null) return typesOfPlace(account, inventory, subscription, options)
  const found = await inventory.model(machineRef, options)
  if (found === null) throw problems.machineNotFound()
  const types = await inventory.types.of(subscription, found.vm.location, options)
  const { group, name } = idOf(machineRef)
  const { virtualMachines } = await account.compute(subscription)
  const sizes = await allOf(virtualMachines.listAvailableSizes(group, name, abortOf(options)), options)
  const free = new Set(sizes.map((size) => size.name?.toLowerCase()))
  const own = types.get((found.vm.hardwareProfile?.vmSize ?? '').toLowerCase())
  return [...types.values()].map((type) => {
    if (type.reason !== null) return type
    if (own !== undefined && type.arch !== own.arch)
      return { ...type, reason: `It is of another architecture (${type.arch ?? 'unknown'}).` }
    if (free.size > 0 && !free.has(type.name.toLowerCase())) {
      return { ...type, reason: 'The hardware it stands on now has no such size. Deallocate it first.' }
    }
    return type
  })
}

async function typesOfPlace(
  account: AzureAccount,
  inventory: Inventory,
  subscription: string,
  options: CallOptions,
): Promise<readonly MachineType[]> {
  const regions = new Set<string>()
  for await (const page of inventory.machines(subscription, options)) for (const { facts } of page) regions.add(facts.cloud?.region ?? '')
  if (regions.size === 0) {
    const { virtualNetworks } = await account.network(subscription)
    for (const { location } of await allOf(virtualNetworks.listAll(abortOf(options)), options))
      if (location !== undefined) regions.add(location)
  }
  const byName = new Map<string, MachineType>()
  for (const region of regions) {
    for (const [name, type] of await inventory.types.of(subscription, region, options)) {
      const known = byName.get(name)
      if (known === undefined || known.reason !== null) byName.set(name, type)
    }
  }
  return [...byName.values()]
}
