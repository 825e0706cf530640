const bytes = (text) => new TextEncoder().encode(text);
const base64 = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));

export async function signedFetch(url, { keyid, secret }, { method = "GET", body = "" } = {}) {
  const { host, pathname, search } = new URL(url);
  const digest = `sha-256=:${base64(await crypto.subtle.digest("SHA-256", bytes(body)))}:`;
  const parts = { "@method": method, "@authority": host, "@path": pathname, "@query": search || "?", "content-digest": digest };
  const now = Math.floor(Date.now() / 1000);
  const params = `(${Object.keys(parts).map((name) => `"${name}"`).join(" ")});created=${now};expires=${now + 60}`
    + `;nonce="${crypto.randomUUID()}";keyid="${keyid}"`;
  const base = Object.entries({ ...parts, "@signature-params": params }).map(([name, value]) => `"${name}": ${value}`).join("\n");
  const key = await crypto.subtle.importKey("raw", bytes(secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const signature = base64(await crypto.subtle.sign("HMAC", key, bytes(base)));
  const headers = { "content-type": "application/json", "content-digest": digest,
    "signature-input": `sig=${params}`, signature: `sig=:${signature}:` };
  return fetch(url, { method, headers, body: body || undefined });
}
