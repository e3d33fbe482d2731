/**
 * xterm writes its rules into <style> elements, which the page's policy forbids, even empty ones, and it asks the document for them in
 * more than one way. While `run` runs, the document gives it a stand-in that puts its text into a constructed style sheet: such rules
 * come from scripts of ours, and the policy leaves them alone.
 */
export function withStyleSheets(run: () => void): void {
  const create = document.createElement.bind(document)
  document.createElement = (name: string, options?: ElementCreationOptions) => (name === 'style' ? createStyle() : create(name, options))
  try {
    run()
  } finally {
    // the one of its prototype shows again
    Reflect.deleteProperty(document, 'createElement')
  }
}

function createStyle(): HTMLElement {
  const sheet = new CSSStyleSheet()
  const stand = document.createElement('span')
  stand.hidden = true
  document.adoptedStyleSheets.push(sheet)
  Object.defineProperty(stand, 'textContent', {
    get: () => '',
    set: (text: string) => {
      sheet.replaceSync(text)
    },
  })
  Object.defineProperty(stand, 'remove', {
    value: () => {
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet)
      Element.prototype.remove.call(stand)
    },
  })
  return stand
}
