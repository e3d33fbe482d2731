/** Pixels of one character's cell. */
export const CELL_WIDTH = 8
export const CELL_HEIGHT = 16

/**
 * The characters from space to `~`, drawn for this console. Nine digits of base 32 each: a digit is a row of five pixels, the last two rows
 * are below the line.
 */
const DRAWN =
  '000000000444440400aaa000000aavavaa004fke5u400op248j300cik8lid00448000000248884200842224800' + //  !"#$%&'()
  '04lel4000044v4400000000cc48000v0000000000cc0001248g000' + // *+,-./
  'ehjlphe004c4444e00eh1248v00v2421he0026aiv2200vgu11he0068guhhe00v12488800ehhehhe00ehhf12c00' + // 0-9
  '0cc0cc0000cc0cc480248g8420000v0v0000842124800eh1240400eh1dlle00' + // :;<=>?@
  'ehhhvhh00uhhuhhu00ehggghe00sihhhis00vgguggv00vgguggg00ehgnhhf00hhhvhhh00e44444e0072222ic00' + // A-J
  'hikokih00ggggggv00hrllhhh00hhpljhh00ehhhhhe00uhhuggg00ehhhlid00uhhukih00fgge11u00v44444400' + // K-T
  'hhhhhhe00hhhhha400hhhllla00hha4ahh00hhha44400v1248gv00' + // U-Z
  'e88888e000g8421000e22222e004ah0000000000000v0842000000' + // [\]^_`
  '00e1fhf00ggmphhu0000egghe0011djhhf0000ehvge00698s8880000fhhhf1eggmphhh0040c444e002062222ic' + // a-j
  'ggikoki00c44444e0000qllhh0000mphhh0000ehhhe0000uhhhugg00djhhf1100mpggg0000ege1u0088s889600' + // k-t
  '00hhhjd0000hhha40000hhlla0000ha4ah0000hhhhf1e00v248v00' + // u-z
  '244844200444444400844244800008l20000' // {|}~

const ROWS = 9
/** Which drawn row stands in which row of the cell: every other row of a letter twice, so that it is taller than it is wide. */
const STRETCHED = [-1, -1, 0, 1, 1, 2, 3, 3, 4, 5, 5, 6, 7, 7, 8, -1]
/** Their middle strokes stand too close to be drawn two pixels wide: only the outer ones are. */
const CROWDED = new Set('#%&@MWmw')
const [OUTER_LEFT, OUTER_RIGHT] = [0x40, 0x04]
const FIRST = 0x20
const LAST = 0x7e

/** Sixteen rows of eight pixels, the left one in the highest bit. What is not drawn is shown without its accents, else as a box. */
export function glyphOf(character: string): Uint8Array {
  const known = GLYPHS.get(character) ?? GLYPHS.get(character.normalize('NFD').charAt(0))
  return known ?? BOX
}

const BOX = Uint8Array.from({ length: CELL_HEIGHT }, (_, row) => (row === 2 || row === 11 ? 0x7e : row > 2 && row < 11 ? 0x42 : 0))

const GLYPHS: ReadonlyMap<string, Uint8Array> = new Map(
  Array.from({ length: LAST - FIRST + 1 }, (_, index) => {
    const character = String.fromCodePoint(FIRST + index)
    const rows = STRETCHED.map((row) => {
      const pixels = row < 0 ? 0 : Number.parseInt(DRAWN.charAt(index * ROWS + row), 32) << 2
      if (!CROWDED.has(character)) return pixels | (pixels >> 1)
      return pixels | ((pixels & OUTER_LEFT) << 1) | ((pixels & OUTER_RIGHT) >> 1)
    })
    return [character, Uint8Array.from(rows)]
  }),
)
