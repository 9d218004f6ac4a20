import { IncomingMessage } from "node:http";
import { Http2ServerRequest } from "node:http2";

/** Told how the body of a request arrives. */
export interface BodyMeter {
  arrived(bytes: number): void;
  /** The body is there to its end. */
  complete(): void;
}

/** What a server hands out instead of Node's own class, so that its body can be counted as it arrives: Node offers the class as an option, but no event. */
export class MeteredHttp1Request extends IncomingMessage {
  meter: BodyMeter | undefined = undefined;

  override push(chunk: Buffer | null, encoding?: BufferEncoding): boolean {
    tell(this.meter, chunk);
    return super.push(chunk, encoding);
  }
}

/** The same for HTTP/2. */
export class MeteredHttp2Request extends Http2ServerRequest {
  meter: BodyMeter | undefined = undefined;

  override push(chunk: Buffer | null, encoding?: BufferEncoding): boolean {
    tell(this.meter, chunk);
    return super.push(chunk, encoding);
  }
}

function tell(meter: BodyMeter | undefined, chunk: Buffer | null): void {
  if (!meter) return;
  if (chunk === null) meter.complete();
  else meter.arrived(chunk.length);
}
