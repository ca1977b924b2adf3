import base from "../../tsup.base.ts";

/** The command's code besides the library's; bin/accord-native.js imports it. */
export default { ...base, entry: ["src/index.ts", "src/cli.ts"] };
