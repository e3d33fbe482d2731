/* oxlint-disable vitest/no-conditional-tests, vitest/valid-describe-callback, vitest/valid-title, vitest/no-disabled-tests -- the one place that decides whether a suite can run */
import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'

/** Programs that tests need as peers, and the Debian package of each. */
const PACKAGES: Readonly<Record<string, string>> = {
  sshd: 'openssh-server',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  'ssh-agent': 'openssh-client',
  libvirtd: 'libvirt-daemon libvirt-daemon-driver-qemu',
  'virt-ssh-helper': 'libvirt-daemon',
  'qemu-system-x86_64': 'qemu-system-x86',
  'qemu-img': 'qemu-utils',
  nc: 'netcat-openbsd',
  openssl: 'openssl',
  ip: 'iproute2',
  unshare: 'util-linux',
  nsenter: 'util-linux',
}

function isInstalled(program: string): boolean {
  try {
    execFileSync('sh', ['-c', 'command -v "$0"', program], {
      env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
      stdio: 'ignore',
    })
    return true
  } catch {
    return false
  }
}

/** Why tests with these peers cannot run here, with the command that helps; undefined if they can. */
export function missingPeers(programs: readonly string[], needsRoot: boolean): string | undefined {
  if (needsRoot && process.getuid?.() !== 0) return 'needs root for its own namespaces: run as root'
  const missing = programs.filter((program) => !isInstalled(program))
  if (missing.length === 0) return undefined
  const packages = [...new Set(missing.map((program) => PACKAGES[program] ?? program))]
  return `needs ${missing.join(', ')}: apt-get install -y --no-install-recommends ${packages.join(' ')}`
}

/** A suite against real peers: skipped with the reason where they are missing, failed where CI=true. */
export function describeWithPeers(name: string, programs: readonly string[], body: () => void, needsRoot = true): void {
  const reason = missingPeers(programs, needsRoot)
  if (reason === undefined) {
    describe(name, body)
  } else if (process.env.CI === 'true') {
    describe(name, () => {
      test('its peers are present', () => expect(reason).toBeUndefined())
    })
  } else {
    describe.skip(`${name} (${reason})`, body)
  }
}
