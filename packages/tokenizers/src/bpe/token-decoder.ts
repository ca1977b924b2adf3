import { type Fail, isObject, shown } from "../json-value.ts";
import { byteLevelBytes, spacedBytes } from "../token-bytes.ts";

/** How tokens become bytes, and whether encoding put a space in front that decoding drops. */
export interface TokenSpelling {
  readonly bytesOf: (token: string) => Uint8Array;
  readonly dropsSpace: boolean;
}

/** A decoder as tokenizer.json has it: byte-level, or "▁" for spaces with "<0x0A>" for bytes. */
export const readDecoder = (json: unknown, fail: Fail): TokenSpelling => {
  if (!isObject(json)) return fail(`its decoder is ${shown(json)}, expected an object`);
  const parts = json.type === "Sequence" && Array.isArray(json.decoders) ? json.decoders : [json];
  const known = new Set(["ByteLevel", "Metaspace", "Replace", "ByteFallback", "Fuse", "Strip"]);
  for (const part of parts) {
    if (!isObject(part) || !known.has(part.type as string)) {
      fail(`its decoder has the part ${shown(part)}, expected ${[...known].join(", ")}`);
    }
  }
  if (parts.some(({ type }) => type === "ByteLevel")) return { bytesOf: byteLevelBytes, dropsSpace: false };
  const dropsSpace = parts.some(
    ({ type, prepend_scheme, add_prefix_space, start }) =>
      (type === "Metaspace" && prepend_scheme !== "never" && add_prefix_space !== false) ||
      (type === "Strip" && start === 1),
  );
  return { bytesOf: spacedBytes, dropsSpace };
};
