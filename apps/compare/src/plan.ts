import { existsSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { InvalidArgumentError } from "@accord-rl/core";
import { resolvePath } from "@accord-rl/runs";
import { type Job, preparation } from "./job.ts";
import type { Options } from "./options.ts";
import { tasks } from "./tasks/index.ts";

type Chosen = Pick<Job, "algorithm" | "module">;

const refuse = (value: unknown, message: string): never => {
  throw new InvalidArgumentError({ argument: "algorithms", value, message: `--algorithms: ${message}` });
};

/** A name of the task's, or a path, whose last part is the name. */
const choose = (given: string, task: Options["task"]): Chosen => {
  if (tasks[task].algorithms.includes(given)) return { algorithm: given };
  const isPath = /[\\/]/.test(given) || /\.[cm]?[jt]s$/.test(given);
  if (!isPath) {
    refuse(
      given,
      `${given} is none of ${task}'s: ${tasks[task].algorithms.join(", ")}, or the path of a module`,
    );
  }
  const module = resolvePath(given);
  if (!existsSync(module)) refuse(given, `there is no file ${module}`);
  return { algorithm: basename(module, extname(module)), module };
};

const chooseAll = ({ algorithms, task }: Options): Chosen[] => {
  const chosen = (algorithms ?? tasks[task].algorithms).map((given) => choose(given, task));
  for (const { algorithm } of chosen) {
    if (!/^[\w-]+$/.test(algorithm))
      refuse(algorithm, `the name ${algorithm} must be letters, digits, - and _; rename the file`);
    if (chosen.filter((other) => other.algorithm === algorithm).length > 1)
      refuse(algorithm, `${algorithm} is there twice`);
  }
  return chosen;
};

const seedsOf = ({ seeds }: Options): number[] =>
  typeof seeds === "number" ? Array.from({ length: seeds }, (_, i) => i + 1) : [...new Set(seeds)];

/** All runs of a comparison: seed after seed, so that one can look at the first early. */
export interface Plan {
  readonly algorithms: readonly string[];
  /** What each seed begins with; none where the task needs none. */
  readonly preparations: readonly Job[];
  readonly runs: readonly Job[];
}

/** @throws InvalidArgumentError for an algorithm that the task has not. */
export const makePlan = (options: Options): Plan => {
  const { task, steps, evaluationEpisodes, sentiment, backend, preset } = options;
  const chosen = chooseAll(options);
  const shared = {
    task,
    steps,
    evaluationEpisodes,
    backend,
    preset,
    ...(sentiment !== undefined && { sentiment: resolvePath(sentiment) }),
  };
  const needsPreparation = tasks[task].prepare !== undefined;
  const prepared = (seed: number) => join(options.out, "runs", "preparation", `seed-${seed}`);
  const seeds = seedsOf(options);
  return {
    algorithms: chosen.map(({ algorithm }) => algorithm),
    preparations: needsPreparation
      ? seeds.map((seed) => ({ algorithm: preparation, seed, folder: prepared(seed), options: shared }))
      : [],
    runs: seeds.flatMap((seed) =>
      chosen.map((algorithm) => ({
        ...algorithm,
        seed,
        folder: join(options.out, "runs", algorithm.algorithm, `seed-${seed}`),
        ...(needsPreparation && { prepared: prepared(seed) }),
        options: shared,
      })),
    ),
  };
};
