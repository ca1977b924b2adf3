import base from "../../tsup.base.ts";

/** The command's code besides the library's; bin/accord-label.js imports it. */
export default { ...base, entry: { index: "src/index.ts", cli: "src/cli/main.ts" } };
