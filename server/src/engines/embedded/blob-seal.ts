import type { FileHandle } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { ChatError } from "../../errors.ts";

/** Stands at the end of each file: magic, size of the content, CRC-32 of the content, CRC-32 of all before it. */
const MAGIC = Buffer.from("CBL1");
export const SEAL_BYTES = 20;

/** Sums up content as it passes. */
export interface ContentSum {
  add(chunk: Uint8Array): void;
  /** What belongs behind what was added. */
  seal(): Uint8Array;
}

/** Begins with nothing. */
export function createContentSum(): ContentSum {
  let size = 0;
  let crc = 0;
  return {
    add(chunk) {
      size += chunk.byteLength;
      crc = crc32(chunk, crc);
    },
    seal() {
      const seal = Buffer.alloc(SEAL_BYTES);
      MAGIC.copy(seal);
      seal.writeBigUInt64BE(BigInt(size), 4);
      seal.writeUInt32BE(crc, 12);
      seal.writeUInt32BE(crc32(seal.subarray(0, 16)), 16);
      return seal;
    },
  };
}

/** Reads the seal of a file. @throws ChatError `data_loss` when it was cut off or damaged */
export async function readSeal(file: FileHandle, path: string): Promise<{ size: number; seal: Uint8Array }> {
  const { size: fileSize } = await file.stat();
  const seal = Buffer.alloc(SEAL_BYTES);
  if (fileSize < SEAL_BYTES) throw damagedBlob(path);
  await file.read(seal, 0, SEAL_BYTES, fileSize - SEAL_BYTES);
  const size = fileSize - SEAL_BYTES;
  const isSound =
    seal.subarray(0, 4).equals(MAGIC) &&
    crc32(seal.subarray(0, 16)) === seal.readUInt32BE(16) &&
    Number(seal.readBigUInt64BE(4)) === size;
  if (!isSound) throw damagedBlob(path);
  return { size, seal };
}

/** What a damaged file comes to for whoever asks for it. */
export function damagedBlob(path: string): ChatError {
  return new ChatError("data_loss", `The stored file ${path} is damaged. Restore it from a backup.`);
}
