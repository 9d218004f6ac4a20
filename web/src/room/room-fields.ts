/** A field of a form about a room. Its name is the API's. */
export interface RoomField {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  /** Further attributes of the input. */
  readonly input?: Readonly<Record<string, string | boolean>>;
  /** Shown before the text, as part of the field. */
  readonly prefix?: string;
  /** The form can't be sent while it is empty. */
  readonly required?: boolean;
}

/** What a room is called and is about. The name is without "#". */
export const ROOM_FIELDS: readonly RoomField[] = [
  {
    name: "name",
    label: "Name",
    prefix: "#",
    required: true,
    hint: "2 to 32 of a–z, 0–9, - and _. Stands in links.",
    input: { maxlength: "33", autocapitalize: "none", spellcheck: "false" },
  },
  { name: "title", label: "Title (optional)", hint: "What people see; the name where there is none." },
  { name: "topic", label: "Topic (optional)", hint: "What it is about." },
];
