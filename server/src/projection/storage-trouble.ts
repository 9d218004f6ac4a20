// Primary result codes: https://www.sqlite.org/rescode.html
const SQLITE_IOERR = 10;
const SQLITE_FULL = 13;

/** What keeps a database's file from being written and may pass, in words for the operator; undefined for any other error. */
export function storageTroubleOf(error: unknown): string | undefined {
  const { errcode, message } = error as { errcode?: unknown; message?: string };
  if (typeof errcode !== "number") return undefined;
  switch (errcode & 0xff) {
    case SQLITE_FULL:
      return "the disk of its read model is full; it goes on by itself when there is room";
    case SQLITE_IOERR:
      return `its read model can't be written (${message ?? "I/O error"}); it is tried again`;
    default:
      return undefined;
  }
}
