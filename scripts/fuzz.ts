/** `npm run fuzz [-- --inputs N --seed S]`: inputs that no client sends, against a server of its own. The web app is built first: it is attacked too. */
import { run } from "./run.ts";
import { ensureWebBuilt } from "./web-build.ts";

await ensureWebBuilt(console.log);
process.exitCode = await run("node", ["e2e/src/fuzz/main.ts", ...process.argv.slice(2)]);
