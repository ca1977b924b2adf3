import type { TransformerConfig } from "../../config/transformer-config.ts";
import type { ConfigFields } from "./config-fields.ts";

type Gelu = NonNullable<TransformerConfig["gelu"]>;

/** Names of transformers' functions; of those that compute the same, the first is written. */
const names: { readonly [K in Gelu]: readonly string[] } = {
  tanh: ["gelu_pytorch_tanh", "gelu_new", "gelu_fast", "gelu_accurate", "gelu_python_tanh"],
  exact: ["gelu", "gelu_python"],
  quick: ["quick_gelu"],
};

/** Which gelu a field names; undefined for another function. */
export const readGelu = (fields: ConfigFields, name: string): Gelu | undefined =>
  (Object.keys(names) as Gelu[]).find((gelu) => names[gelu].includes(String(fields.all[name])));

/** Refuses functions that are no gelu. @param others that are allowed as well. */
export const expectGelu = (fields: ConfigFields, name: string, ...others: readonly string[]): void =>
  fields.expect(name, ...others, ...Object.values(names).flat());

export const geluName = (gelu: Gelu = "tanh"): string => names[gelu][0] as string;
