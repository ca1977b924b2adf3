import { access } from "node:fs/promises";
import { join } from "node:path";
import { readText } from "../read-failure.ts";
import { type ConfigFields, readFields } from "./config-fields.ts";

/** How a model's authors let it write, in the words of `createTextPolicy` and `generate`. */
export interface GenerationSettings {
  readonly stopTokens?: readonly number[];
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  /** The most likely token always. */
  readonly greedy?: boolean;
  readonly maxNewTokens?: number;
  readonly minNewTokens?: number;
  readonly beginToken?: number;
  readonly padToken?: number;
}

const positive = (value: unknown): number | undefined =>
  typeof value === "number" && value > 0 ? value : undefined;

const count = (value: unknown): number | undefined =>
  Number.isInteger(value) && (value as number) >= 0 ? (value as number) : undefined;

const tokens = (value: unknown): readonly number[] | undefined => {
  const list = (Array.isArray(value) ? value : [value]).filter((token) => count(token) !== undefined);
  return list.length > 0 ? list : undefined;
};

const readSettings = ({ all }: ConfigFields): GenerationSettings => {
  const settings = {
    stopTokens: tokens(all.eos_token_id),
    temperature: positive(all.temperature),
    // 0 and 1 say that nothing is cut.
    topK: positive(all.top_k),
    topP: all.top_p === 1 ? undefined : positive(all.top_p),
    greedy: all.do_sample === false ? true : undefined,
    maxNewTokens: positive(all.max_new_tokens),
    minNewTokens: positive(all.min_new_tokens),
    beginToken: count(all.bos_token_id),
    padToken: count(all.pad_token_id),
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
};

/** What generation_config.json says; without one, the special tokens of config.json. */
export const readGenerationSettings = async (
  folder: string,
  config: ConfigFields,
): Promise<GenerationSettings> => {
  const path = join(folder, "generation_config.json");
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (isThere) return readSettings(readFields(await readText(path), path));
  const { stopTokens, beginToken, padToken } = readSettings(config);
  return {
    ...(stopTokens && { stopTokens }),
    ...(beginToken !== undefined && { beginToken }),
    ...(padToken !== undefined && { padToken }),
  };
};
