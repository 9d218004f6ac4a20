import { connect as connectTcp, type Socket } from "node:net";
import { once } from "node:events";

/** How a contender is spoken to. */
export type Protocol = "connect" | "grpc-web" | "grpc" | "socket.io" | "floor-http1" | "floor-http2";

/** A server under load, as the load process sees it. */
export interface Target {
  readonly protocol: Protocol;
  readonly port: number;
  /** Its process, whose CPU time is read. */
  readonly pid: number;
}

/** Who reads or sends. Tokens are for ours alone. */
export interface Identity {
  readonly handle: string;
  readonly token: string;
}

/** Takes one delivered message where it lies; it is only there until the call returns. */
export type OnMessage = (buffer: Buffer, start: number, end: number) => void;

/** What opens streams and sends messages in one protocol. */
export interface Link {
  /** Opens a stream; resolves when everything sent from now on arrives on it. */
  openReader(target: Target, options: ReaderOptions): Promise<Closeable>;
  /** Opens a connection to send on. */
  openSender(target: Target, options: SenderOptions): Promise<Sender>;
}

/** How to open a stream. */
export interface ReaderOptions {
  readonly identity: Identity;
  /** The room to be in, for contenders that have no memberships of their own. */
  readonly room?: string | undefined;
  readonly onMessage: OnMessage;
  /** An encoded SubscribeRequest. Default: from now on. */
  readonly subscribe?: Uint8Array;
}

/** How to open a connection to send on: all messages go to one address. */
export interface SenderOptions {
  readonly identity: Identity;
  readonly to: string;
  /** Called once per message, in no particular order, with whether it was accepted. */
  readonly onAnswer: (accepted: boolean) => void;
  /** Called when the connection is gone: what was asked on it will not be answered. */
  readonly onClose: () => void;
}

/** A connection of the load's own. */
export interface Closeable {
  close(): void;
}

/** Sends messages on a connection of its own. */
export interface Sender extends Closeable {
  /** Sends the messages in one write, without waiting for answers. */
  send(texts: readonly string[]): void;
}

/** Connects over loopback. A connection that breaks later is told to `onClose`. */
export async function openSocket(port: number, onClose: () => void): Promise<Socket> {
  const socket = connectTcp({ host: "127.0.0.1", port, noDelay: true });
  await once(socket, "connect");
  socket.on("error", () => {}); // 'close' follows and tells
  socket.once("close", onClose);
  return socket;
}
