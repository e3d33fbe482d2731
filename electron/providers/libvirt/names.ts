import { AppError } from '../../../shared/errors/index.ts'
import { isXmlText } from '../../xml/index.ts'
import { invalid, libvirtNumber, toProblem, VIR_ERR } from './problems.ts'

/** qemu's driver keeps a definition in a file named after the machine, with `.xml.new` behind it while it is written. */
const LONGEST_NAME_BYTES = { QEMU: 247 } as Readonly<Record<string, number>>
const LONGEST_ELSEWHERE_BYTES = 255

/** libvirt names the folder of a machine's sockets after so many characters of its name (VIR_DOMAIN_SHORT_NAME_MAX). */
const SHORT_NAME_CHARACTERS = 20
/** More bytes than this in them can be too many: `/var/lib/libvirt/qemu/channel/target/domain-ID-NAME/org.qemu.guest_agent.0` may have 107. */
const SHORT_NAME_BYTES = 32

const REMEDY = 'choose-shorter-name'
const REMEDY_TEXT = 'Choose a shorter name: at most 247 bytes, and characters beyond ASCII take two to four each.'

/** Refuses what the host's driver could not keep. `driver` as libvirt calls it: QEMU, TEST, … Throws invalid-input machine.name-invalid. */
export function checkName(name: string, driver: string): void {
  const refuse = (reason: string, remedy = {}) =>
    invalid('machine.name-invalid', `This cannot be a machine's name: ${reason}.`, { name: name.slice(0, 300), reason, ...remedy })
  if (name.trim() === '') throw refuse('it is empty')
  if (/[/\n]/.test(name)) throw refuse('it holds a slash or a line break')
  if (!isXmlText(name)) throw refuse('it holds a control character')
  const bytes = Buffer.byteLength(name)
  const longest = LONGEST_NAME_BYTES[driver] ?? LONGEST_ELSEWHERE_BYTES
  if (bytes > longest) {
    const remedy = { remedy: REMEDY, remedyText: REMEDY_TEXT }
    throw refuse(`it has ${bytes} bytes; ${longest} are the most that this host can keep`, remedy)
  }
}

/**
 * Why a machine does not start, with what helps where its name may be the reason: libvirt says so in words alone, of an internal error. A
 * name that can be kept may still begin with too many bytes for the path of a socket.
 */
export function blamingName(name: string, thrown: unknown): unknown {
  // Code points, as libvirt counts.
  const bytes = Buffer.byteLength(Array.from(name).slice(0, SHORT_NAME_CHARACTERS).join(''))
  if (libvirtNumber(thrown) !== VIR_ERR.internalError || bytes <= SHORT_NAME_BYTES) return thrown
  const { kind, code, message, details, remote } = toProblem(thrown)
  const remedyText = `If a path is said to be too long, rename the machine: the first ${SHORT_NAME_CHARACTERS} characters of its name take ${bytes} bytes, and characters beyond ASCII take two to four each.`
  return new AppError({
    kind,
    code,
    message: `${message}. ${remedyText}`,
    details: { ...details, remedy: 'rename-shorter', remedyText },
    ...(remote && { remote }),
    cause: thrown,
  })
}
