const CRLF = "\r\n";
const HEAD_END = "\r\n\r\n";

/** What a parser tells. Bodies are handed over where they lie. */
export interface Http1Events {
  onHead(status: number): void;
  onBody(buffer: Buffer, start: number, end: number): void;
  onEnd(): void;
}

type State = "head" | "length" | "chunk-size" | "chunk" | "chunk-end" | "trailers";

/** Reads the responses of one HTTP/1.1 connection, pipelined ones too: enough of the protocol for the answers of the servers measured, and light. */
export function createHttp1Parser(events: Http1Events): (chunk: Buffer) => void {
  let rest: Buffer | undefined;
  let state: State = "head";
  let left = 0;

  /** Whether that is all: there is no body. */
  function begin(head: string): boolean {
    const lower = head.toLowerCase();
    const length = /\r\ncontent-length: *(\d+)/.exec(lower);
    left = Number(length?.[1] ?? 0);
    state = lower.includes("transfer-encoding: chunked") ? "chunk-size" : "length";
    events.onHead(Number(head.slice(9, 12)));
    return state === "length" && left === 0;
  }

  function over(): void {
    state = "head";
    events.onEnd();
  }

  /** One step; -1 where more bytes are needed, else where it went on to. */
  function step(buffer: Buffer, at: number): number {
    switch (state) {
      case "head": {
        const end = buffer.indexOf(HEAD_END, at, "latin1");
        if (end < 0) return -1;
        if (begin(buffer.toString("latin1", at, end))) over();
        return end + 4;
      }
      case "chunk-size": {
        const end = buffer.indexOf(CRLF, at, "latin1");
        if (end < 0) return -1;
        left = Number.parseInt(buffer.toString("latin1", at, end), 16);
        state = left === 0 ? "trailers" : "chunk";
        return end + 2;
      }
      case "chunk-end":
        if (buffer.length - at < 2) return -1;
        state = "chunk-size";
        return at + 2;
      case "trailers": {
        const end = buffer.indexOf(CRLF, at, "latin1");
        if (end < 0) return -1;
        if (end === at) over();
        return end + 2;
      }
      case "length":
      case "chunk": {
        const size = Math.min(left, buffer.length - at);
        if (size === 0) return -1;
        left -= size;
        events.onBody(buffer, at, at + size);
        if (left === 0) {
          if (state === "length") over();
          else state = "chunk-end";
        }
        return at + size;
      }
    }
  }

  return (chunk) => {
    const buffer = rest ? Buffer.concat([rest, chunk]) : chunk;
    rest = undefined;
    let at = 0;
    while (at < buffer.length) {
      const next = step(buffer, at);
      if (next < 0) break;
      at = next;
    }
    if (at < buffer.length) rest = Buffer.from(buffer.subarray(at));
  };
}
