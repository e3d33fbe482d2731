import { useEntity } from '../../lib/live/index.ts'
import { TemplateDialog } from './template-dialog.tsx'
import { clearTemplateRequest, useTemplateRequest } from './template-request.ts'

/** Mounted once in the frame: opens the dialog that `requestTemplate` asks for. */
export function BuildHost() {
  const machineId = useTemplateRequest((state) => state.machineId)
  const machine = useEntity('machine', machineId)
  return machine ? <TemplateDialog key={machine.id} machine={machine} onClose={clearTemplateRequest} /> : null
}
