/** `npm start`: one server on the embedded engine, with the web app built where it has to be and the demo users there. */
import { enableCompileCache } from "node:module";
import { join } from "node:path";
import { ROOT } from "./paths.ts";
import { ensureWebBuilt } from "./web-build.ts";

enableCompileCache(join(ROOT, ".cache/compile"));
await ensureWebBuilt(console.log);
process.env.DEMO_USERS ??= "1";
const { run } = await import("../server/src/run.ts");
await run({ say: console.log });
