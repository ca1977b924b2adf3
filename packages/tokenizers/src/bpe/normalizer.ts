import { type Fail, isObject, type JsonObject, shown } from "../json-value.ts";
import { checkPattern } from "./pre-tokenizer.ts";

const plain = new Set(["NFC", "NFD", "NFKC", "NFKD", "Lowercase"]);

/** Longest text that a normalizer writes at a place. */
const longest = 64;

const readReplace = ({ pattern, content }: JsonObject, fail: Fail): JsonObject => {
  const { Regex: regex, String: text } = isObject(pattern) ? pattern : {};
  if (typeof content !== "string" || content.length > longest) {
    return fail(
      `a Replace has the content ${shown(content)}, expected a text of at most ${longest} characters`,
    );
  }
  if (typeof regex === "string") checkPattern(regex, fail);
  else if (typeof text !== "string" || text === "")
    return fail(`a Replace has the pattern ${shown(pattern)}`);
  // In a JavaScript replacement "$&" would be the match.
  return { type: "Replace", pattern, content: content.replaceAll("$", "$$$$") };
};

/** A normalizer as tokenizer.json has it. */
export const readNormalizer = (json: unknown, fail: Fail, depth = 0): JsonObject | null => {
  if (json === null || json === undefined) return null;
  if (!isObject(json)) return fail(`its normalizer is ${shown(json)}, expected an object`);
  const { type } = json;
  if (typeof type === "string" && plain.has(type)) return { type };
  if (type === "Replace") return readReplace(json, fail);
  if (type === "Prepend" && typeof json.prepend === "string" && json.prepend.length <= longest) {
    return { type, prepend: json.prepend };
  }
  if (type === "Strip") {
    return { type, strip_left: json.strip_left === true, strip_right: json.strip_right === true };
  }
  if (type === "Sequence" && Array.isArray(json.normalizers) && depth < 8) {
    const normalizers = json.normalizers.map((part) => readNormalizer(part, fail, depth + 1));
    return { type, normalizers: normalizers.filter(isObject) };
  }
  return fail(
    `its normalizer is of type ${shown(type)}, expected NFC, NFD, NFKC, NFKD, Lowercase, Replace, Prepend, Strip or a Sequence of them`,
  );
};
