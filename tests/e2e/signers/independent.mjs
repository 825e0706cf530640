import { createHash } from "node:crypto";
import { createSigner, httpbis } from "http-message-signatures";

async function call(method, target, body = "") {
  const digest = createHash("sha256").update(body).digest("base64");
  const request = { method, url: process.env.url + target, headers: { "content-type": "application/json" } };
  if (body) request.headers["content-digest"] = `sha-256=:${digest}:`;
  const signed = await httpbis.signMessage({
    key: createSigner(process.env.secret, "hmac-sha256", process.env.keyid),
    fields: ["@method", "@authority", "@path", "@query", "content-type", ...(body ? ["content-digest"] : [])],
    params: ["keyid", "alg", "created", "expires", "nonce"],
    paramValues: { nonce: crypto.randomUUID() },
  }, request);
  return fetch(signed.url, { method, headers: signed.headers, body: body || undefined });
}
