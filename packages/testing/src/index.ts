export type { CheckGradientsOptions } from "./check-gradients.ts";
export { checkGradients } from "./check-gradients.ts";
export { expectNoLeak } from "./expect-no-leak.ts";
export type { Numbers, Tolerance } from "./to-be-all-close.ts";
export { registerMatchers } from "./to-be-all-close.ts";
