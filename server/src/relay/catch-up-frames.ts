import { rowFrame, type Frame, type FrameRow } from "../hub/frame.ts";
import type { CaughtUpRow } from "../projection/catch-up.ts";
import { type Roster, userBody } from "../projection/roster.ts";
import { encodeConversationFor } from "../rows/conversation-view.ts";
import { peopleIn } from "../rows/message-row.ts";
import { encodeMember } from "../rows/other-rows.ts";

/**
 * Makes the frames of one stream's catch-up. Each brings the people that its row refers to, once a catch-up.
 * @param options.person whose stream it is
 * @param options.cursorOf the cursor of everything up to a seq
 */
export function createCatchUpFrames(options: {
  roster: Roster;
  person: number;
  cursorOf: (seq: number) => string;
}): (page: readonly CaughtUpRow[]) => Frame[] {
  const { roster, cursorOf } = options;
  const told = new Set<number>();

  /** The row's bytes, and whom it refers to. */
  function open({ seq, row }: CaughtUpRow): { row: FrameRow; people: Iterable<number> } {
    switch (row.table) {
      case "message":
        return { row: { field: "message", body: row.body }, people: peopleIn(row) };
      case "conversation": {
        const viewer = roster.person(options.person);
        const { conversation } = row;
        const body = viewer ? encodeConversationFor(conversation, viewer, { roster }) : new Uint8Array();
        return { row: { field: "conversation", body }, people: conversation.row.people };
      }
      case "member": {
        const { table: _, memberCount, ...member } = row;
        return { row: { field: "member", body: encodeMember(member, memberCount, seq) }, people: [row.person] };
      }
      case "person":
        told.add(row.person.id);
        return { row: { field: "user", body: userBody(row.person) }, people: [] };
    }
  }

  function newTo(people: Iterable<number>): Uint8Array[] {
    const users: Uint8Array[] = [];
    for (const id of people) {
      const person = told.has(id) ? undefined : roster.person(id);
      told.add(id);
      if (person) users.push(userBody(person));
    }
    return users;
  }

  return (page) =>
    page.map((each, index) => {
      const { row, people } = open(each);
      const { seq } = each;
      // A page never ends among the rows of one event: the last of them carries the cursor.
      const cursor = page[index + 1]?.seq === seq ? undefined : cursorOf(seq);
      return rowFrame({ seq, cursor, kind: undefined, actor: 0, users: newTo(people), row });
    });
}
