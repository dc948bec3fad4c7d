import { jest } from '@jest/globals'

/** The version that its importer gets. */
export const major = '18'

// Imported before all else, it puts React 18 in the place of the installed React, for everybody who asks: our hooks, react-redux, and React DOM itself.
jest.mock('react', () => jest.requireActual<object>('react-18'))
jest.mock('react/jsx-runtime', () => jest.requireActual<object>('react-18/jsx-runtime'))
jest.mock('react-dom', () => jest.requireActual<object>('react-dom-18'))
jest.mock('react-dom/client', () => jest.requireActual<object>('react-dom-18/client'))
jest.mock('react-dom/server', () => jest.requireActual<object>('react-dom-18/server'))
