/** Reads damaged files: `npm run fuzz -- gguf --mutations 10000 --seed 1`. Without a target: all of them. */
import { parseArgs } from "node:util";
import { targets } from "./targets/index.ts";
import { watchTarget } from "./watch.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    mutations: { type: "string", default: "10000" },
    seed: { type: "string", default: "1" },
    /** The number of a single mutation, to look at it again. */
    only: { type: "string" },
  },
});
const known = Object.keys(targets);
const wrong = positionals.find((name) => !known.includes(name));
if (wrong !== undefined) {
  console.error(`No target "${wrong}", expected ${known.join(", ")}.`);
  process.exit(1);
}
const options = {
  mutations: Number(values.mutations),
  seed: Number(values.seed),
  only: values.only === undefined ? undefined : Number(values.only),
};
for (const name of positionals.length > 0 ? positionals : known) {
  const { read, refused, failures } = await watchTarget(name, options);
  console.log(`${name}: ${refused} refused by name, ${read} read, ${failures.length} failures`);
  for (const failure of failures.slice(0, 10)) console.log(`  ${failure}`);
  if (failures.length > 0) process.exitCode = 1;
}
