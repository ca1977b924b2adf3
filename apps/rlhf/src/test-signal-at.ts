/** Preloaded into the app by tests: sends it a signal at one point of what it writes. See test-app.ts. */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import type { SignalAt } from "./test-app.ts";

const { signal, text, time = 1 } = JSON.parse(process.env.SIGNAL_AT ?? "{}") as SignalAt;
const write = fs.writeSync as (
  descriptor: number,
  bytes: NodeJS.ArrayBufferView,
  ...rest: number[]
) => number;
let seen = 0;

fs.writeSync = ((descriptor: number, bytes: NodeJS.ArrayBufferView, ...rest: number[]) => {
  const written = write(descriptor, bytes, ...rest);
  if (Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(text) && ++seen === time)
    process.kill(process.pid, signal);
  return written;
}) as typeof fs.writeSync;
syncBuiltinESMExports();
