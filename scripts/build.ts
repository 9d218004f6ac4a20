/** `npm run build`: the web app. Server, client and terminal run as they are. */
import { ensureWebBuilt } from "./web-build.ts";

await ensureWebBuilt(console.log);
