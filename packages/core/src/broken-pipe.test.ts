import { EventEmitter } from "node:events";
import { expect, it } from "vitest";
import { onBrokenPipe } from "./broken-pipe.ts";

it.each(["EPIPE", "ERR_STREAM_DESTROYED", "EIO"])("an output that ends with %s is gone", (code) => {
  const stream = new EventEmitter();
  let calls = 0;
  const stop = onBrokenPipe([stream], () => calls++);
  stream.emit("error", Object.assign(new Error(code), { code }));
  expect(calls).toBe(1);
  expect(() => stream.emit("error", new Error("other"))).toThrow("other");
  stop();
  expect(stream.listenerCount("error")).toBe(0);
});
