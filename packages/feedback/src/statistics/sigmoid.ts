/** 1/(1 + e⁻ˣ), without overflow on either side. */
export const sigmoid = (x: number): number =>
  x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));

/** log p/(1 − p) of a probability held at least `margin` away from 0 and 1. */
export const logit = (probability: number, margin = 1e-6): number => {
  const held = Math.min(Math.max(probability, margin), 1 - margin);
  return Math.log(held) - Math.log1p(-held);
};

/** log(1 + eˣ), without overflow. */
export const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
