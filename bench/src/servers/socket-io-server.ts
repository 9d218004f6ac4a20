/** A chat on Socket.IO as its documentation advises for speed. Environment: NATS_URL, where each message is published to JetStream before it is acknowledged. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { jetstream, jetstreamManager, RetentionPolicy, StorageType } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { Server } from "socket.io";

const SUBJECT = "bench.messages";

interface Sent {
  to: string;
  text: string;
  clientId: string;
}

/** Stores a message; resolves with its number. */
type Store = (message: string) => Promise<number> | number;

async function openStore(): Promise<Store> {
  if (!process.env.NATS_URL) {
    let seq = 0;
    return () => ++seq;
  }
  const connection = await connect({ servers: process.env.NATS_URL, noEcho: true });
  const manager = await jetstreamManager(connection);
  await manager.streams.add({
    name: "BENCH",
    subjects: [SUBJECT],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
  });
  const js = jetstream(connection);
  return async (message) => (await js.publish(SUBJECT, message)).seq;
}

const store = await openStore();
const http = createServer();
const io = new Server(http, { transports: ["websocket"], perMessageDeflate: false, serveClient: false });
// Frees what the handshake's request holds, as the documentation advises.
io.engine.on("connection", (raw: { request: unknown }) => {
  raw.request = null;
});

io.on("connection", (socket) => {
  const { user, from, room } = socket.handshake.auth as { user?: string; from?: string; room?: string };
  if (user !== undefined) void socket.join(`@${user}`);
  if (room !== undefined) void socket.join(room);
  socket.on("send", async ({ to, text, clientId }: Sent, answer: (message: unknown) => void) => {
    if (typeof to !== "string" || typeof text !== "string" || text.length === 0 || text.length > 10_000) {
      answer({ error: "invalid" });
      return;
    }
    const message = { conversation: to, sender: from, text, sentAt: Date.now(), clientId };
    // Without a store there is nothing to wait for: what came in one turn is sent on in that turn.
    const stored = store(process.env.NATS_URL ? JSON.stringify(message) : "");
    const seq = typeof stored === "number" ? stored : await stored;
    io.to(to).emit("message", { seq, ...message });
    answer({ seq, ...message });
  });
});

http.listen(Number(process.env.PORT ?? 0), "127.0.0.1", () => {
  process.stdout.write(`ready ${(http.address() as AddressInfo).port}\n`);
});
