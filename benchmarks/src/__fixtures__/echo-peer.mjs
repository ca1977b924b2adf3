// Answers as the Python peers do: one line for each line.
import { createInterface } from "node:readline";

for await (const line of createInterface({ input: process.stdin })) {
  const { command, ...fields } = JSON.parse(line);
  if (command === "leave") {
    process.stderr.write("leaving early");
    process.exit(3);
  }
  const answer = command === "echo" ? { result: fields } : { error: `ValueError: no ${command}` };
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
