// Signs and verifies what it is asked to, one JSON value a line, with the published library.
import { createInterface } from "node:readline";
import { createRequire } from "node:module";

const require = createRequire(process.cwd() + "/");
const { Webhook } = require("standardwebhooks");

const questions = {
  sign: ({ secret, id, seconds, body }) => ({
    signature: new Webhook(secret).sign(id, new Date(seconds * 1000), body),
  }),
  verify: ({ secret, headers, body }) => {
    try {
      new Webhook(secret).verify(body, headers);
      return { valid: true };
    } catch (refusal) {
      if (refusal.name !== "WebhookVerificationError" && !(refusal instanceof SyntaxError)) throw refusal;
      return { valid: false, reason: refusal.message };
    }
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { ask, ...rest } = JSON.parse(line);
  let answer;
  try {
    answer = questions[ask](rest);
  } catch (error) {
    answer = { error: String(error.stack ?? error) };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
