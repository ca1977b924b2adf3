import type { Random } from "@accord-rl/core";
import { mean } from "@accord-rl/evaluation";
import { formatDuration } from "@accord-rl/runs";
import type { RunResult } from "./job.ts";
import { type Groups, gainInterval, interquartileMeanInterval, withInterval } from "./statistics.ts";
import type { Summary } from "./summary.ts";

type Row = Readonly<Record<string, string | number>>;

/** One row per algorithm, for the terminal and the report. */
export const tableRows = (summary: Summary, groups: Groups, random: Random): Row[] =>
  groups.map(([name, runs]): Row => {
    const { mean: estimate, low95, high95, stepsPerSecond, seeds } = summary.algorithms[name]!;
    const known = (field: "distanceToOptimum" | "klNats") =>
      runs.flatMap(({ result }: { result: RunResult }) => result[field] ?? []);
    const gain = gainInterval(runs, random);
    const [distances, nats] = [known("distanceToOptimum"), known("klNats")];
    return {
      algorithm: name,
      seeds: seeds.length,
      "final return (95 %)": withInterval({ estimate, low: low95, high: high95 }),
      "interquartile mean (95 %)": withInterval(interquartileMeanInterval(runs, random)),
      ...(distances.length > 0 && { "distance to the optimum": mean(distances) }),
      ...(gain && { "gain (95 %)": withInterval(gain) }),
      ...(nats.length > 0 && { "KL, nats": mean(nats) }),
      steps: mean(seeds.map(({ steps }) => steps)),
      "time per run": formatDuration(mean(seeds.map(({ seconds }) => seconds))),
      "steps per second": stepsPerSecond,
    };
  });
