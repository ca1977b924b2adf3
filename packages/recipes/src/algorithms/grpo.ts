import { createGrpo } from "@accord-rl/reinforce";
import { fromGroups } from "./from-groups.ts";

/** @see Shao et al. 2024. Scores are standardised among the four responses to a prompt. */
export const grpo = fromGroups((parts) => createGrpo(parts));
