import { find } from "linkifyjs";
import { describe, expect, it } from "vitest";
import { linkify, mayHoldLink } from "./linkify.ts";

const links = (text: string) => linkify(text, find).flatMap(({ href }) => (href === undefined ? [] : [href]));

describe("links in messages", () => {
  it("finds http, https and e-mail addresses", () => {
    expect(links("see https://example.org/a?b=1#c, and HTTP://EXAMPLE.org")).toEqual([
      "https://example.org/a?b=1#c",
      "http://example.org/",
    ]);
    expect(links("write to ada@example.org.")).toEqual(["mailto:ada@example.org"]);
  });

  it("makes no link of anything else", () => {
    for (const text of [
      "javascript:alert(1)",
      "data:text/html,<script>alert(1)</script>",
      "file:///etc/passwd",
      "ftp://example.org",
      "readme.md and example.org",
      "vbscript:x@example",
    ]) {
      expect(links(text)).toEqual([]);
    }
  });

  it("makes no link of an address that reads as another one", () => {
    for (const text of [
      "https://bank.example@evil.example/",
      "https://bank.example:443@evil.example/",
      "https://user:pw@evil.example/login",
      "https://evil.example/\u202Efdp.elpmaxe",
      "https://ex\u200Bample.org/",
    ]) {
      expect(links(text).filter((href) => /evil|ample/.test(href))).toEqual([]);
    }
  });

  it("keeps every character of the text", () => {
    for (const text of [
      "",
      "  a\n\n b ",
      "x https://example.org/ü?q=<b>&amp; y ada@example.org",
      "<a href='https://x.org'>",
    ]) {
      expect(
        linkify(text, find)
          .map((part) => part.text)
          .join(""),
      ).toBe(text);
    }
  });

  it("asks for the link finder only where there may be a link", () => {
    expect(mayHoldLink("@mehdi are you there? #general")).toBe(false);
    expect(mayHoldLink("https://example.org")).toBe(true);
    expect(mayHoldLink("ada@example.org")).toBe(true);
  });
});
