import type { Parameters, Random } from "@accord-rl/core";
import type { Tensor2D, Variable } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { LoraSettings } from "./lora-options.ts";
import type { LoraSite } from "./lora-sites.ts";

/** The matrices of one site: ΔW = scale · B · A. */
export interface LoraPair {
  readonly site: LoraSite;
  /** [r, I] */
  readonly down: Variable<tf.Rank.R2>;
  /** [O, r] */
  readonly up: Variable<tf.Rank.R2>;
  readonly alpha: number;
  /** α / r, or what stands for it. */
  readonly scale: number;
}

export interface LoraAdapter {
  readonly settings: LoraSettings;
  readonly pairs: readonly LoraPair[];
}

/** The host values of a pair. */
export interface PairValues {
  readonly site: LoraSite;
  /** [r, I] row-major. */
  readonly down: Float32Array;
  /** [O, r] row-major. */
  readonly up: Float32Array;
}

export const createPair = (
  { site, down, up }: PairValues,
  { alpha, scaling }: Pick<LoraSettings, "alpha" | "scaling">,
): LoraPair => {
  const rank = down.length / site.inputs;
  const variable = (data: Float32Array, shape: [number, number]) =>
    tf.tidy(() => tf.variable(tf.tensor2d(data, shape))) as Variable<tf.Rank.R2>;
  return {
    site,
    down: variable(down, [rank, site.inputs]),
    up: variable(up, [site.outputs, rank]),
    alpha,
    scale: scaling({ alpha, rank }),
  };
};

/**
 * A uniform within ±1/√I, as Kaiming's initialisation with a = √5 has it, and B zero: the model starts as it was.
 * @see Hu et al. 2021, §4.1. https://arxiv.org/abs/2106.09685
 */
export const randomPair = (site: LoraSite, rank: number, random: Random): PairValues => {
  const bound = 1 / Math.sqrt(site.inputs);
  const down = Float32Array.from({ length: rank * site.inputs }, () => (2 * random.uniform() - 1) * bound);
  return { site, down, up: new Float32Array(site.outputs * rank) };
};

/** A and B of each site, as "layers.0.queries.loraA" and "layers.0.queries.loraB". */
export const adapterParameters = ({ pairs }: LoraAdapter): Parameters =>
  Object.fromEntries(
    pairs.flatMap(({ site, down, up }) => [
      [`${site.part}.loraA`, down],
      [`${site.part}.loraB`, up],
    ]),
  );

/** An adapter that starts with the same values; memory is shared until one of them changes. */
export const copyAdapter = ({ settings, pairs }: LoraAdapter): LoraAdapter => ({
  settings,
  pairs: pairs.map(({ site, down, up, alpha, scale }) => ({
    site,
    alpha,
    down: tf.variable(down as tf.Tensor) as Variable<tf.Rank.R2>,
    up: tf.variable(up as tf.Tensor) as Variable<tf.Rank.R2>,
    scale,
  })),
});

/** Pairs by the parameter whose rows they change. */
export const pairsByParameter = ({ pairs }: LoraAdapter): ReadonlyMap<string, readonly LoraPair[]> => {
  const groups = new Map<string, LoraPair[]>();
  for (const pair of pairs) {
    const group = groups.get(pair.site.parameter) ?? [];
    groups.set(pair.site.parameter, [...group, pair]);
  }
  return groups;
};

/** [R, I] the pairs' A one under the other. */
export const joinDown = (pairs: readonly LoraPair[]): Tensor2D =>
  pairs.length === 1
    ? (pairs[0] as LoraPair).down
    : tf.concat(
        pairs.map(({ down }) => down),
        0,
      );

/**
 * [O, R] each pair's scale · B in its own rows and columns, 0 elsewhere: B of the whole parameter.
 * @param rows  O, rows of the parameter.
 */
export const joinUp = (pairs: readonly LoraPair[], rows: number): Tensor2D => {
  const ranks = pairs.map(({ up }) => up.shape[1]);
  const total = ranks.reduce((sum, rank) => sum + rank, 0);
  const blocks: Tensor2D[] = [];
  let row = 0;
  let column = 0;
  const leave = (count: number) => {
    if (count > 0) blocks.push(tf.zeros([count, total]));
  };
  pairs.forEach(({ site, up, scale }, i) => {
    const rank = ranks[i] as number;
    leave(site.firstRow - row);
    const scaled = tf.mul(up, scale) as Tensor2D;
    const sides: [number, number] = [column, total - column - rank];
    blocks.push(pairs.length === 1 ? scaled : tf.pad(scaled, [[0, 0], sides]));
    row = site.firstRow + site.outputs;
    column += rank;
  });
  leave(rows - row);
  return blocks.length === 1 ? (blocks[0] as Tensor2D) : tf.concat(blocks, 0);
};
