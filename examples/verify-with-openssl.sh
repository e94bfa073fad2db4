#!/bin/sh
# Checks the signature of a verdict with openssl: no Arbiter, no library. Node only takes the fields out of the JSON.
#   arbiter verdicts get TASK > verdict.dsse.json
#   examples/verify-with-openssl.sh verdict.dsse.json verdicts.pub.pem
# DSSE signs not the payload but its pre-authentication encoding: "DSSEv1", the type and the payload, each with its length.
# Says nothing about what the verdict means: read the payload (it is printed), and check whose key it is.
set -eu
envelope=$1 key=$2
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
field() { node -p 'const e = JSON.parse(fs.readFileSync(process.argv[1])); '"$1" "$envelope"; }
field e.payload | openssl base64 -d -A > "$work/payload"
field 'e.signatures[0].sig' | openssl base64 -d -A > "$work/signature"
type=$(field e.payloadType)
printf 'DSSEv1 %d %s %d ' "${#type}" "$type" "$(wc -c < "$work/payload")" | cat - "$work/payload" > "$work/signed"
openssl dgst -sha256 -verify "$key" -signature "$work/signature" "$work/signed"
cat "$work/payload" && echo
