export { useMaintenanceActions } from './use-maintenance-actions.tsx'
