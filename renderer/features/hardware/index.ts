export { HardwareEditor } from './hardware-editor.tsx'
