import { macOf } from '../build/shape-of.ts'
import type { SimulatedMachine } from '../fleet.ts'
import { filesystemsOf, interfaceOf, kernelOf } from '../guest.ts'
import { mix, share } from '../random.ts'
import type { World } from '../world.ts'

export interface GuestProcess {
  readonly pid: number
  readonly user: string
  readonly tty: string
  readonly cpuPercent: number
  readonly memoryPercent: number
  readonly command: string
}

/** A simulated machine as its own programs see it. Nothing is kept: all figures come from the world when asked for. */
export class GuestView {
  readonly #world: World
  readonly #machine: SimulatedMachine

  constructor(world: World, machine: SimulatedMachine) {
    this.#world = world
    this.#machine = machine
  }

  /** Without what would steer a terminal, and in one word. */
  get hostname(): string {
    return this.#machine.facts.name.replaceAll(/[\p{Cc}\s]+/gu, '-') || 'guest'
  }

  get os(): string {
    return this.#machine.facts.os ?? 'an unknown system'
  }

  get kernel(): string {
    return kernelOf(this.#machine) ?? 'none of Linux'
  }

  get nowMs(): number {
    return this.#world.clock.nowMs()
  }

  get uptimeMs(): number {
    return Math.max(0, this.nowMs - (this.#machine.facts.startedAtMs ?? this.nowMs))
  }

  get vcpus(): number {
    return this.#machine.facts.vcpus
  }

  get cpuModel(): string {
    return this.#world.host(this.#machine.facts.hostRef).facts.cpuModel ?? 'QEMU Virtual CPU'
  }

  get memoryKiB(): number {
    return this.#machine.facts.memoryKiB
  }

  get memoryUsedKiB(): number {
    const used = this.#world.sample(this.#machine, this.nowMs)?.memoryUsedKiB
    return used ?? Math.round(this.memoryKiB * this.#machine.role.load.memory)
  }

  get addresses(): readonly string[] {
    return this.#machine.facts.addresses
  }

  get mac(): string {
    return macOf(this.#machine) ?? '00:00:00:00:00:00'
  }

  get cpuPercent(): number {
    return this.#world.sample(this.#machine, this.nowMs)?.cpuPercent ?? 0
  }

  /** How many CPUs were busy on average in the minutes before now. */
  loadOver(minutes: number): number {
    const looks = 6
    let sum = 0
    for (let look = 0; look < looks; look++) {
      const atMs = this.nowMs - (look * minutes * 60_000) / looks
      sum += ((this.#world.sample(this.#machine, atMs)?.cpuPercent ?? 0) / 100) * this.vcpus
    }
    return sum / looks
  }

  /** What it calls its network card. */
  get networkInterface(): string {
    return interfaceOf(this.#machine)
  }

  /** As the guest agent tells them. */
  get filesystems(): ReturnType<typeof filesystemsOf> {
    return filesystemsOf(this.#machine, this.nowMs)
  }

  /** The busiest first. */
  get processes(): readonly GuestProcess[] {
    const { salt, role, facts } = this.#machine
    const cpu = this.cpuPercent
    const memory = (this.memoryUsedKiB / this.memoryKiB) * 100
    const process = (pid: number, command: string, cpuShare = 0, memoryShare = 0.004, user = 'root', tty = '?'): GuestProcess => ({
      pid,
      user,
      tty,
      cpuPercent: cpu * cpuShare,
      memoryPercent: memory * memoryShare,
      command,
    })
    const service = 600 + (mix(salt, 141) % 300)
    const workers = Math.min(4, facts.vcpus)
    return [
      ...Array.from({ length: workers }, (_, index) =>
        process(
          service + 10 + index,
          `${role.name}: worker ${index}`,
          (0.8 + share(salt, 142, index) * 0.1) / workers,
          0.8 / workers,
          'app',
        ),
      ),
      process(service, `/usr/bin/${role.name} --serve`, 0.06, 0.08, 'app'),
      process(1, '/sbin/init', 0.002, 0.01),
      process(2, '[kthreadd]', 0, 0),
      process(312, '/lib/systemd/systemd-journald', 0.01, 0.02),
      process(341, '/lib/systemd/systemd-udevd'),
      process(498, '/usr/sbin/cron -f'),
      process(511, 'sshd: /usr/sbin/sshd -D'),
      ...(facts.agent === 'none' ? [] : [process(520, '/usr/sbin/qemu-ga', 0.002)]),
      process(533, '-sh', 0, 0.002, 'root', 'ttyS0'),
    ]
  }
}
