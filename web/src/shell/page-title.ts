const PAGES: Readonly<Record<string, string>> = {
  rooms: "Rooms",
  "sign-in": "Sign in",
  register: "Create account",
  "not-found": "Not found",
};
const MOST = 99;

/** The window's title: how many messages were not seen, where one is, and the product. */
export function pageTitle(page: unknown, address: unknown, unseen: number): string {
  const place = typeof address === "string" ? address : PAGES[String(page)];
  const count = unseen === 0 ? "" : `(${unseen > MOST ? `${String(MOST)}+` : String(unseen)}) `;
  return `${count}${place === undefined ? "" : `${place} · `}Chat`;
}
