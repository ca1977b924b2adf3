import { join } from "node:path";
import { takeLock as takeFile } from "@accord-rl/files";

/** Lets one process at a time change the folder. A lock whose owner is gone counts as none. */
export const takeLock = (root: string): (() => void) =>
  takeFile(
    join(root, "lock"),
    (who) => `another accord-native (${who}) is at work in ${root}: wait for it to end`,
  );
