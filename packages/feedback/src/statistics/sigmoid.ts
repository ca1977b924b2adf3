/** 1/(1 + e⁻ˣ), without overflow on either side. */
export const sigmoid = (x: number): number =>
  x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));

/** log p/(1 − p), held to what `margin` and 1 − `margin` have. Of 1 − p it is the negative, to the last bit. */
export const logit = (probability: number, margin = 1e-6): number => {
  const isUpper = probability > 0.5;
  const smaller = isUpper ? 1 - probability : probability;
  const held = Math.max(smaller, margin);
  const value = Math.log(held) - Math.log1p(-held);
  return isUpper ? -value : value;
};

/** log(1 + eˣ), without overflow. */
export const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
