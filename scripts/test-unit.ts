/** `npm run test:unit [FILTER …]`: the tests beside the code, among them each engine's contract on a real nats-server. */
import { ensureNatsServer } from "./nats-server/ensure.ts";
import { run } from "./run.ts";

await ensureNatsServer();
process.exitCode = await run("vitest", ["run", ...process.argv.slice(2)]);
