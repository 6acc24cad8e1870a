/** Colours for filter expressions. Only words and strings are told apart here; what is
 * right or wrong, and what may follow, is for the server's own parser to say. */

import { HighlightStyle, StreamLanguage } from "@codemirror/language";
import { tags } from "@lezer/highlight";

const WORDS = new Set(["and", "or", "not", "contains", "beginswith", "endswith"]);
const LITERALS = new Set(["true", "false"]);

export const language = StreamLanguage.define<object>({
  startState: () => ({}),
  token(stream) {
    if (stream.eatSpace()) return null;
    if (stream.match(/^"(?:[^"\\]|\\.)*"?/)) return "string";
    if (stream.match(/^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/i)) return "number";
    if (stream.match(/^(?:!=|<=|>=|[=<>!])/)) return "operator";
    if (stream.match(/^annotation\[[^\]]*\]?/i)) return "propertyName";
    const word = stream.match(/^[A-Za-z_][\w.]*/) as RegExpMatchArray | null;
    if (word) {
      const name = word[0].toLowerCase();
      if (WORDS.has(name)) return "keyword";
      if (LITERALS.has(name)) return "bool";
      return /^(service|edge|id|rootcause)/.test(name) ? "typeName" : "propertyName";
    }
    stream.next();
    return "bracket";
  },
});

export const colours = HighlightStyle.define([
  { tag: tags.string, color: "var(--string)" },
  { tag: [tags.number, tags.bool], color: "var(--number)" },
  { tag: [tags.keyword, tags.operator], color: "var(--keyword)", fontWeight: "600" },
  { tag: tags.typeName, color: "var(--number)" },
  { tag: tags.propertyName, color: "var(--text)" },
]);
