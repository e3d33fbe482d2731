/** jsdom draws nothing: every drawing call of a chart answers with something that can be called or read again. */
export function withoutDrawing(): void {
  const nothing: unknown = new Proxy(() => nothing, {
    get: (_target, key) => (key === Symbol.toPrimitive ? () => 0 : nothing),
    set: () => true,
  })
  HTMLCanvasElement.prototype.getContext = (() => nothing) as unknown as typeof HTMLCanvasElement.prototype.getContext
  globalThis.Path2D = class {
    moveTo(): void {}
    lineTo(): void {}
    rect(): void {}
    arc(): void {}
    closePath(): void {}
    addPath(): void {}
  } as unknown as typeof Path2D
}
