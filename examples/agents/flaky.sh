#!/bin/sh
# An agent that crashes now and then: always on the same tasks, with half of the work done.
here=$(cd "$(dirname "$0")" && pwd)
id=$(sed -n 's/^id: //p' "$ARBITER_PROMPT_FILE" | head -n 1)
sum=$(printf '%s' "$id" | cksum | cut -d ' ' -f 1)
if [ $((sum % 2)) -eq 1 ]; then
  mkdir -p src && echo 'export const half = ' > src/half-done.js
  echo "crashing on $id" >&2
  kill -SEGV $$
fi
exec node "$here/steady.mjs"
