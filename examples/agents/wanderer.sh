#!/bin/sh
# An agent that does its work and then some: it also "tidies up" package.json, which no task of the examples allows.
here=$(cd "$(dirname "$0")" && pwd)
node "$here/steady.mjs" || exit $?
sed 's/"version": "0.3.0"/"version": "0.4.0"/' package.json > package.json.new && mv package.json.new package.json
echo 'raised the version in package.json'
