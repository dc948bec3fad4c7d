/** How long development's checks of Redux Toolkit took: that says how busy the machine is. What they find is an error of its own. */
export const SLOW_CHECKS = /InvariantMiddleware took \d+ms/
