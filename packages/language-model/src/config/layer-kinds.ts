import type { RopeScaling } from "./rope-scaling.ts";
import type { TransformerConfig } from "./transformer-config.ts";

/** How a layer attends. */
export interface LayerKind {
  readonly ropeTheta: number;
  readonly scaling: RopeScaling | undefined;
  /** Tokens that it sees, the latest included; undefined: all. */
  readonly window: number | undefined;
}

/** A layer that sees everything. */
export const fullAttention = ({ ropeTheta, ropeScaling }: TransformerConfig): LayerKind => ({
  ropeTheta,
  scaling: ropeScaling,
  window: undefined,
});

/** Something for each kind of layer that a model has. */
export interface PerKind<T> {
  readonly full: T;
  readonly sliding: T | undefined;
}

/** Makes something for each kind of layer. */
export const forEachKind = <T>(config: TransformerConfig, make: (kind: LayerKind) => T): PerKind<T> => {
  const { sliding } = config;
  return {
    full: make(fullAttention(config)),
    sliding:
      sliding && make({ ropeTheta: sliding.ropeTheta, scaling: sliding.ropeScaling, window: sliding.window }),
  };
};

/** The same for each kind, from what there is for each. */
export const mapKinds = <T, U>({ full, sliding }: PerKind<T>, change: (value: T) => U): PerKind<U> => ({
  full: change(full),
  sliding: sliding && change(sliding),
});

/** What layer `index` uses. */
export const ofLayer = <T>({ full, sliding }: PerKind<T>, config: TransformerConfig, index: number): T =>
  sliding !== undefined && config.sliding?.layers.includes(index) ? sliding : full;
