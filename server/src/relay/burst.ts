import type { Frame } from "../hub/frame.ts";

/** How a stream's frames are encoded. */
export type FrameCodec = "binary" | "json";

/**
 * Joins the frames of one turn into the bytes of one write. Members of a room mostly get the same frames in the same turn, one
 * after the other: the last result is kept and handed out again when the frames are the same.
 */
export function createBurst(): {
  join(frames: readonly Frame[], codec: FrameCodec): Uint8Array;
  readonly joins: number;
} {
  let lastFrames: readonly Frame[] = [];
  let lastCodec: FrameCodec = "binary";
  let lastBytes: Uint8Array = new Uint8Array(0);
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
        lastBytes = Buffer.concat(frames.map((frame) => frame[codec]));
      }
      return lastBytes;
    },
    get joins() {
      return joins;
    },
  };
}
