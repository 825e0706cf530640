// Answers questions from standard input, one JSON value a line, with what the vendor's own library says.
import { createInterface } from "node:readline";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(process.cwd() + "/");
const load = (name) => import(pathToFileURL(require.resolve(name)).href);

const node = await load("@shopify/shopify-api/adapters/node");
const { shopifyApi, LogSeverity, Session } = await load("@shopify/shopify-api");
const { setAbstractFetchFunc } = await load("@shopify/shopify-api/runtime");
if (!node || !shopifyApi) throw new Error("the library did not load");

const library = (secret) =>
  shopifyApi({
    apiKey: "sandbox",
    apiSecretKey: secret,
    apiVersion: "2026-10",
    hostName: "hub.example",
    isEmbeddedApp: false,
    logger: { level: LogSeverity.Error, log: () => {} },
  });

// A request and an answer as Node gives them, as far as the library looks.
const incoming = (headers) => ({ method: "POST", url: "/", headers, rawHeaders: [] });
const outgoing = {};

const questions = {
  async webhook({ secret, headers, body }) {
    const rawBody = Buffer.from(body, "base64").toString("utf8");
    const verdict = await library(secret).webhooks.validate({
      rawBody,
      rawRequest: incoming(headers),
      rawResponse: outgoing,
    });
    return verdict;
  },
  async callback({ secret, query }) {
    try {
      return { valid: await library(secret).utils.validateHmac(query) };
    } catch (error) {
      return { valid: false, reason: String(error.message) };
    }
  },
  // The library speaks to the vendor's address; here that is the sandbox's.
  async oauth({ secret, shop, base, refresh }) {
    setAbstractFetchFunc((url, options) =>
      fetch(String(url).replace(`https://${shop}`, base), options),
    );
    const api = library(secret);
    const granted = refresh
      ? await api.auth.refreshToken({ shop, refreshToken: refresh })
      : await api.auth.clientCredentials({ shop });
    const session = new Session({ ...granted.session });
    const client = new api.clients.Graphql({ session });
    const answer = await client.request("query Name { shop { name } }");
    return {
      name: answer.data.shop.name,
      accessToken: session.accessToken,
      refreshToken: session.refreshToken,
      expires: session.expires,
    };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { ask, ...rest } = JSON.parse(line);
  let answer;
  try {
    answer = await questions[ask](rest);
  } catch (error) {
    answer = { error: String(error.stack ?? error) };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
