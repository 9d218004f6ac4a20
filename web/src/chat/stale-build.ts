const KEY = "chat.reloaded-at";
const AGAIN_AFTER_MS = 60_000;

/**
 * A page that was opened before the server was upgraded asks for files that are gone: load it once more. Offline it stays, since a
 * reload would show nothing at all.
 */
export function reloadOnStaleBuild(page: Window, now: () => number = Date.now): void {
  page.addEventListener("vite:preloadError", () => {
    const last = Number(page.sessionStorage.getItem(KEY) ?? 0);
    if (!page.navigator.onLine || now() - last < AGAIN_AFTER_MS) return;
    page.sessionStorage.setItem(KEY, String(now()));
    page.location.reload();
  });
}
