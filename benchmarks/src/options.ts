import { parseArgs } from "node:util";
import { type BackendName, backendNames } from "@accord-rl/backend";
import { InvalidArgumentError } from "@accord-rl/core";

export interface BenchmarkOptions {
  readonly names: readonly string[];
  /** Timed iterations of each side, after one that warms up; null = what the benchmark needs. */
  readonly repetitions: number | null;
  readonly backend: BackendName | "auto";
  /** A Python with the peer's packages; null = make an environment in benchmarks/.peer. */
  readonly python: string | null;
  /** Where the results go; null = benchmarks/results. */
  readonly out: string | null;
  readonly isHelp: boolean;
}

const reject = (argument: string, value: string, expected: string): never => {
  throw new InvalidArgumentError({
    argument,
    value,
    message: `--${argument} is "${value}", expected ${expected}`,
  });
};

const isBackend = (name: string): name is BackendName | "auto" => ["auto", ...backendNames].includes(name);

/** @throws InvalidArgumentError, or a TypeError of Node that names the unknown option. */
export const readOptions = (args: readonly string[], environment: NodeJS.ProcessEnv): BenchmarkOptions => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      repetitions: { type: "string" },
      backend: { type: "string", default: environment.ACCORD_BACKEND ?? "auto" },
      python: { type: "string" },
      out: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const repetitions = values.repetitions === undefined ? null : Number(values.repetitions);
  if (repetitions !== null && !(Number.isInteger(repetitions) && repetitions >= 1)) {
    reject("repetitions", String(values.repetitions), "an integer of 1 or more");
  }
  const { backend } = values;
  if (!isBackend(backend)) return reject("backend", backend, `one of auto, ${backendNames.join(", ")}`);
  return {
    names: positionals,
    repetitions,
    backend,
    python: values.python ?? environment.ACCORD_PEER_PYTHON ?? null,
    out: values.out ?? null,
    isHelp: values.help,
  };
};
