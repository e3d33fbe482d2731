import './cloud-machine.css'
import type { CloudFacts, Machine } from '../../../shared/model/index.ts'
import { RunCommand } from './run-command.tsx'
import { ScreenshotPanel } from './screenshot-panel.tsx'

export interface CloudGuestTabProps {
  readonly machine: Machine
  readonly cloud: CloudFacts
  /** It can be asked now. */
  readonly live: boolean
}

/** What the cloud itself can do inside a machine, and see of it. */
export function CloudGuestTab({ machine, cloud, live }: CloudGuestTabProps) {
  return (
    <div className="cloud-guest">
      <RunCommand machine={machine} cloud={cloud} live={live} />
      <ScreenshotPanel machine={machine} live={live} />
    </div>
  )
}
