import type { BuildFinding, VolumeAbilities } from '../../../shared/model/index.ts'
import { blocks, warns } from '../build/finding.ts'
import { type OvaPackage, partOf } from './ova-package.ts'

/** What stands in the way of unpacking it, and what cannot be known of it. */
export function packageFindings(ova: OvaPackage, { convert }: Pick<VolumeAbilities, 'convert'>): BuildFinding[] {
  const findings: BuildFinding[] = []
  const used = new Set(ova.ovf.system.drives.map(({ diskId }) => diskId))
  const disks = ova.ovf.disks.filter(({ id }) => used.has(id))
  for (const disk of disks) {
    const file = ova.ovf.files.find(({ id }) => id === disk.fileId)
    const part = partOf(ova, disk)
    const name = file?.href ?? disk.fileId ?? ''
    if (file?.chunkBytes != null)
      findings.push(blocks({ ...of('ova.in-pieces', name), text: `“${name}” is cut into pieces, which are not put together here.` }))
    else if (part === undefined)
      findings.push(blocks({ ...of('ova.file-missing', name), text: `The package names “${name}”, which is not in it.` }))
    else if (file?.compression != null) {
      const text = `“${name}” is compressed (${file.compression}) as a whole. Unpack the package and import the disk by itself.`
      findings.push(blocks({ ...of('ova.compressed', name), text }))
    } else if (part?.format === null)
      findings.push(blocks({ ...of('ova.unknown-format', name), text: `The format of “${name}” is not known here.` }))
    if (ova.digests && part && !ova.digests.has(part.name)) {
      findings.push(
        warns({ ...of('ova.not-in-manifest', part.name), text: `The manifest says nothing of “${part.name}”, so it is taken as it is.` }),
      )
    }
  }
  if (convert && disks.some(({ fileId }) => fileId !== null)) {
    findings.push(
      blocks({
        code: 'ova.no-conversion',
        field: null,
        text: `The host cannot convert the disks: ${convert.text}`,
        params: { reason: convert.text },
      }),
    )
  }
  if (!ova.digests) {
    findings.push(warns({ code: 'ova.no-manifest', field: null, text: 'The package has no manifest: whether it is whole cannot be told.' }))
  }
  if (ova.isSigned)
    findings.push(warns({ code: 'ova.signature-unchecked', field: null, text: 'The package is signed. Who signed it is not checked.' }))
  return findings
}

function of(code: string, name: string) {
  return { code, field: null, params: { name } }
}
