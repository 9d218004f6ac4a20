import type { Frame } from "../hub/frame.ts";
import { type Payload, payload } from "../wire/payload.ts";

/** How a stream's frames are encoded. */
export type FrameCodec = "binary" | "json";

/**
 * Joins the frames of one turn into the payload of one write. Members of a room mostly get the same frames in the same turn, one
 * after the other: the last result is kept and handed out again when the frames are the same.
 */
export function createBurst(): {
  join(frames: readonly Frame[], codec: FrameCodec): Payload;
  readonly joins: number;
} {
  let lastFrames: readonly Frame[] = [];
  let lastCodec: FrameCodec = "binary";
  let last = payload(new Uint8Array(0));
  let joins = 0;

  function isLast(frames: readonly Frame[], codec: FrameCodec): boolean {
    if (codec !== lastCodec || frames.length !== lastFrames.length) return false;
    for (let index = 0; index < frames.length; index++) if (frames[index] !== lastFrames[index]) return false;
    return true;
  }

  return {
    join(frames, codec) {
      const [only] = frames;
      if (only && frames.length === 1) return only[codec];
      if (!isLast(frames, codec)) {
        joins++;
        lastFrames = frames.slice();
        lastCodec = codec;
        last = payload(Buffer.concat(frames.map((frame) => frame[codec].bytes)));
      }
      return last;
    },
    get joins() {
      return joins;
    },
  };
}
