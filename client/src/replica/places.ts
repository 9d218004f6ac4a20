import type { MemberRow, OwnPlace } from "./rows.ts";

/**
 * How the signed-in person stands to each conversation. Pages and answers tell it without a version, member rows of the feed with
 * one: what the feed has told is never overruled by a page, which may be older; what an answer tells holds until the feed's word.
 */
export interface Places {
  get(conversation: string): Place | undefined;
  /** What a page said. */
  paged(conversation: string, own: OwnPlace): void;
  /** What the answer to joining, creating or leaving said, unless the feed has told of a change since `mark` was taken. */
  answered(conversation: string, own: Pick<OwnPlace, "joined"> & Partial<OwnPlace>, mark: number): void;
  /** What a conversation's row in the stream said. */
  streamed(conversation: string, own: OwnPlace): void;
  /** A member row. Gives what it means for the signed-in person. */
  member(row: MemberRow, isOwn: boolean): "joined" | "left" | "same";
  /** For `answered`: changes when the feed tells of the own place. */
  mark(conversation: string): number;
  /** A message was seen: lists are sorted by the newest. */
  sorted(conversation: string, seq: number): void;
  clear(): void;
}

export interface Place {
  readonly joined: boolean | undefined;
  readonly address: string;
  readonly memberCount: number;
  readonly sortSeq: number;
}

interface Known extends Place {
  readonly joined: boolean | undefined;
  /** Version of the own member row; 0 while only pages and answers told. */
  readonly joinedVersion: number;
  /** Joined by an answer, and the feed has not told of it yet. */
  readonly awaitsFeed: boolean;
  /** Version of the newest member row; 0 while only pages told. */
  readonly countVersion: number;
}

const UNKNOWN: Known = {
  joined: undefined,
  joinedVersion: 0,
  awaitsFeed: false,
  address: "",
  memberCount: 0,
  countVersion: 0,
  sortSeq: 0,
};

export function createPlaces(): Places {
  const places = new Map<string, Known>();
  const of = (conversation: string): Known => places.get(conversation) ?? UNKNOWN;
  const set = (conversation: string, change: Partial<Known>): void =>
    void places.set(conversation, { ...of(conversation), ...change });

  function paged(conversation: string, own: OwnPlace): void {
    const known = of(conversation);
    set(conversation, {
      address: own.address,
      sortSeq: Math.max(known.sortSeq, own.sortSeq),
      ...(known.joinedVersion === 0 && !known.awaitsFeed && { joined: own.joined }),
      ...(known.countVersion === 0 && { memberCount: own.memberCount }),
    });
  }

  return {
    get: (conversation) => places.get(conversation),
    paged,
    answered(conversation, { joined, address, memberCount, sortSeq = 0 }, mark) {
      const known = of(conversation);
      const told = known.joinedVersion !== mark;
      set(conversation, {
        ...(address !== undefined && { address }),
        ...(memberCount !== undefined && known.countVersion === 0 && { memberCount }),
        ...(!told && { joined, awaitsFeed: joined && known.joined !== true }),
        sortSeq: Math.max(known.sortSeq, sortSeq),
      });
    },
    streamed(conversation, own) {
      paged(conversation, own);
      if (own.memberCount > 0) set(conversation, { memberCount: own.memberCount });
    },
    member({ member, memberCount }, isOwn) {
      const { conversation, joined, version } = member;
      const known = of(conversation);
      if (version > known.countVersion) {
        const counted = memberCount ?? Math.max(0, known.memberCount + (joined ? 1 : -1));
        set(conversation, { memberCount: counted, countVersion: version });
      }
      if (!isOwn || version <= known.joinedVersion) return "same";
      set(conversation, { joined, joinedVersion: version, awaitsFeed: false });
      if (!joined) return "left";
      // Messages that were loaded since the answer of this very join are complete; those of an earlier stay are not.
      return known.awaitsFeed ? "same" : "joined";
    },
    mark: (conversation) => of(conversation).joinedVersion,
    sorted(conversation, seq) {
      if (seq > of(conversation).sortSeq) set(conversation, { sortSeq: seq });
    },
    clear: () => places.clear(),
  };
}
