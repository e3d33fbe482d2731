import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core'
import { useState } from 'react'
import type { AppError } from '../../../shared/errors/index.ts'
import type { Machine } from '../../../shared/model/index.ts'
import { toPageError, useApi } from '../../lib/api/index.ts'
import { compareNames, useI18n } from '../../lib/i18n/index.ts'
import { useTable } from '../../lib/live/index.ts'
import { Problem } from '../../ui/index.ts'
import { clearExportRequest, keepOwn } from './export-request.ts'

/** Asks where the converted disks lie meanwhile, and has the package made. */
export function ExportDialog({ machine }: { readonly machine: Machine }) {
  const { t } = useI18n()
  const api = useApi()
  const pools = useTable('pool')
    .filter((one) => one.hostId === machine.hostId && one.active)
    .toSorted((a, b) => compareNames(a.name, b.name))
  const [pool, setPool] = useState('')
  // one for all that is pressed here: after a lost answer the second press finds the first one's package
  const [token] = useState(() => crypto.randomUUID())
  const [pending, setPending] = useState(false)
  const [error, setError] = useState<AppError | null>(null)
  const title = t('export.title', { name: machine.name })

  async function begin() {
    if (pending) return
    setPending(true)
    setError(null)
    try {
      keepOwn(machine.id, await api.ova.export({ machineId: machine.id, pool: pool === '' ? null : pool, token }))
    } catch (thrown) {
      setError(toPageError(thrown, 'command'))
      setPending(false)
    }
  }

  return (
    <Modal isOpen variant="small" aria-label={title} onClose={clearExportRequest} elementToFocus="#export-pool">
      <ModalHeader title={title} />
      <ModalBody>
        <p className="dialog-text">{t('export.text', { name: machine.name })}</p>
        <p className="dialog-text">{t('export.left-out')}</p>
        <div className="field">
          <label htmlFor="export-pool">{t('export.pool')}</label>
          <div>
            <select
              id="export-pool"
              className="text-input"
              aria-describedby="export-pool-note"
              value={pool}
              onChange={(event) => setPool(event.target.value)}
            >
              <option value="">{t('export.beside')}</option>
              {pools.map((one) => (
                <option key={one.id}>{one.name}</option>
              ))}
            </select>
            <p id="export-pool-note" className="form-note">
              {t('export.pool-note')}
            </p>
          </div>
        </div>
        {error && <Problem error={error} />}
      </ModalBody>
      <ModalFooter>
        <Button variant="primary" isDisabled={pending} isLoading={pending} onClick={() => void begin()}>
          {t('export.start')}
        </Button>
        <Button variant="secondary" onClick={clearExportRequest}>
          {t('action.cancel')}
        </Button>
      </ModalFooter>
    </Modal>
  )
}
