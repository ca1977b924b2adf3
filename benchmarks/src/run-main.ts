import { AccordError } from "@accord-rl/core";

/** The edge of a program: an error that is the user's to mend is one line and exit code 1. */
export const runMain = async (main: () => Promise<void>): Promise<void> => {
  try {
    await main();
  } catch (error) {
    if (!AccordError.isInstance(error) && !(error instanceof TypeError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
};
