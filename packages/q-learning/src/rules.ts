import type { Rule } from "@accord-rl/math";

export const positiveRate: Rule = [(value) => value > 0 && value <= 1, "a number above 0 and up to 1"];
export const openRate: Rule = [(value) => value > 0 && value < 1, "a number between 0 and 1"];
