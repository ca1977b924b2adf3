import type { Constitution } from "./constitution.ts";
import { harmlessnessPrinciples } from "./default-harmlessness.ts";
import { helpfulnessPrinciples } from "./default-helpfulness.ts";
import { honestyPrinciples } from "./default-honesty.ts";

/** A complete constitution: harmlessness, privacy, honesty, transparency, helpfulness. */
export const defaultConstitution: Constitution = {
  name: "accord",
  principles: [...harmlessnessPrinciples, ...honestyPrinciples, ...helpfulnessPrinciples],
};
