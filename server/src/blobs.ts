/** The port for large opaque content. Adapters: `engines/<engine>/blobs.ts`. */
export interface Blobs {
  /** Stores the stream under a new key (`^[A-Za-z0-9_-]{1,128}$`); nothing can be read under it until all of it is stored. Resolves with its size in bytes. @throws ChatError `already_exists` */
  put(key: string, data: AsyncIterable<Uint8Array>, options?: { signal?: AbortSignal }): Promise<number>;

  /** Its content, or undefined where there is none. */
  get(
    key: string,
    options?: { signal?: AbortSignal },
  ): Promise<{ size: number; data: AsyncIterable<Uint8Array> } | undefined>;

  /** Removes it. Absent is fine. */
  delete(key: string): Promise<void>;

  /** Releases everything. Never rejects. */
  close(): Promise<void>;
}
