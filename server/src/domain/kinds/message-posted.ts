import { whyNotPost } from "../access.ts";
import { directPeople } from "../conversation-id.ts";
import type { KindRules } from "../kind-rules.ts";
import { NO_SUCH_MESSAGE } from "../refusals.ts";
import type { RowChange } from "../rows.ts";

const NOTHING_TO_ANSWER = {
  ...NO_SUCH_MESSAGE,
  words: () => "The message you answer is not in this conversation.",
  field: "reply_to",
};

/** A message was posted. The first one between two people begins their conversation. */
export const messagePosted: KindRules<"messagePosted"> = {
  number: 10,
  since: 1,
  by: "person",

  admit(state, { conversation, actor }, { replyTo }) {
    const refusal = whyNotPost(state, conversation, actor);
    if (refusal || replyTo === undefined) return refusal;
    return state.message(Number(replyTo))?.conversation === conversation ? undefined : NOTHING_TO_ANSWER;
  },

  changes(state, { seq, conversation, actor, clientId, at }, { text, replyTo }) {
    const message: RowChange = {
      put: "message",
      row: {
        seq,
        conversation,
        sender: actor,
        text,
        sentAt: at,
        clientId,
        replyTo: replyTo === undefined ? undefined : Number(replyTo),
        editedAt: undefined,
        deleted: false,
        reactions: [],
        pinned: false,
      },
    };
    const people = directPeople(conversation);
    if (!people || state.conversation(conversation)) return [message];
    const both = [...new Set(people)];
    return [
      {
        put: "conversation",
        row: {
          id: conversation,
          kind: "direct",
          name: "",
          title: "",
          topic: "",
          people: both,
          creator: 0,
          createdAt: at,
        },
      },
      ...both.map((person): RowChange => ({
        put: "member",
        row: { conversation, person, joined: true, joinedSeq: seq },
      })),
      message,
    ];
  },

  erased: (value) => ({ ...value, text: "" }),
};
