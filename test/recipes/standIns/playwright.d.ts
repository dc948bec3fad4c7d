// @playwright/test brings browsers of its own. Its Page is that of playwright-core, which is installed.
declare module '@playwright/test' {
  export type { Page } from 'playwright-core'
}
