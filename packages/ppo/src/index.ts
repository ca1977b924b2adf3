export { createPpo } from "./ppo.ts";
export { clippedValueLoss, type ValueLossInputs } from "./ppo-loss.ts";
export { type PpoOptions, ppoDefaults } from "./ppo-options.ts";
export type { PpoParts } from "./ppo-parts.ts";
