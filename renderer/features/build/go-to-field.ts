import { fieldId } from './fields/form-context.ts'
import { sectionOf } from './sections/section.tsx'

/** The field of a path, else one inside of it, else the nearest around it. */
export function elementOf(path: string, root: ParentNode = document): HTMLElement | null {
  for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('.')))) {
    const id = CSS.escape(fieldId(at))
    const found = root.querySelector<HTMLElement>(`#${id}`) ?? (at === path ? root.querySelector<HTMLElement>(`[id^="${id}."]`) : null)
    if (found) return found
  }
  return null
}

/** Leads to the field that a finding is about, or to its part of the form. */
export function goToField(path: string): void {
  const field = elementOf(path)
  if (field) {
    bringInto(field, 0.3)
    field.focus({ preventScroll: true })
  } else goToSection(sectionOf(path))
}

/** The heading takes the focus, so that the next Tab goes to the part's first field. */
export function goToSection(id: string): void {
  const title = document.getElementById(`section-${id}-title`)
  if (!title) return
  bringInto(title, 0)
  title.focus({ preventScroll: true })
}

const MARGIN = 8

/** Scrolls the part of the page that it is in, and nothing around that: the frame stands still. `share`: how far down it is to be. */
function bringInto(element: HTMLElement, share: number): void {
  let box = element.parentElement
  while (box && (box.scrollHeight <= box.clientHeight || getComputedStyle(box).overflowY !== 'auto')) box = box.parentElement
  if (!box) return
  const distance = element.getBoundingClientRect().top - box.getBoundingClientRect().top
  box.scrollTop += distance - MARGIN - share * box.clientHeight
}
