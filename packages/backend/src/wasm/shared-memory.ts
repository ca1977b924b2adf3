/** The memory section of a module, and the flag in it that lets threads share the memory. */
const memorySection = 5;
const shared = 2;
/** Bytes before the first section: the magic number and the version. */
const headerBytes = 8;

/** A number in LEB128, and where the next byte stands. */
const readNumber = (bytes: Uint8Array, start: number): { value: number; end: number } => {
  let value = 0;
  for (let end = start, shift = 0; ; end++, shift += 7) {
    const byte = bytes[end] as number;
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) return { value, end: end + 1 };
  }
};

/**
 * A WebAssembly module, its own memory shared: other threads can then be given it.
 *
 * @throws RangeError when the module has no memory of its own.
 * @see https://webassembly.github.io/spec/core/binary/modules.html#memory-section
 */
export const withSharedMemory = (module: Uint8Array): Uint8Array<ArrayBuffer> => {
  const changed = Uint8Array.from(module);
  for (let at = headerBytes; at < changed.length; ) {
    const { value: size, end: start } = readNumber(changed, at + 1);
    if (changed[at] === memorySection) {
      const flags = readNumber(changed, start).end; // after the count of memories
      changed[flags] = (changed[flags] as number) | shared;
      return changed;
    }
    at = start + size;
  }
  throw new RangeError("withSharedMemory: the module has no memory section");
};
