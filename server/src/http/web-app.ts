import { join } from "node:path";
import type { Writable } from "node:stream";
import { isGone, type NodeRequest, type NodeResponse, pathOf, sendHead } from "../wire/node-http.ts";
import { respondText } from "./respond.ts";
import { readWebFiles, type WebFile, type WebFiles } from "./web-files.ts";

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
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), microphone=(), geolocation=()",
} as const;

/** A browser that was here over TLS with a real certificate comes back over TLS alone, for a year. */
const STRICT_TRANSPORT = "max-age=31536000";

/**
 * Serves the web app as it was built when the server started, from memory: no request opens a file, and a build that replaces the files changes nothing before the
 * next start. Files with a hash in their name are kept for ever, `index.html` stands for every page of the app and is asked for anew each time. Without a build it
 * says how to make one.
 */
export function createWebApp(
  options: { directory?: string } = {},
): (request: NodeRequest, response: NodeResponse, context?: { strictTransport?: boolean }) => void {
  const files = readWebFiles(options.directory ?? WEB_APP_DIRECTORY);
  if (!files) {
    return (_request, response) => respondText(response, 404, "The web app has not been built. Run: npm run build\n");
  }
  return (request, response, { strictTransport = false } = {}) => {
    if (request.method !== "GET" && request.method !== "HEAD")
      return respondText(response, 405, "Method not allowed.\n", { allow: "GET, HEAD" });
    const path = decodedPath(request);
    const file = path === undefined ? undefined : fileOf(files, path);
    if (path === undefined || file === undefined) return respondText(response, 404, "Not found.\n");
    respondFile(request, response, file, {
      ...SECURITY_HEADERS,
      "cache-control": path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache",
      ...(strictTransport && { "strict-transport-security": STRICT_TRANSPORT }),
    });
  };
}

/** Undefined for a path that can't be decoded. */
function decodedPath(request: NodeRequest): string | undefined {
  try {
    return decodeURIComponent(pathOf(request));
  } catch {
    return undefined; // a stray per cent sign
  }
}

function fileOf(files: WebFiles, path: string): WebFile | undefined {
  // Browsers ask for it by themselves on pages that don't name an icon: on text answers, for one.
  if (path === "/favicon.ico") return files.get(path) ?? files.get("/favicon.svg");
  const file = files.get(path);
  if (file) return file;
  return isPage(path) ? files.get("/index.html") : undefined;
}

/** A page of the app has no extension, and nothing in its path is hidden: `/assets/old.js`, `/.env` and `/.git/config` are files that are not there. */
function isPage(path: string): boolean {
  const segments = path.split("/");
  return !segments.some((segment) => segment.startsWith(".")) && !(segments.at(-1) ?? "").includes(".");
}

function respondFile(
  request: NodeRequest,
  response: NodeResponse,
  file: WebFile,
  headers: Readonly<Record<string, string>>,
): void {
  if (isGone(response)) return;
  response.on("error", () => {}); // of a reader who left; nothing is held for it
  if (isKnown(request.headers["if-none-match"], file.etag)) {
    sendHead(response, 304, { ...headers, etag: file.etag, vary: "accept-encoding" });
    return void response.end();
  }
  const { encoding, bytes } = formOf(file, request.headers["accept-encoding"]);
  sendHead(response, 200, {
    ...headers,
    "content-type": file.type,
    "content-length": bytes.length,
    etag: file.etag,
    vary: "accept-encoding",
    ...(encoding !== undefined && { "content-encoding": encoding }),
  });
  if (request.method === "HEAD") response.end();
  else sendSlices(response as Writable, bytes);
}

/** Bytes handed over at a time: what waits in a stream that is reset counts as memory of its connection for ever (see `SESSION_MEMORY_MB`). */
const SLICE_BYTES = 16 * 1024;

function sendSlices(response: Writable, bytes: Buffer): void {
  let at = 0;
  const send = (): void => {
    while (bytes.length - at > SLICE_BYTES) {
      const slice = bytes.subarray(at, (at += SLICE_BYTES));
      if (!response.write(slice)) return void response.once("drain", send);
    }
    response.end(bytes.subarray(at));
  };
  send();
}

function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch
    .split(",")
    .map((tag) => tag.trim())
    .some((tag) => tag === "*" || tag === etag || `W/${tag}` === etag);
}

function formOf(
  { br, gzip, bytes }: WebFile,
  accepted: string | string[] | undefined,
): { encoding: string | undefined; bytes: Buffer } {
  const names = String(accepted ?? "")
    .split(",")
    .filter((name) => !/;\s*q=0(\.0*)?\s*$/.test(name))
    .map((name) => name.split(";", 1)[0]?.trim().toLowerCase());
  if (br && names.includes("br")) return { encoding: "br", bytes: br };
  if (gzip && names.includes("gzip")) return { encoding: "gzip", bytes: gzip };
  return { encoding: undefined, bytes };
}
