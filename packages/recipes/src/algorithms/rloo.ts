import { createRloo } from "@accord-rl/reinforce";
import { fromGroups } from "./from-groups.ts";

/** @see Ahmadian et al. 2024. Each of four responses is compared with the other three. */
export const rloo = fromGroups((parts) => createRloo(parts));
