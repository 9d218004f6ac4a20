import { existsSync } from "node:fs";
import { join } from "node:path";
import sirv from "sirv";
import type { NodeRequest, NodeResponse } from "../wire/node-http.ts";
import { respondText } from "./respond.ts";

/** Where `vite build` leaves the web app. */
export const WEB_APP_DIRECTORY = join(import.meta.dirname, "../../../web/dist");

const SECURITY_HEADERS = {
  // Styles are set on elements by the virtual list and the menus; nothing else comes from anywhere but here.
  "content-security-policy":
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; " +
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "permissions-policy": "camera=(), microphone=(), geolocation=()",
} as const;

/**
 * Serves the built web app: files with a hash in their name for ever, `index.html` for every page of the app and asked for anew each time. Without
 * a build it says how to make one.
 */
export function createWebApp(
  directory: string = WEB_APP_DIRECTORY,
): (request: NodeRequest, response: NodeResponse) => void {
  if (!existsSync(join(directory, "index.html"))) {
    return (_request, response) => respondText(response, 404, "The web app has not been built. Run: npm run build\n");
  }
  const serve = sirv(directory, {
    single: true,
    etag: true,
    gzip: true,
    brotli: true,
    setHeaders(response, pathname) {
      for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
      response.setHeader(
        "cache-control",
        pathname.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache",
      );
    },
  });
  return (request, response) => {
    if (request.method !== "GET" && request.method !== "HEAD")
      return respondText(response, 405, "Method not allowed.\n", { allow: "GET, HEAD" });
    // A file that is gone (an older build) is not found; only paths without an extension are pages of the app.
    serve(request as never, response as never, () => respondText(response, 404, "Not found.\n"));
  };
}
