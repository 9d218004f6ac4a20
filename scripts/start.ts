/** `npm start`: one server on the embedded engine, with the web app built where it has to be and the demo users there. */
import { ensureWebBuilt } from "./web-build.ts";

await ensureWebBuilt(console.log);
process.env.DEMO_USERS ??= "1";
const { main } = await import("../server/src/main.ts");
await main({ say: console.log });
