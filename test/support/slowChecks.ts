/** What Redux Toolkit's checks print when they take long, which only says how busy the machine is. What they find is another message. */
export const SLOW_CHECKS = /InvariantMiddleware took \d+ms/
