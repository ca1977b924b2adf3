import { InvalidArgumentError, type Observations, type Rollout, type Stats } from "@accord-rl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { readRows, rowTensors, type SequenceRow } from "./sequence-rows.ts";

const prefix = "observations.";
const columnNames = ["actions", "rewards", "valid", "mask", "terminated", "truncated"] as const;

/** A row's numbers of a column, one per step. */
const read = (row: SequenceRow, name: string): ArrayLike<number> => row[name]!.data;

const sum = (x: ArrayLike<number>, weigh: (t: number) => number): number =>
  Array.from(x).reduce((total, value, t) => total + value * weigh(t), 0);

/** The sequences of a rollout in which at least one step is the policy's, on the host. @throws when there is none. */
export const rolloutRows = async <Obs extends Observations>(
  rollout: Rollout<Obs>,
  where: string,
): Promise<SequenceRow[]> => {
  const { observations, behaviourLogProbs } = rollout;
  const rows = await readRows({
    ...Object.fromEntries(Object.entries(observations).map(([name, x]) => [prefix + name, x])),
    ...Object.fromEntries(columnNames.map((name) => [name, rollout[name]])),
    ...(behaviourLogProbs && { behaviourLogProbs }),
  });
  const counted = rows.filter((row) => Array.from(read(row, "mask")).some((value) => value !== 0));
  if (counted.length > 0) return counted;
  throw new InvalidArgumentError({
    argument: "rollout",
    value: 0,
    message: `${where}: no step of the rollout counts (mask is 0 everywhere), expected at least one; did the reward source abstain on every sample?`,
  });
};

/** What is kept of a row: everything but the log-probs of the behaviour, which nothing learns from. */
export const withoutBehaviour = ({ behaviourLogProbs: _, ...row }: SequenceRow): SequenceRow => row;

/** A rollout's tensors of some rows. */
export interface RowTensors<Obs extends Observations> {
  readonly observations: Obs;
  readonly columns: Pick<Rollout, (typeof columnNames)[number]>;
}

/** Tensors of some rows, as a rollout has them. The caller owns them. */
export const toTensors = <Obs extends Observations>(rows: readonly SequenceRow[]): RowTensors<Obs> => {
  const entries = Object.entries(rowTensors(rows));
  const pick = (isOf: boolean, skip: number): Record<string, Tensor> =>
    Object.fromEntries(
      entries
        .filter(([name]) => name.startsWith(prefix) === isOf)
        .map(([name, tensor]) => [name.slice(skip), tensor]),
    );
  return {
    observations: pick(true, prefix.length) as unknown as Obs,
    columns: pick(false, 0) as unknown as RowTensors<Obs>["columns"],
  };
};

/** Whether somewhere a trajectory stops without terminating, so that the value after it counts. */
export const isCut = (row: SequenceRow): boolean => {
  const [valid, terminated, truncated] = [
    read(row, "valid"),
    read(row, "terminated"),
    read(row, "truncated"),
  ];
  return Array.from(valid).some(
    (isValid, t) => isValid !== 0 && terminated[t] === 0 && (truncated[t] !== 0 || (valid[t + 1] ?? 0) === 0),
  );
};

const mean = (numbers: readonly number[]): number =>
  numbers.reduce((total, value) => total + value, 0) / numbers.length;

/** What an update logs of its rollout. The measured KL is that of the distribution that was sampled. */
export const rolloutStats = (rows: readonly SequenceRow[]): Stats => {
  const over = (of: (row: SequenceRow) => number): number => mean(rows.map(of));
  const masked = (name: string) => (row: SequenceRow) => {
    const mask = read(row, "mask");
    return sum(read(row, name), (t) => mask[t]!);
  };
  const length = over(masked("mask"));
  const stats = {
    reward: over((row) => sum(read(row, "rewards"), (t) => read(row, "valid")[t]!)),
    length,
  };
  if (rows.some((row) => !row.behaviourLogProbs || !row.referenceLogProbs)) return stats;
  const behaviour = over(masked("behaviourLogProbs"));
  return { ...stats, klNats: behaviour - over(masked("referenceLogProbs")), entropy: -behaviour / length };
};
