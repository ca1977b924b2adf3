import type { Options } from "../options.ts";
import { controlTask } from "./control.ts";
import { exact } from "./exact.ts";
import { sentiment } from "./sentiment.ts";
import type { Task } from "./task.ts";

/** By the names that the command line knows. */
export const tasks: Readonly<Record<Options["task"], Task>> = {
  exact,
  cartpole: controlTask("cartpole"),
  acrobot: controlTask("acrobot"),
  sentiment,
};
