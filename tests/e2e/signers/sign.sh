# keyid=shs_… secret=shss_… bash sign.sh POST https://hub.example/jobs '{"type": "noop"}'
method=$1 url=$2 body=${3-}
target=/${url#*://*/} authority=${url#*://} query=
authority=${authority%%/*} path=${target%%\?*}
case $target in *\?*) query=${target#*\?} ;; esac
digest="sha-256=:$(printf '%s' "$body" | openssl dgst -sha256 -binary | base64):"
now=$(date +%s)
params="(\"@method\" \"@authority\" \"@path\" \"@query\" \"content-digest\");created=$now;expires=$((now + 60))"
params="$params;nonce=\"$(openssl rand -hex 16)\";keyid=\"$keyid\""
signature=$(printf '"@method": %s\n"@authority": %s\n"@path": %s\n"@query": ?%s\n"content-digest": %s\n"@signature-params": %s' \
  "$method" "$authority" "$path" "$query" "$digest" "$params" | openssl dgst -sha256 -hmac "$secret" -binary | base64)
curl -sS -X "$method" "$url" -H 'Content-Type: application/json' -H "Content-Digest: $digest" \
  -H "Signature-Input: sig=$params" -H "Signature: sig=:$signature:" ${body:+--data-binary "$body"}
