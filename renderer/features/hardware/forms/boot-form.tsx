import { Button } from '@patternfly/react-core'
import type { HardwareEdit } from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { EditForm } from '../edit-form.tsx'
import { CheckLine } from '../field.tsx'
import { useHardware } from '../hardware-context.ts'
import { deviceTitle } from '../items.ts'
import { useDraft } from '../use-draft.ts'

/** What it starts from, first choice first. */
export function BootForm() {
  const i18n = useI18n()
  const { t } = i18n
  const { shown } = useHardware()
  const draft = useDraft('boot', { order: [...shown.boot.order], menu: shown.boot.menu })
  const { values, touched } = draft
  const devices = [...shown.disks, ...shown.nics, ...shown.others.filter(({ kind }) => kind === 'hostdev')]
  const titles = new Map(devices.map((device) => [device.key, deviceTitle(device, i18n)]))
  const order = values.order.filter((key) => titles.has(key))
  const rest = devices.map(({ key }) => key).filter((key) => !order.includes(key))
  const edit: HardwareEdit | null = draft.isTouched
    ? { edit: 'setBoot', order: values.order, ...(touched.menu !== undefined && { menu: values.menu }) }
    : null
  function move(at: number, by: number) {
    const next = [...order]
    const [moved] = next.splice(at, 1)
    if (moved !== undefined) next.splice(at + by, 0, moved)
    draft.set({ order: next })
  }
  return (
    <EditForm
      formKey={draft.key}
      edit={edit}
      fields={{ order: touched.order ? { edit: 'setBoot', order: values.order } : null, menu: touched.menu !== undefined ? edit : null }}
      save={t('hw.save.boot')}
      onReset={draft.isTouched ? draft.reset : undefined}
    >
      <ol className="hw-boot" aria-label={t('hw.field.boot.order')}>
        {order.map((key, at) => (
          <li key={key}>
            <label className="check-line">
              <input
                type="checkbox"
                className="check-input"
                checked
                onChange={() => draft.set({ order: order.filter((each) => each !== key) })}
              />
              <span>
                <b className="num">{at + 1}.</b> {titles.get(key)}
              </span>
            </label>
            <span className="grow" />
            <Button
              variant="link"
              size="sm"
              isDisabled={at === 0}
              aria-label={t('hw.boot.up', { device: titles.get(key) ?? key })}
              onClick={() => move(at, -1)}
            >
              {t('hw.up')}
            </Button>
            <Button
              variant="link"
              size="sm"
              isDisabled={at === order.length - 1}
              aria-label={t('hw.boot.down', { device: titles.get(key) ?? key })}
              onClick={() => move(at, 1)}
            >
              {t('hw.down')}
            </Button>
          </li>
        ))}
        {rest.map((key) => (
          <li key={key}>
            <label className="check-line">
              <input type="checkbox" className="check-input" checked={false} onChange={() => draft.set({ order: [...order, key] })} />
              <span className="sub">{titles.get(key)}</span>
            </label>
          </li>
        ))}
      </ol>
      {order.length === 0 && <p className="form-note">{t('hw.boot.nothing')}</p>}
      <CheckLine label={t('hw.field.boot.menu')} name="menu" checked={values.menu} onChange={(menu) => draft.set({ menu })} />
    </EditForm>
  )
}
