import { useEffect } from 'react'
import { useEntity, useTable } from '../../lib/live/index.ts'
import { ExportDialog } from './export-dialog.tsx'
import { adoptRunning, useExportRequest } from './export-request.ts'
import { PackageSaver } from './package-saver.tsx'
import { TemplateDialog } from './template-dialog.tsx'
import { clearTemplateRequest, useTemplateRequest } from './template-request.ts'

/** Mounted once in the frame: opens the dialogs that `requestTemplate` and `requestExport` ask for, and saves packages that were made. */
export function BuildHost() {
  const machineId = useTemplateRequest((state) => state.machineId)
  const machine = useEntity('machine', machineId)
  const { machineId: exportedId, asked } = useExportRequest()
  const exported = useEntity('machine', exportedId)
  const tasks = useTable('task')
  // `exportedId`: the dialog of a machine that is exported already shows how far that is
  useEffect(() => adoptRunning(tasks, exportedId), [tasks, exportedId])
  return (
    <>
      {machine && <TemplateDialog key={machine.id} machine={machine} onClose={clearTemplateRequest} />}
      {Object.entries(asked).map(([id, one]) => (
        <PackageSaver key={one.taskId} machineId={id} asked={one} />
      ))}
      {exported && asked[exported.id] === undefined && <ExportDialog key={exported.id} machine={exported} />}
    </>
  )
}
