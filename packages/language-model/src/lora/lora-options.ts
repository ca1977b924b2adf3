import type { Random } from "@accord-rl/core";
import { checkCount, reject } from "../check.ts";
import type { TransformerConfig } from "../config/transformer-config.ts";
import { type LoraSite, loraSites } from "./lora-sites.ts";

/** What B·A is multiplied by. @param of.alpha α. @param of.rank r. */
export type LoraScaling = (of: { readonly alpha: number; readonly rank: number }) => number;

/** α / r. @see Hu et al. 2021, §4.1. https://arxiv.org/abs/2106.09685 */
export const standardScaling: LoraScaling = ({ alpha, rank }) => alpha / rank;

/** α / √r: what a step changes stays alike for all ranks. @see Kalajdzievski 2023. https://arxiv.org/abs/2312.03732 */
export const rankStabilizedScaling: LoraScaling = ({ alpha, rank }) => alpha / Math.sqrt(rank);

export interface LoraOptions {
  /** Draws A and, in training, the dropout. */
  readonly random: Random;
  /** r, an integer of 1 or more. Default 8. */
  readonly rank?: number;
  /** α above 0. Default 16. */
  readonly alpha?: number;
  /**
   * Matrices by PEFT's names: q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj (GPT-2: c_attn, c_proj,
   * c_fc), or "all-linear". Default q_proj and v_proj, GPT-2's c_attn.
   */
  readonly targets?: readonly string[];
  /** The share of the adapter's inputs that training drops, in [0, 1). Default 0. */
  readonly dropout?: number;
  /** `standardScaling` (default) or `rankStabilizedScaling`. */
  readonly scaling?: LoraScaling;
}

/** What an adapter is, beside its numbers. */
export interface LoraSettings {
  readonly rank: number;
  readonly alpha: number;
  readonly targets: readonly string[];
  readonly dropout: number;
  readonly scaling: LoraScaling;
}

const everyTarget = "all-linear";

/** The sites of these targets. @throws InvalidArgumentError when the model has none of a name. */
export const chooseSites = (
  where: string,
  config: TransformerConfig,
  targets: readonly string[],
): readonly LoraSite[] => {
  const all = loraSites(config);
  const known = new Set(all.map(({ target }) => target));
  const unknown = targets.find((target) => target !== everyTarget && !known.has(target));
  if (unknown !== undefined || targets.length === 0) {
    const message = `targets are [${targets.join(", ")}], expected some of ${[...known].join(", ")}, or ${everyTarget}`;
    reject(where, "targets", targets, message);
  }
  return targets.includes(everyTarget) ? all : all.filter(({ target }) => targets.includes(target));
};

/** @throws InvalidArgumentError when a number is out of range. */
export const checkSettings = (where: string, { rank, alpha, dropout }: LoraSettings): void => {
  checkCount(where, "rank", rank);
  if (!(alpha > 0 && Number.isFinite(alpha))) {
    reject(where, "alpha", alpha, `alpha is ${alpha}, expected a positive number`);
  }
  if (!(dropout >= 0 && dropout < 1)) {
    reject(where, "dropout", dropout, `dropout is ${dropout}, expected a share of 0 or more, below 1`);
  }
};

/** Settings and sites of what was asked for. @throws InvalidArgumentError when an option is out of range. */
export const resolveLora = (
  where: string,
  config: TransformerConfig,
  { rank = 8, alpha = 16, targets, dropout = 0, scaling = standardScaling }: LoraOptions,
): { settings: LoraSettings; sites: readonly LoraSite[] } => {
  const usual = config.positions === "learned" ? ["c_attn"] : ["q_proj", "v_proj"];
  const sites = chooseSites(where, config, targets ?? usual);
  const names = [...new Set(sites.map(({ target }) => target))];
  const settings = { rank, alpha, targets: names, dropout, scaling };
  checkSettings(where, settings);
  return { settings, sites };
};
