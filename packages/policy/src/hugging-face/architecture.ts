import type { TransformerConfig } from "../transformer-config.ts";
import type { ConfigFields, Fields } from "./config-fields.ts";

/** How Hugging Face describes and names one family of models. */
export interface Architecture {
  /** "llama", "gpt2", … */
  readonly modelType: string;
  /** The class of a model that writes. */
  readonly className: string;
  /** @throws CheckpointError when a field asks for what this family's models here don't have. */
  readConfig(fields: ConfigFields): TransformerConfig;
  /** What config.json says of such a model, beside its type. */
  writeConfig(config: TransformerConfig): Fields;
  /** What stands before every name but the output layer's; a backbone saved alone lacks it. */
  readonly prefix: string;
  /** What stands before the number of a layer. */
  readonly layers: string;
  /** Names of the parts, without ".weight" and ".bias". */
  readonly names: Readonly<Record<string, string>>;
  /** Files join what this package joins, and store matrices of layers as [inputs, outputs]. Default false. */
  readonly isJoinedAndTransposed?: boolean;
  /** Files hold the weights of norms less 1. Default false. */
  readonly normsAroundZero?: boolean;
}
