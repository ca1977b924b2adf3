export { createA2c } from "./a2c.ts";
export { type A2cOptions, a2cDefaults } from "./a2c-options.ts";
export type { A2cParts } from "./a2c-parts.ts";
