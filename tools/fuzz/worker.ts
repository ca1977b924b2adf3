/** Runs one target in a process of its own, which may crash or hang; tells each case's number to its parent. */
import { runTarget } from "./run-target.ts";
import { targets } from "./targets/index.ts";

const [name, mutations, seed, only] = process.argv.slice(2);
const load = targets[name as string];
if (!load) throw new Error(`no target ${name}`);
const options = {
  mutations: Number(mutations),
  seed: Number(seed),
  only: only === undefined ? undefined : Number(only),
};
const report = await runTarget(await load(), options, (index) => process.send?.({ index }));
process.send?.({ report }, () => process.disconnect());
