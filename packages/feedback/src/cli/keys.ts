import { on } from "node:events";
import { createInterface, emitKeypressEvents } from "node:readline";
import type { ReadStream } from "node:tty";

const isKey = (value: unknown): value is { name?: string; ctrl?: boolean; sequence?: string } =>
  typeof value === "object" && value !== null;

/** Single keys from a terminal, until it closes; Ctrl-C and Ctrl-D are q. The terminal is as before afterwards. */
export const terminalKeys = async function* (input: ReadStream): AsyncGenerator<string> {
  emitKeypressEvents(input);
  input.setRawMode(true);
  input.resume();
  try {
    for await (const [character, key] of on(input, "keypress", { close: ["end", "close"] })) {
      const isControl = isKey(key) && key.ctrl === true;
      if (isControl && isKey(key) && (key.name === "c" || key.name === "d")) yield "q";
      else if (!isControl && typeof character === "string" && character.length === 1) yield character;
    }
  } finally {
    input.setRawMode(false);
    input.pause();
  }
};

/** The first letter of each line that isn't blank, until the input ends. */
export const lineKeys = async function* (input: NodeJS.ReadableStream): AsyncGenerator<string> {
  const lines = createInterface({ input, terminal: false });
  try {
    for await (const line of lines) if (line.trim() !== "") yield line.trim();
  } finally {
    lines.close();
  }
};
