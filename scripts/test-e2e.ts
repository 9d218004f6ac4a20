/** `npm run test:e2e [FILTER …]`: real processes, a real nats-server and a real browser. What they need from the system is installed first. */
import { ensureChromium } from "./ensure-chromium.ts";
import { ensureNatsServer } from "./nats-server/ensure.ts";
import { run } from "./run.ts";
import { ensureWebBuilt } from "./web-build.ts";

await ensureNatsServer();
process.env.CHROMIUM = await ensureChromium(console.log);
await ensureWebBuilt(console.log);
process.exitCode = await run("vitest", ["run", "--root", "e2e", ...process.argv.slice(2)]);
