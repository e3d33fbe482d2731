import { useEffect } from 'react'
import type { Settings } from '../../shared/model/index.ts'

const DARK = 'pf-v6-theme-dark'

/** Puts theme and density on the document, and follows the system while it is asked to. */
export function useTheme(settings: Pick<Settings, 'theme' | 'density'>): void {
  const { theme, density } = settings
  useEffect(() => {
    const root = document.documentElement
    root.dataset.density = density
    const system = window.matchMedia('(prefers-color-scheme: dark)')
    const apply = () => root.classList.toggle(DARK, theme === 'dark' || (theme === 'system' && system.matches))
    apply()
    system.addEventListener('change', apply)
    return () => system.removeEventListener('change', apply)
  }, [theme, density])
}
