import { parameterLayouts } from "../config/parameter-layout.ts";
import type { TransformerConfig } from "../config/transformer-config.ts";

/** A matrix that an adapter changes: some rows of one of the model's parameters. */
export interface LoraSite {
  /** Its kind, as PEFT's target_modules name it: "q_proj". */
  readonly target: string;
  /** Where Hugging Face has it: "model.layers.0.self_attn.q_proj". */
  readonly module: string;
  /** The parameter: "layers.0.queryKeyValue". */
  readonly parameter: string;
  /** The part of the parameter: "layers.0.queries"; the parameter itself where the site is the whole of it. */
  readonly part: string;
  readonly firstRow: number;
  /** O. */
  readonly outputs: number;
  /** I. */
  readonly inputs: number;
}

/** Parts of a layer by their names in Llama, Qwen and Gemma. */
const separateModules: Readonly<Record<string, string>> = {
  queries: "self_attn.q_proj",
  keys: "self_attn.k_proj",
  values: "self_attn.v_proj",
  attentionOutput: "self_attn.o_proj",
  gate: "mlp.gate_proj",
  up: "mlp.up_proj",
  down: "mlp.down_proj",
};

/** Whole parameters of a layer by their names in GPT-2: its queries, keys and values have one A and one B. */
const joinedModules: Readonly<Record<string, string>> = {
  queryKeyValue: "attn.c_attn",
  attentionOutput: "attn.c_proj",
  up: "mlp.c_fc",
  down: "mlp.c_proj",
};

const lastName = (path: string): string => path.slice(path.lastIndexOf(".") + 1);

/** Whether the model is one whose modules Hugging Face names as GPT-2's, with matrices stored input by output. */
export const isGpt2 = (config: TransformerConfig): boolean => config.positions === "learned";

/** Every matrix of the layers, in the order of the parameters. */
export const loraSites = (config: TransformerConfig): readonly LoraSite[] => {
  const isJoined = isGpt2(config);
  const modules = isJoined ? joinedModules : separateModules;
  const sites: LoraSite[] = [];
  for (const [parameter, { shape, parts }] of parameterLayouts(config)) {
    const [, layer] = /^layers\.(\d+)\./.exec(parameter) ?? [];
    const inputs = shape[1];
    if (layer === undefined || inputs === undefined) continue;
    let firstRow = 0;
    for (const { name, shape: partShape } of isJoined ? [{ name: parameter, shape }] : parts) {
      const outputs = partShape[0] as number;
      const place = modules[lastName(name)];
      if (place !== undefined) {
        const module = `${isJoined ? "transformer.h" : "model.layers"}.${layer}.${place}`;
        sites.push({ target: lastName(place), module, parameter, part: name, firstRow, outputs, inputs });
      }
      firstRow += outputs;
    }
  }
  return sites;
};
