import { InvalidArgumentError } from "@accord-rl/core";

/** The backends, in the order in which `auto` tries them. */
export const backendNames = ["gpu", "webgpu", "native", "wasm", "cpu"] as const;

/** `gpu`: TensorFlow with CUDA. `native`: TensorFlow on the CPU. `cpu`: plain JavaScript. */
export type BackendName = (typeof backendNames)[number];

const choices = ["auto", ...backendNames] as const;

/**
 * What the caller wants: the option where it is given, else the variable ACCORD_BACKEND, else `auto`.
 *
 * @throws InvalidArgumentError for a name that is none of ours, naming where it came from.
 */
export const requestedBackend = (
  option: string | undefined,
  environment: NodeJS.ProcessEnv = process.env,
): BackendName | "auto" => {
  const variable = environment.ACCORD_BACKEND?.trim();
  const value = option ?? (variable ? variable : "auto");
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  const argument = option === undefined ? "ACCORD_BACKEND" : "backend";
  throw new InvalidArgumentError({
    argument,
    value,
    message: `startBackend: ${argument} is "${value}", expected one of ${choices.join(", ")}`,
  });
};
