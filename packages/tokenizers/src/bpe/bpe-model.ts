import { type Fail, isObject, type JsonObject, shown } from "../json-value.ts";

/** Ids stay exact in float32, in which sampled tokens come back. */
export const mostTokens = 2 ** 24;

/** Byte-pair merges as tokenizer.json has them. */
export interface BpeModel {
  readonly vocab: ReadonlyMap<string, number>;
  readonly merges: readonly (readonly [string, string])[];
  readonly unknownToken: string | null;
  readonly byteFallback: boolean;
  readonly ignoreMerges: boolean;
  readonly fuseUnknown: boolean;
}

export const checkId = (id: unknown, token: string, fail: Fail): number =>
  typeof id === "number" && Number.isInteger(id) && id >= 0 && id < mostTokens
    ? id
    : fail(`token ${shown(token)} has the id ${shown(id)}, expected an integer from 0 to ${mostTokens - 1}`);

/** Checks that each pair and what it makes are tokens. @param merges "left right", or pairs. */
export const readMerges = (
  merges: unknown,
  vocab: ReadonlyMap<string, number>,
  fail: Fail,
): [string, string][] => {
  if (!Array.isArray(merges)) return fail(`its merges are ${shown(merges)}, expected a list`);
  return merges.map((merge: unknown, index) => {
    const pair = typeof merge === "string" ? merge.split(" ") : merge;
    if (!Array.isArray(pair) || pair.length !== 2) {
      return fail(`merge ${index} is ${shown(merge)}, expected two tokens`);
    }
    const [left, right] = pair as [string, string];
    if (!vocab.has(left) || !vocab.has(right) || !vocab.has(left + right)) {
      fail(`merge ${index}, ${shown(merge)}, needs tokens that the vocabulary lacks`);
    }
    return [left, right];
  });
};

/** The model of a tokenizer.json. */
export const readBpeModel = (json: unknown, fail: Fail): BpeModel => {
  if (!isObject(json)) return fail(`its model is ${shown(json)}, expected an object`);
  const isBpe = json.type === "BPE" || (json.type === undefined && Array.isArray(json.merges));
  if (!isBpe) fail(`its model is of type ${shown(json.type)}, expected "BPE"`);
  const {
    vocab,
    continuing_subword_prefix: prefix,
    end_of_word_suffix: suffix,
    unk_token,
  } = json as JsonObject;
  if (prefix || suffix) fail("its model marks parts of words, expected byte-pair merges without marks");
  if (!isObject(vocab)) return fail(`its vocab is ${shown(vocab)}, expected an object`);
  const ids = new Map(Object.entries(vocab).map(([token, id]) => [token, checkId(id, token, fail)]));
  if (unk_token !== null && unk_token !== undefined && !ids.has(unk_token as string)) {
    fail(`its unk_token ${shown(unk_token)} is not in the vocabulary`);
  }
  return {
    vocab: ids,
    merges: readMerges(json.merges, ids, fail),
    unknownToken: (unk_token as string | null | undefined) ?? null,
    byteFallback: json.byte_fallback === true,
    ignoreMerges: json.ignore_merges === true,
    fuseUnknown: json.fuse_unk === true,
  };
};
