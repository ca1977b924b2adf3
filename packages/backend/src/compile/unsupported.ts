import { type AccordError, InvalidArgumentError } from "@accord-rl/core";
import { type GraphType, tensorflowTypes } from "./graph.ts";

/** What can't be compiled, and what to do instead. */
export const unsupported = (what: string, advice: string): AccordError =>
  new InvalidArgumentError({ argument: "fn", value: what, message: `compile: ${what}. ${advice}` });

/** @throws InvalidArgumentError for types that a graph here has no place for. */
export const graphType = (dtype: string): GraphType => {
  if (dtype in tensorflowTypes) return dtype as GraphType;
  throw unsupported(
    `the function uses a tensor of type ${dtype}`,
    "Use float32, int32 or bool, or don't compile it.",
  );
};
