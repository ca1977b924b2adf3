/**
 * Kills the process at its file operation number ACCORD_KILL_AT below ACCORD_KILL_BELOW; a write that is killed has
 * written half of its bytes. At its end the process tells ACCORD_KILL_COUNT, a file, how many operations there were.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const killAt = Number(process.env.ACCORD_KILL_AT ?? -1);
const below = process.env.ACCORD_KILL_BELOW ?? "";
const isBelow = (path) => typeof path === "string" && path.startsWith(below);
const { writeFileSync, writeSync } = fs;
const descriptors = new Set();
let operations = 0;

const count = (half = () => {}) => {
  if (operations++ !== killAt) return;
  half();
  process.kill(process.pid, "SIGKILL");
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); // the signal takes a moment
};
const wrap = (object, names) => {
  for (const name of names) {
    const original = object[name];
    object[name] = function (path, ...rest) {
      if (isBelow(path) || isBelow(rest[0])) count();
      return original.call(this, path, ...rest);
    };
  }
};

wrap(fs, ["linkSync", "renameSync", "rmSync", "mkdirSync", "rmdirSync", "truncateSync", "writeFileSync"]);
wrap(fs.promises, ["rename", "rm", "mkdir"]);

const { openSync, closeSync, fsyncSync } = fs;
fs.openSync = (path, ...rest) => {
  if (isBelow(path)) count();
  const descriptor = openSync(path, ...rest);
  if (isBelow(path)) descriptors.add(descriptor);
  return descriptor;
};
fs.closeSync = (descriptor) => {
  descriptors.delete(descriptor);
  closeSync(descriptor);
};
fs.writeSync = (descriptor, bytes, at = 0, length = bytes.length - at, ...rest) => {
  if (descriptors.has(descriptor)) count(() => writeSync(descriptor, bytes, at, length >> 1));
  return writeSync(descriptor, bytes, at, length, ...rest);
};
fs.fsyncSync = (descriptor) => {
  if (descriptors.has(descriptor)) count();
  fsyncSync(descriptor);
};

const { open } = fs.promises;
fs.promises.open = async (path, ...rest) => {
  if (isBelow(path)) count();
  const handle = await open(path, ...rest);
  if (!isBelow(path)) return handle;
  const { write, sync } = handle;
  handle.write = async (bytes, at, length, ...more) => {
    count(() => writeSync(handle.fd, bytes, at, length >> 1));
    return write.call(handle, bytes, at, length, ...more);
  };
  handle.sync = async () => {
    count();
    return sync.call(handle);
  };
  return handle;
};
syncBuiltinESMExports();

process.on("exit", () => {
  const path = process.env.ACCORD_KILL_COUNT;
  if (path) writeFileSync(path, String(operations));
});
