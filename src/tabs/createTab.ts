import { isPageVisible, onPage, type PageEvent, type TabPlatform } from '../internal/environment.js'
import { endHub } from './ending.js'
import type { Tab } from './hub.js'
import { handedOver } from './notes.js'

/** Creates what the shared sockets of this page have in common, and ends their connections when the page is frozen or left. */
export const createTab = (platform: TabPlatform): Tab => {
  const tab: Tab = {
    id: Math.random().toString(36).slice(2),
    platform,
    hubs: new Map(),
    newest: new Map(),
    watches: new Set(),
    isAsleep: false,
    onAwake: [],
  }
  const sleep = (event?: PageEvent) => {
    tab.isAsleep = true
    // Notes would pile up.
    for (const channel of tab.watches) channel.close(event)
    for (const hub of tab.hubs.values()) {
      for (const port of hub.ports) port.sendLast()
      endHub(hub, handedOver)
    }
  }
  const wake = () => {
    tab.isAsleep = false
    for (const start of tab.onAwake.splice(0)) start()
  }
  onPage('pagehide', sleep)
  onPage('pageshow', wake)
  onPage('visibilitychange', () => isPageVisible() && wake())
  platform.onDocument('freeze', sleep)
  platform.onDocument('resume', wake)
  return tab
}
