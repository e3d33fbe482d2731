/** Red, green and blue of the sixteen colours of a text console, in the order of ECMA-48: 8 to 15 are the bright ones. */
export const PALETTE: ReadonlyArray<readonly [red: number, green: number, blue: number]> = [
  [0, 0, 0],
  [187, 40, 40],
  [40, 160, 70],
  [180, 130, 30],
  [60, 100, 200],
  [160, 70, 170],
  [40, 150, 170],
  [200, 200, 200],
  [96, 96, 96],
  [255, 100, 100],
  [100, 230, 130],
  [250, 220, 90],
  [120, 160, 255],
  [240, 130, 240],
  [90, 220, 240],
  [255, 255, 255],
]
