import { useEffect, useState } from 'react'
import { Choice } from './Choice.js'

const themes = [
  { value: 'system', label: 'Auto' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
] as const

type Theme = (typeof themes)[number]['value']

const initialTheme = (): Theme =>
  themes.find(({ value }) => value === document.documentElement.dataset['theme'])?.value ?? 'system'

/** The styles follow `data-theme` of the root element; index.html sets it before the first paint. */
export function ThemeToggle() {
  const [theme, setTheme] = useState(initialTheme)
  useEffect(() => {
    document.documentElement.dataset['theme'] = theme
    try {
      localStorage.setItem('theme', theme)
    } catch {
      // Storage may be disabled: the choice is then lost on reload.
    }
  }, [theme])
  return <Choice label="Theme" value={theme} options={themes} onChange={setTheme} />
}
