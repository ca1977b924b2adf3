import { InvalidArgumentError } from "@accord-rl/core";
import { options } from "./options.ts";

/** Refuses what does not go together before there is a folder. */
export const parse: typeof options.parse = async (argv) => {
  const values = await options.parse(argv);
  if (values !== null && !values.labels.includes(values.ensembleLabels)) {
    throw new InvalidArgumentError({
      argument: "ensembleLabels",
      value: values.ensembleLabels,
      message: `--ensemble-labels is ${values.ensembleLabels}, expected one of --labels (${values.labels.join(", ")}), so that there is one model to compare with`,
    });
  }
  return values;
};
