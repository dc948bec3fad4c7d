#!/bin/sh
# Playwright sets the variable, which ends all of Firefox when the process of a tab crashes.
unset MOZ_CRASHREPORTER_SHUTDOWN
exec "${FIREFOX_PATH:-firefox}" "$@"
