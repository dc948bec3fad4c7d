/** Whether this is a development build. The build replaces it by `process.env.NODE_ENV !== 'production'`. */
declare const __DEV__: boolean
