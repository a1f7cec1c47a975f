#!/bin/sh
# Does this proxy let a client's own certificate headers through?
#
#   self-test.sh https://app.example/certificate somebody.crt [curl options]
#
# The URL has to answer 200 where the application sees a client certificate, and anything else
# where it does not. somebody.crt is any certificate in PEM; its key is not needed. The requests
# go out without a client certificate: whatever answers 200 has been spoofed.
set -eu

url=$1
pem=$2
shift 2

base64=$(grep -v -e '-----' "$pem" | tr -d '\r\n ')
spaced=$(tr -d '\r' < "$pem" | tr '\n' ' ' | sed 's/ *$//')
escaped=$(printf '%s\n' "$spaced " | sed 's/+/%2B/g; s|/|%2F|g; s/=/%3D/g; s/BEGIN CERT/BEGIN%20CERT/; s/END CERT/END%20CERT/; s/ /%0A/g')
spoofed=0

# Sends one request with these headers.
try() {
  title=$1
  shift
  status=$(curl --silent --show-error --output /dev/null --write-out '%{http_code}' "$@" "$url") || status=000
  if [ "$status" = 200 ]; then
    echo "SPOOFED  $title"
    spoofed=1
  else
    echo "ok $status  $title"
  fi
}

try 'no header at all' "$@"
if [ "$status" = 000 ]; then
  echo "no answer from $url" >&2
  exit 2
fi
for name in X-SSL-Client-Cert x-ssl-client-cert Client-Cert SSL-Client-Cert X-Forwarded-Tls-Client-Cert \
  X-Forwarded-Client-Cert X-Client-Cert-Leaf X-ARR-ClientCert X-Amzn-Mtls-Clientcert \
  X-Amzn-Mtls-Clientcert-Leaf CloudFront-Viewer-Cert-Pem Cf-Client-Cert-Der-Base64; do
  for value in "$base64" ":$base64:" "$spaced" "$escaped" "Cert=\"$escaped\""; do
    try "$name: $(printf %.24s "$value")..." "$@" -H "$name: $value" -H 'X-SSL-Client-Verify: SUCCESS'
    try "$name: $(printf %.24s "$value")... (HAProxy)" "$@" -H "$name: $value" -H 'X-SSL-Client-Verify: 0' -H 'X-SSL-Client-Used: 1'
  done
  try "Connection: $name" "$@" -H "$name: $base64" -H "Connection: close, $name"
done
try 'verdict alone' "$@" -H 'X-SSL-Client-Verify: SUCCESS'
try 'chain alone' "$@" -H "Client-Cert-Chain: :$base64:"

# Node keeps 1000 header lines and drops the others: what the proxy sets must not be among those
many=$(mktemp)
trap 'rm -f "$many"' EXIT
line=0
while [ "$line" -lt 1100 ]; do
  echo "F$line: 1"
  line=$((line + 1))
done > "$many"
try 'behind more headers than Node keeps (maxHeadersCount)' "$@" -H @"$many" -H "X-SSL-Client-Cert: $escaped" -H 'X-SSL-Client-Verify: SUCCESS'
try 'before more headers than Node keeps (maxHeadersCount)' "$@" -H "X-SSL-Client-Cert: $escaped" -H 'X-SSL-Client-Verify: SUCCESS' -H @"$many"

exit "$spoofed"
