export { Asciicast, type AsciicastOptions, type StreamDecoder } from './asciicast.ts'
