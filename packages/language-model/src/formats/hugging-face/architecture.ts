import type { TransformerConfig } from "../../config/transformer-config.ts";
import type { ConfigFields, Fields } from "./config-fields.ts";
import type { FileNaming } from "./file-tensors.ts";

/** How Hugging Face describes and names one family of models. */
export interface Architecture extends FileNaming {
  /** The class of a model that writes. */
  readonly className: string;
  /** @throws CheckpointError when a field asks for what this family's models here don't have. */
  readConfig(fields: ConfigFields): TransformerConfig;
  /** What config.json says of such a model, beside its type. */
  writeConfig(config: TransformerConfig): Fields;
}
