import '../build.css'
import { useSearchParams } from 'react-router'
import { HostGate } from '../host-gate.tsx'
import { ImportForm } from './import-form.tsx'

/** `/import?host=…`: a machine out of a package, or a disk out of an image. */
export function ImportPage() {
  const [search] = useSearchParams()
  return (
    <HostGate asked={search.get('host')} kept={null}>
      {(chosen) => <ImportForm {...chosen} />}
    </HostGate>
  )
}
