import { access } from "node:fs/promises";
import { join } from "node:path";
import { readText } from "../read-failure.ts";
import { type ConfigFields, type Fields, readFields } from "./config-fields.ts";

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

/** The special tokens as every config.json has them: null where none is known, lest a family's default take its place. */
export const specialTokenFields = ({ beginToken, stopTokens, padToken }: GenerationSettings): Fields => ({
  bos_token_id: beginToken ?? null,
  eos_token_id: stopTokens?.length === 1 ? stopTokens[0] : (stopTokens ?? null),
  pad_token_id: padToken ?? null,
});

/** The text of generation_config.json. */
export const writeGenerationSettings = (settings: GenerationSettings): string => {
  const { temperature, topK, topP, greedy, maxNewTokens, minNewTokens } = settings;
  const fields = {
    ...specialTokenFields(settings),
    temperature,
    top_k: topK,
    top_p: topP,
    do_sample: greedy === undefined ? undefined : !greedy,
    max_new_tokens: maxNewTokens,
    min_new_tokens: minNewTokens,
  };
  const given = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null);
  return `${JSON.stringify(Object.fromEntries(given), null, 2)}\n`;
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
