import { runCommand } from "../command.ts";

export interface GpuMachine {
  /** As the driver names it; null without an NVIDIA driver. */
  readonly chip: string | null;
  readonly driver: string | null;
  readonly memory: string | null;
}

/** What nvidia-smi says of the first GPU. */
export const describeGpu = async (run = runCommand): Promise<GpuMachine> => {
  const { code, output } = await run("nvidia-smi", [
    "--query-gpu=name,driver_version,memory.total",
    "--format=csv,noheader",
  ]);
  const [chip = null, driver = null, memory = null] =
    code === 0 ? (output.split("\n")[0] ?? "").split(",").map((part) => part.trim()) : [];
  return { chip, driver, memory };
};

/** A Python whose PyTorch sees a device; null where there is none, with the reason told. */
export const findPeerPython = async (
  named: string | null,
  device: string,
  log: (line: string) => void,
  run = runCommand,
): Promise<string | null> => {
  const test =
    device === "cpu"
      ? "import torch, transformers"
      : "import sys, torch, transformers; sys.exit(0 if torch.cuda.is_available() else 'PyTorch sees no GPU')";
  for (const python of named === null ? ["python3", "python"] : [named]) {
    const { code, output } = await run(python, ["-c", test]);
    if (code === 0) return python;
    log(`No PyTorch to compare with: ${python}: ${output.trim().split("\n").at(-1) ?? "it does not run"}`);
  }
  return null;
};
