import { createAction } from '@reduxjs/toolkit'
import { createSocketActions } from '../../../src/index.js'
import type { Counts, Hello, Line, NumberedLine } from './messages.js'

/** The actions of the connection that all tabs share. */
export const tabsSocket = createSocketActions('tabs')

/** The name of this tab, new at each load. */
export const tabName = `tab ${Math.random().toString(36).slice(2, 6)}`

/** The connection of this tab is open. `isHolder` is `null` where the browser cannot share sockets. */
export const opened = createAction<{ readonly isHolder: boolean | null }>('tabs/opened')

/** This tab tells the server its name. The connection sends this action. */
export const hello = createAction<Hello>('tabs/hello')

/** A message of this tab. The connection sends this action. */
export const say = createAction<Line>('tabs/say')

/** The server sends a message of any tab. */
export const said = createAction<NumberedLine>('tabs/said')

/** The server tells how many connections it has. */
export const counted = createAction<Counts>('tabs/counted')
