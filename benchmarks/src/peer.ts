import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { AccordError, type Disposable } from "@accord-rl/core";

/** A program that answers one JSON line with another, for as long as the benchmark runs. */
export interface Peer extends Disposable {
  /** @throws AccordError when the other side fails or ends. */
  request<Result>(command: string, fields?: object): Promise<Result>;
}

export interface PeerOptions {
  /** Unless OMP_NUM_THREADS is set. */
  readonly threads: number;
  /** PyTorch's name of the device. Default: cpu, and GPUs are hidden. */
  readonly device?: string;
}

/** Starts a peer script (`peers/*.py`). Its standard error is shown only when it ends early. */
export const startPeer = (python: string, script: string, { threads, device = "cpu" }: PeerOptions): Peer => {
  const child = spawn(python, [script], {
    stdio: ["pipe", "pipe", "pipe"],
    env: {
      ...process.env,
      OMP_NUM_THREADS: process.env.OMP_NUM_THREADS ?? String(threads),
      HF_HUB_OFFLINE: "1",
      ACCORD_PEER_DEVICE: device,
      ...(device === "cpu" ? { CUDA_VISIBLE_DEVICES: "" } : {}),
    },
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let complaints = "";
  child.stderr.on("data", (chunk) => {
    complaints = (complaints + chunk).slice(-4000);
  });
  const failed = new Promise<never>((_, reject) => {
    child.on("error", (cause) => {
      reject(new AccordError(`The peer can't start: ${cause.message}. Check --python.`, { cause }));
    });
  });
  // Handled where it is raced; without this an early failure would count as unhandled.
  failed.catch(() => {});
  child.stdin.on("error", () => {});
  const closed = new Promise((resolve) => child.on("close", resolve));

  return {
    request: async (command, fields = {}) => {
      child.stdin.write(`${JSON.stringify({ command, ...fields })}\n`);
      const { done, value } = await Promise.race([answers.next(), failed]);
      if (done) {
        await closed;
        throw new AccordError(`The peer ended while asked to ${command}:\n${complaints}`);
      }
      const answer = JSON.parse(value);
      if (answer.error)
        throw new AccordError(`The peer failed to ${command}: ${answer.error}\n${complaints}`);
      return answer.result;
    },
    dispose: () => {
      child.stdin.end();
    },
  };
};
