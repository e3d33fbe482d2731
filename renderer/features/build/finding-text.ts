import type { BuildFinding } from '../../../shared/model/index.ts'
import type { I18n } from '../../lib/i18n/index.ts'

/** A finding in words. Some of a host's say the same as the reason that a choice is greyed with. */
export function findingText(finding: BuildFinding, i18n: I18n): string {
  return i18n.code('finding', finding.code, i18n.reason(finding), finding.params)
}
