/** The few pages the server writes itself. No script, no style from elsewhere. */

const SHELL = (title: string, body: string, head = ''): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">${head}<title>${title}</title></head><body>${body}</body></html>`

/** Shown to whoever has no session. */
export function lockedPage(): string {
  return SHELL(
    'NovaCron: log in',
    '<main><h1>This console is locked</h1><p>Open the one-time link that <code>npm start</code> printed in its terminal. It works once, for 15 minutes.</p><p>For a new link run <code>novacron login-link</code>, or restart the console.</p></main>',
  )
}

/** Carries the fresh cookie and goes on to the page. */
export function redirectPage(): string {
  return SHELL('NovaCron', '<p>Opening the console. <a href="/">Go on</a></p>', '<meta http-equiv="refresh" content="0;url=/">')
}

/** The browsable API: Swagger UI needs inline styles and data images, which the page itself does not get. */
export const DOCS_CSP =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"

export function docsPage(): string {
  return SHELL(
    'NovaCron API',
    '<div id="ui"></div><script src="/api/docs/ui/swagger-ui-bundle.js"></script><script src="/api/docs/start.js"></script>',
    '<link rel="stylesheet" href="/api/docs/ui/swagger-ui.css">',
  )
}

export function docsInitializer(): string {
  return "window.ui = SwaggerUIBundle({ url: '/api/openapi.json', dom_id: '#ui', deepLinking: true, validatorUrl: null })\n"
}
