/** What of a contract the comparison reads: an image of `buf build` as JSON. */
export interface Image {
  readonly file: readonly {
    readonly package?: string;
    readonly messageType?: readonly ImageMessage[];
  }[];
}

interface ImageMessage {
  readonly name: string;
  readonly field?: readonly ImageField[];
  readonly nestedType?: readonly ImageMessage[];
  readonly oneofDecl?: readonly { readonly name: string; readonly options?: Options }[];
  readonly options?: Options;
}

interface ImageField {
  readonly name: string;
  readonly label?: string;
  readonly type: string;
  readonly oneofIndex?: number;
  readonly options?: Options;
}

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
type Options = Readonly<Record<string, Json>>;

/** Rules by their path, `string.max_len` for one. */
type Rules = ReadonlyMap<string, Json>;

/** Something that rules stand on: a message, one of its fields or of its oneofs. */
interface Ruled {
  readonly rules: Rules;
  /** What a request of a client that does not know it brings; undefined where no rule looks at it then. */
  readonly unset: Json | undefined;
}

const UPPER_BOUNDS: ReadonlySet<string> = new Set([
  "max_len",
  "max_bytes",
  "max_items",
  "max_pairs",
  "lt",
  "lte",
  "within",
]);
const LOWER_BOUNDS: ReadonlySet<string> = new Set(["min_len", "min_bytes", "min_items", "min_pairs", "gt", "gte"]);

/** How much is refused, by the value of `ignore`: the later, the less. */
const IGNORE = ["IGNORE_UNSPECIFIED", "IGNORE_IF_ZERO_VALUE", "IGNORE_ALWAYS"];

/**
 * Rules by which the later contract refuses what the earlier one takes. A change counts as stricter unless it is known to be looser, so that a pattern or an
 * expression that is not the same any more is named too.
 *
 * @param judged changes that a person has found to refuse nothing that was taken, in the words of this function
 */
export function stricterRules(before: Image, now: Image, judged: ReadonlySet<string> = new Set()): string[] {
  const earlier = ruledIn(before);
  const messages = new Set([...earlier.keys()].filter((name) => !name.includes("/")));
  const found = [...ruledIn(now)].flatMap(([path, ruled]) => {
    const known = earlier.get(path);
    const name = path.replace("/", ".");
    if (known) return compare(name, known.rules, ruled.rules);
    // Nobody has sent a message that is new as a whole.
    return messages.has(path.split("/")[0] ?? "") ? refusalsOfUnset(name, ruled) : [];
  });
  return found.filter((line) => !judged.has(line));
}

function compare(name: string, before: Rules, now: Rules): string[] {
  const changed = [...now].filter(([rule, value]) => isStricter(rule, before.get(rule), value));
  const gone = [...before].filter(([rule, value]) => !now.has(rule) && isStricter(rule, value, undefined));
  return [
    ...changed.map(([rule, value]) => `${name}: ${rule} ${words(before.get(rule))} → ${words(value)}`),
    ...gone.map(([rule, value]) => `${name}: ${rule} ${words(value)} → none`),
  ];
}

/** Whether a rule refuses more than it did. Undefined: there is none. */
function isStricter(rule: string, before: Json | undefined, now: Json | undefined): boolean {
  const kind = rule.split(".").at(-1) ?? "";
  if (kind === "ignore") return rankOf(now) < rankOf(before);
  if (now === undefined || now === false || same(before, now)) return false;
  if (before === undefined) return true;
  if (UPPER_BOUNDS.has(kind)) return !(amount(now) >= amount(before));
  if (LOWER_BOUNDS.has(kind)) return !(amount(now) <= amount(before));
  if (Array.isArray(before) && Array.isArray(now)) {
    if (kind === "in") return before.some((value) => !now.some((other) => same(value, other)));
    if (kind === "not_in") return now.some((value) => !before.some((other) => same(value, other)));
  }
  return true;
}

/** Clients that don't know a field leave it out. */
function refusalsOfUnset(name: string, { rules, unset }: Ruled): string[] {
  const isIgnored = rankOf(rules.get("ignore")) > 0;
  return [...rules]
    .filter(([rule, value]) => {
      if (rule === "ignore" || value === false) return false;
      if (rule === "required") return true;
      return !isIgnored && unset !== undefined && !takesUnset(rule, value, unset);
    })
    .map(([rule, value]) => `${name}: new, and ${rule} ${words(value)} refuses requests without it`);
}

function takesUnset(rule: string, value: Json, unset: Json): boolean {
  // Of a list or a map that is empty no item is looked at.
  if (/^(repeated\.items|map\.(keys|values))\./.test(rule)) return true;
  const kind = rule.split(".").at(-1) ?? "";
  if (kind === "lt") return amount(value) > 0;
  if (UPPER_BOUNDS.has(kind)) return amount(value) >= 0;
  if (kind === "gt") return amount(value) < 0;
  if (LOWER_BOUNDS.has(kind)) return amount(value) <= 0;
  if (kind === "in") return Array.isArray(value) && value.some((one) => same(one, unset));
  if (kind === "not_in") return !Array.isArray(value) || !value.some((one) => same(one, unset));
  if (kind === "pattern") return new RegExp(String(value), "u").test("");
  return kind === "defined_only" || kind === "unique" || kind === "not_contains" || kind === "finite";
}

/** Everything that rules may stand on, by its name: `package.Message`, then `/field`. */
function ruledIn(image: Image): Map<string, Ruled> {
  const found = new Map<string, Ruled>();
  const visit = (prefix: string, message: ImageMessage): void => {
    const name = `${prefix}${message.name}`;
    found.set(name, { rules: rulesOf(message.options, "[buf.validate.message]"), unset: undefined });
    for (const field of message.field ?? [])
      found.set(`${name}/${field.name}`, {
        rules: rulesOf(field.options, "[buf.validate.field]"),
        unset: unsetOf(field),
      });
    for (const oneof of message.oneofDecl ?? [])
      found.set(`${name}/${oneof.name}`, { rules: rulesOf(oneof.options, "[buf.validate.oneof]"), unset: undefined });
    for (const nested of message.nestedType ?? []) visit(`${name}.`, nested);
  };
  for (const file of image.file)
    for (const message of file.messageType ?? []) visit(file.package ? `${file.package}.` : "", message);
  return found;
}

function rulesOf(options: Options | undefined, extension: string): Rules {
  const rules = new Map<string, Json>();
  const visit = (path: string, value: Json): void => {
    const name = path.split(".").at(-1) ?? "";
    if (name === "example") return;
    if (name === "cel" && Array.isArray(value)) {
      for (const { id, expression } of value as readonly { id?: string; expression?: string }[])
        rules.set(`${path} ${id ?? ""}`, expression ?? "");
    } else if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      for (const [key, inner] of Object.entries(value)) visit(`${path}${path && "."}${protoName(key)}`, inner);
    } else {
      rules.set(path, value);
    }
  };
  visit("", options?.[extension] ?? {});
  return rules;
}

/** Rules look at what a message or a field with presence holds only where it is set. */
function unsetOf({ label, type, oneofIndex }: ImageField): Json | undefined {
  if (label === "LABEL_REPEATED") return [];
  if (oneofIndex !== undefined || type === "TYPE_MESSAGE") return undefined;
  if (type === "TYPE_STRING" || type === "TYPE_BYTES") return "";
  return type === "TYPE_BOOL" ? false : 0;
}

/** A number, a length, or a duration ("3.5s"). NaN for anything else. */
function amount(value: Json): number {
  return typeof value === "string" ? Number(value.replace(/s$/, "")) : typeof value === "number" ? value : NaN;
}

function rankOf(ignore: Json | undefined): number {
  return Math.max(0, IGNORE.indexOf(String(ignore)));
}

function same(left: Json | undefined, right: Json | undefined): boolean {
  return (
    JSON.stringify(left) === JSON.stringify(right) ||
    (left !== undefined && right !== undefined && String(left) === String(right))
  );
}

function words(value: Json | undefined): string {
  return value === undefined ? "none" : JSON.stringify(value);
}

function protoName(jsonName: string): string {
  return jsonName.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
