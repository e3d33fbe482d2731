import { z } from 'zod'

/**
 * What is said to whoever sends an upload, each a message of UTF-8 JSON on its channel. `taken`: the engine has the file up to there, so that
 * more may follow. `confirmed`: the host has it up to there for certain; what comes after that may have to be sent again.
 */
export const uploadWordSchema = z.union([z.object({ taken: z.number().int() }), z.object({ confirmed: z.number().int() })])
export type UploadWord = z.infer<typeof uploadWordSchema>

/** So many bytes may be under way beyond what was taken. */
export const UPLOAD_AHEAD_BYTES = 8 * 1_048_576
/** Of one message. */
export const UPLOAD_PIECE_BYTES = 256 * 1_024
