import { FormHelperText, HelperText, HelperTextItem } from '@patternfly/react-core'
import type { ReactNode } from 'react'

/** What to know about a field, under it; the field names it by `aria-describedby`. */
export function Help({ id, children }: { readonly id: string; readonly children: ReactNode }) {
  return (
    <FormHelperText>
      <HelperText id={id}>
        <HelperTextItem>{children}</HelperTextItem>
      </HelperText>
    </FormHelperText>
  )
}
