import { type Fail, isObject, type JsonObject, shown } from "../json-value.ts";
import { escapePattern } from "../regex/escape-pattern.ts";

/** What GPT-2 cuts texts into before merging. */
export const gpt2Pattern =
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

const isolate = (regex: string): JsonObject => ({
  type: "Split",
  pattern: { Regex: regex },
  behavior: "Isolated",
  invert: false,
});
/** Characters to the alphabet of bytes, and nothing else. */
const toBytes: JsonObject = { type: "ByteLevel", add_prefix_space: false, use_regex: false };
/** A space in front where there is none. */
const prefixSpace: JsonObject = { type: "Metaspace", replacement: " ", prepend_scheme: "always" };

export const sequence = (pretokenizers: readonly JsonObject[]): JsonObject => ({
  type: "Sequence",
  pretokenizers,
});

/** Cuts at each match of the patterns, one after the other, and turns the pieces to bytes. */
export const byteLevelPreTokenizer = (patterns: readonly string[]): JsonObject =>
  sequence([...patterns.map(isolate), toBytes]);

const longestPattern = 4096;

export const checkPattern = (pattern: string, fail: Fail): string =>
  pattern !== "" && pattern.length <= longestPattern
    ? pattern
    : fail(`the pattern ${shown(pattern)} is empty, or longer than ${longestPattern} characters`);

const readSplit = ({ pattern, behavior, invert }: JsonObject, fail: Fail): JsonObject => {
  const { Regex: regex, String: text } = isObject(pattern) ? pattern : {};
  if (typeof regex !== "string" && typeof text !== "string")
    fail(`a Split has the pattern ${shown(pattern)}`);
  const source = checkPattern(typeof regex === "string" ? regex : escapePattern(text as string), fail);
  if (behavior === "Isolated") return isolate(source);
  if (behavior === "MergedWithPrevious" && typeof text === "string" && text.length === 1) {
    return isolate(`[^${escapePattern(text)}]*${source}|[^${escapePattern(text)}]+`);
  }
  if (behavior === "Removed" && !/\((?!\?)/.test(source)) {
    return { type: "Split", pattern: { Regex: source }, behavior, invert: invert === true };
  }
  return fail(`a Split behaves as ${shown(behavior)}, expected "Isolated" or "Removed"`);
};

const readMetaspace = (json: JsonObject, fail: Fail): JsonObject => {
  const { replacement = "▁", prepend_scheme, add_prefix_space, split } = json;
  const scheme = prepend_scheme ?? (add_prefix_space === false ? "never" : "always");
  if (typeof replacement !== "string" || replacement.length !== 1) {
    fail(`a Metaspace replaces spaces by ${shown(replacement)}, expected one character`);
  }
  if (scheme !== "always" && scheme !== "first" && scheme !== "never") {
    fail(`a Metaspace has the prepend_scheme ${shown(scheme)}`);
  }
  const metaspace = { type: "Metaspace", replacement, prepend_scheme: scheme };
  const mark = escapePattern(replacement as string);
  return split === false ? metaspace : sequence([metaspace, isolate(`${mark}[^${mark}]*|[^${mark}]+`)]);
};

/** Deepest nesting of sequences. */
const deepest = 8;

/**
 * A pre-tokenizer as tokenizer.json has it, in the parts that are equal in all implementations: character classes of
 * JavaScript's own `\d` and `\s` differ from the ones that vocabularies were made with.
 */
export const readPreTokenizer = (json: unknown, fail: Fail, depth = 0): JsonObject | null => {
  if (json === null || json === undefined) return null;
  if (!isObject(json)) return fail(`its pre_tokenizer is ${shown(json)}, expected an object`);
  switch (json.type) {
    case "Sequence": {
      const parts = json.pretokenizers;
      if (!Array.isArray(parts) || depth > deepest) return fail("a Sequence of pre-tokenizers is no list");
      return sequence(parts.map((part) => readPreTokenizer(part, fail, depth + 1)).filter(isObject));
    }
    case "ByteLevel":
      return sequence([
        ...(json.add_prefix_space === true ? [prefixSpace] : []),
        ...(json.use_regex === false ? [] : [isolate(gpt2Pattern)]),
        toBytes,
      ]);
    case "Digits":
      return isolate(json.individual_digits === true ? "\\p{N}" : "\\p{N}+");
    case "Split":
      return readSplit(json, fail);
    case "Metaspace":
      return readMetaspace(json, fail);
    default:
      return fail(
        `its pre_tokenizer is of type ${shown(json.type)}, expected ByteLevel, Split, Digits, Metaspace or a Sequence of them`,
      );
  }
};
