import { type RlhfOptions, rlhfOptions } from "@accord-rl/app-options";

/** The app's options; `--help` prints them. Their schema is shared with the apps that do the same job besides. */
export const options = rlhfOptions;

export type Options = RlhfOptions;
