import { CheckpointError, parseJson, quoteOutside } from "@accord-rl/core";
import type { TransformerConfig } from "../config/transformer-config.ts";
import type { LoraAdapter } from "./lora-adapter.ts";
import { checkSettings, type LoraSettings, rankStabilizedScaling, standardScaling } from "./lora-options.ts";
import { isGpt2, loraSites } from "./lora-sites.ts";

type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === false ||
  (typeof value === "object" && Object.keys(value).length === 0); // {} or []

/** What changes an adapter's arithmetic and is not done here, by PEFT's names. */
const unsupported = [
  "use_dora",
  "use_qalora",
  "use_bdlora",
  "alora_invocation_tokens",
  "modules_to_save",
  "trainable_token_indices",
  "target_parameters",
  "layer_replication",
  "lora_bias",
  "megatron_config",
] as const;

/** What adapts the same matrices in PEFT: kinds where every matrix of a kind is adapted, single modules otherwise. */
const targetModules = ({ settings, pairs }: LoraAdapter, config: TransformerConfig): readonly string[] => {
  const { targets } = settings;
  const all = loraSites(config).filter(({ target }) => targets.includes(target));
  return all.length === pairs.length ? targets : pairs.map(({ site }) => site.module);
};

/** The text of adapter_config.json. @param options.baseModel where the base can be found, for people and tools. */
export const peftConfigText = (
  adapter: LoraAdapter,
  config: TransformerConfig,
  baseModel: string | null,
): string => {
  const { rank, alpha, dropout, scaling } = adapter.settings;
  const others = adapter.pairs.filter(({ up }) => up.shape[1] !== rank);
  const ownAlphas = adapter.pairs.filter((pair) => pair.alpha !== alpha);
  const fields = {
    peft_type: "LORA",
    task_type: "CAUSAL_LM",
    base_model_name_or_path: baseModel,
    inference_mode: true,
    r: rank,
    lora_alpha: alpha,
    lora_dropout: dropout,
    rank_pattern: Object.fromEntries(others.map(({ site, up }) => [site.module, up.shape[1]])),
    alpha_pattern: Object.fromEntries(ownAlphas.map((pair) => [pair.site.module, pair.alpha])),
    target_modules: targetModules(adapter, config),
    bias: "none",
    fan_in_fan_out: isGpt2(config),
    use_rslora: scaling === rankStabilizedScaling,
    use_dora: false,
    init_lora_weights: true,
  };
  return `${JSON.stringify(fields, null, 2)}\n`;
};

export interface PeftSettings extends Omit<LoraSettings, "targets"> {
  /** α of a module: the file may give some their own. */
  alphaOf(module: string): number;
}

/** α by the names of modules, or their ends. PEFT takes patterns too; those that are more than names are refused. */
const readAlphas = (value: unknown, alpha: number, fail: (message: string) => never) => {
  const own = Object.entries(isObject(value) ? value : {}).map(([name, each]) => {
    if (typeof each !== "number" || !(each > 0 && Number.isFinite(each))) {
      return fail(
        `alpha_pattern gives ${quoteOutside(name)} ${quoteOutside(each)}, expected a positive number`,
      );
    }
    const plain = name.replace(/^\^/, "").replace(/\$$/, "").replaceAll("\\.", ".");
    if (!/^[\w.]+$/.test(plain)) {
      return fail(
        `alpha_pattern has the pattern ${quoteOutside(name)}, which is not supported yet; write the names of its modules instead`,
      );
    }
    return { plain, isWhole: name.startsWith("^"), each };
  });
  return (module: string): number =>
    own.find(({ plain, isWhole }) => module === plain || (!isWhole && module.endsWith(`.${plain}`)))?.each ??
    alpha;
};

/**
 * The settings of an adapter_config.json; its targets are for the tensors to tell, since PEFT also takes patterns.
 * @throws CheckpointError when it is damaged, or of an adapter that computes otherwise.
 */
export const parsePeftConfig = (text: string, path: string): PeftSettings => {
  const fail = (message: string, cause?: unknown): never => {
    throw new CheckpointError({ path, message, cause });
  };
  const value = parseJson(text, fail);
  const fields: Fields = isObject(value) ? value : fail("expected a JSON object");
  if (fields.peft_type !== "LORA") {
    fail(`peft_type is ${quoteOutside(fields.peft_type)}, expected "LORA"`);
  }
  const stranger = unsupported.find((name) => !isEmpty(fields[name]));
  if (stranger !== undefined) {
    fail(
      `${stranger} is ${quoteOutside(fields[stranger])}, which is not supported yet; merge the adapter into its model with PEFT (merge_and_unload), and load the merged folder`,
    );
  }
  if (!isEmpty(fields.bias) && fields.bias !== "none") {
    fail(
      `bias is ${quoteOutside(fields.bias)}, expected "none": the base's biases are shared, and stay as they are`,
    );
  }
  const start = fields.init_lora_weights;
  if (typeof start === "string" && /pissa|olora|corda|loftq/.test(start)) {
    fail(
      `init_lora_weights is ${quoteOutside(start)}, which changes the base too; convert the adapter to plain LoRA with PEFT`,
    );
  }
  const number = (name: string, fallback?: number): number => {
    const found = fields[name] ?? fallback;
    return typeof found === "number" ? found : fail(`${name} is ${quoteOutside(found)}, expected a number`);
  };
  const settings = {
    rank: number("r"),
    alpha: number("lora_alpha"),
    dropout: number("lora_dropout", 0),
    scaling: fields.use_rslora === true ? rankStabilizedScaling : standardScaling,
  };
  try {
    checkSettings("adapter_config.json", { ...settings, targets: [] });
  } catch (cause) {
    fail(cause instanceof Error ? cause.message : String(cause), cause);
  }
  return { ...settings, alphaOf: readAlphas(fields.alpha_pattern, settings.alpha, fail) };
};
