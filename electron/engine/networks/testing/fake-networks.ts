import { AppError } from '../../../../shared/errors/index.ts'
import type { NetworkEdit, NetworkFilter, NetworkSpec } from '../../../../shared/model/index.ts'
import { cardStuck, networkOff } from '../../../../shared/networks/index.ts'
import type { NetworkKeeper, ProvidedNetworkDetail, ProvidedTopology } from '../../../providers/provider.ts'

interface FakeNetwork {
  name: string
  isActive: boolean
  autostart: boolean
  edits: number
  hosts: ProvidedNetworkDetail['hosts']
  users: string[]
  /** Users whose cards hang beside it. */
  loose: Set<string>
  xml: string
}

/** Networks in memory. A reply that is to be lost is lost after the work was done, or before. */
export class FakeNetworks implements NetworkKeeper {
  readonly networks = new Map<string, FakeNetwork>()
  readonly known = new Map<string, NetworkFilter>()
  /** Machines whose cards cannot be plugged in. */
  readonly stuck = new Set<string>()
  /** Called before and after the work of each change: it may fail, or never end. */
  disturb: (call: string, when: 'before' | 'after') => Promise<void> | void = () => {}
  readonly done: string[] = []
  loses: 'nothing' | 'request' | 'reply' = 'nothing'
  topologyAnswer: (() => Promise<ProvidedTopology>) | null = null

  put(ref: string, more: Partial<FakeNetwork> = {}): void {
    this.networks.set(ref, {
      name: ref,
      isActive: true,
      autostart: true,
      edits: 0,
      hosts: [],
      users: [],
      loose: new Set(),
      xml: '<network/>',
      ...more,
    })
  }

  create(_host: string, ref: string, { name, autostart }: NetworkSpec): Promise<void> {
    return this.#change('create', () => this.put(ref, { name, autostart }))
  }

  start(ref: string): Promise<void> {
    return this.#change('start', () => {
      this.#need(ref).isActive = true
    })
  }

  startAs(ref: string, xml: string): Promise<void> {
    return this.#change('startAs', () => {
      Object.assign(this.#need(ref), { isActive: true, xml })
    })
  }

  stop(ref: string): Promise<void> {
    return this.#change('stop', () => {
      const network = this.#need(ref)
      network.isActive = false
      network.loose = new Set(network.users)
    })
  }

  plugIn(ref: string, machineRef: string): Promise<void> {
    return this.#change('plugIn', () => {
      if (this.stuck.has(machineRef)) throw cardStuck(machineRef, 'it is stuck')
      this.#need(ref).loose.delete(machineRef)
    })
  }

  edit(ref: string, edit: NetworkEdit): Promise<void> {
    return this.#change('edit', () => {
      const network = this.#need(ref)
      if (edit.edit === 'setAutostart') network.autostart = edit.autostart
      else network.edits += 1
      if (edit.edit === 'addHost') network.hosts.push(edit.host)
    })
  }

  remove(ref: string): Promise<void> {
    return this.#change('remove', () => {
      this.networks.delete(ref)
    })
  }

  state(ref: string): ReturnType<NetworkKeeper['state']> {
    const network = this.networks.get(ref)
    return Promise.resolve(network ? { isActive: network.isActive, autostart: network.autostart, revision: `r${network.edits}` } : null)
  }

  detail(ref: string): Promise<ProvidedNetworkDetail> {
    const { edits, hosts, users, isActive, loose, xml } = this.#need(ref)
    const machines = users.join(', ')
    const why = users.length === 0 ? null : { text: `${machines} hang on it.`, params: { machines } }
    return Promise.resolve({
      revision: `r${edits}`,
      xml,
      keptXml: '<network/>',
      hasPending: false,
      mode: 'nat',
      bridge: 'virbr0',
      domain: null,
      mtu: null,
      subnets: [],
      hosts,
      dnsHosts: [],
      portGroups: [],
      leases: [],
      ports: users.map((machine, index) => ({
        machineRef: machine,
        machine,
        mac: `52:54:00:00:00:0${index + 1}`,
        target: null,
        portGroup: null,
        addresses: [],
        isRunning: true,
        isPlugged: isActive && !loose.has(machine),
      })),
      noStop: isActive ? why && { code: 'network.in-use', ...why } : networkOff(ref),
      noRemove: why && { code: 'network.named', ...why },
      observedAtMs: 0,
    })
  }

  filters(): Promise<readonly NetworkFilter[]> {
    return Promise.resolve([...this.known.values()])
  }

  putFilter(_host: string, xml: string): Promise<void> {
    const name = /name=['"]([^'"]+)/.exec(xml)?.[1] ?? ''
    return this.#change('putFilter', () => {
      this.known.set(name, { name, uuid: name, xml, usedBy: [], includedBy: [] })
    })
  }

  removeFilter(_host: string, name: string): Promise<void> {
    return this.#change('removeFilter', () => {
      this.known.delete(name)
    })
  }

  topology(): Promise<ProvidedTopology> {
    return this.topologyAnswer?.() ?? Promise.resolve({ nodes: [], edges: [], unseen: [], observedAtMs: 0 })
  }

  rates(): Promise<[]> {
    return Promise.resolve([])
  }

  #need(ref: string): FakeNetwork {
    const network = this.networks.get(ref)
    if (!network) throw new AppError({ kind: 'not-found', code: 'network.not-found', message: 'Gone.' })
    return network
  }

  async #change(call: string, work: () => void): Promise<void> {
    const before = this.disturb(call, 'before')
    if (before) await before
    if (this.loses !== 'request') work()
    this.done.push(call)
    const after = this.disturb(call, 'after')
    if (after) await after
    if (this.loses === 'nothing') return
    throw new AppError({ kind: 'indeterminate', code: 'link.reply-lost', message: 'No answer came.' })
  }
}
