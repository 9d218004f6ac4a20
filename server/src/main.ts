import { enableCompileCache } from "node:module";
import { join } from "node:path";

// Compiled code is kept from start to start: a server is ready sooner and needs less memory. Where nothing can be written it does without.
enableCompileCache(join(import.meta.dirname, "../../.cache/compile"));
const { run } = await import("./run.ts");
await run();
