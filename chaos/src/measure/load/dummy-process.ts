/** Takes what an attack sends and does nothing with it: what an attack costs the machine, without the server. */
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { serve } from "./worker.ts";

const PREFACE = "PRI * HTTP/2.0";
const HEAD_BYTES = 9;
const HEADERS = 1;
const SETTINGS = Buffer.from("000000040000000000", "hex");
/** HEADERS that end the stream with `:status: 404` by its place in the static table (RFC 7541, appendix A). */
const notFound = (stream: number): Buffer => {
  const bytes = Buffer.from("000001010500000000" + "8d", "hex");
  bytes.writeUInt32BE(stream, 5);
  return bytes;
};
const NOT_FOUND = "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";

/** What can be asked of it. */
export type DummyProcess = typeof commands;

const commands = {
  /** Listens, and gives the port. */
  async listen(_input: undefined): Promise<number> {
    const server = createServer(answer).listen(0, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  },
};

function answer(socket: Socket): void {
  socket.on("error", () => {}); // an attack resets
  socket.once("data", (first: Buffer) => {
    if (!first.toString("latin1").startsWith(PREFACE)) {
      socket.write(NOT_FOUND);
      return void socket.on("data", () => socket.write(NOT_FOUND));
    }
    socket.write(SETTINGS);
    let rest = first.subarray(24);
    const take = (): void => {
      let at = 0;
      while (rest.length - at >= HEAD_BYTES) {
        const end = at + HEAD_BYTES + rest.readUIntBE(at, 3);
        if (rest.length < end) break;
        if (rest[at + 3] === HEADERS) socket.write(notFound(rest.readUInt32BE(at + 5)));
        at = end;
      }
      rest = rest.subarray(at);
    };
    take();
    socket.on("data", (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      take();
    });
  });
}

serve(commands);
