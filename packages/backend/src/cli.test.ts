import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fakeMachine, installBefore, pythonWithPip } from "./__fixtures__/fake-machine.ts";
import { launcher } from "./launcher.ts";

const command = (args: readonly string[], environment: NodeJS.ProcessEnv) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [launcher, ...args], {
    env: environment,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
};

describe("accord-native", () => {
  it.each([
    [["install", "--gpus"], "unknown: --gpus; expected --gpu, --python, --tensorflow-version, --force"],
    [["install", "gpu"], "unknown: gpu; expected --gpu,"],
    [["doctor", "--verbose"], "unknown: --verbose; expected no options"],
    [["uninstall", "--gpu", "--all"], "unknown: --all; expected --gpu"],
    [["install", "--tensorflow-version", "1.15"], "TensorFlow 1.15 (--tensorflow-version) is not supported"],
    [["install"], "no C++ compiler found"],
  ])("ends with one line for %j", (args, expected) => {
    const { system, root } = fakeMachine({});
    const { status, stdout, stderr } = command(args, system.environment);
    expect(stderr).toContain(`accord-native: ${expected}`);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stdout).toBe("");
    expect(status).toBe(1);
    expect(existsSync(root) ? readdirSync(root) : []).toEqual([]);
  });

  it("removes what is there, and says so", () => {
    const { system, root } = fakeMachine({});
    installBefore(root);
    expect(command(["uninstall"], system.environment)).toMatchObject({ status: 0, stdout: "Removed: cpu\n" });
    expect(command(["uninstall"], system.environment).stdout).toBe("Nothing was installed\n");
  });

  it.each(["SIGINT", "SIGTERM"] as const)(
    "ends with one line on %s, and leaves the old state",
    async (signal) => {
      const { system, root } = fakeMachine({
        "g++": "exit 0",
        python3: pythonWithPip("exec /bin/sleep 60"),
      });
      installBefore(root);
      const child = spawn(process.execPath, [launcher, "install", "--force"], { env: system.environment });
      let stderr = "";
      child.stderr.on("data", (chunk: Buffer) => {
        stderr += chunk;
      });
      child.stdout.on("data", (chunk: Buffer) => {
        if (String(chunk).includes("Downloading")) child.kill(signal);
      });
      const status = await new Promise((resolve) => child.on("close", resolve));
      expect(stderr).toBe("accord-native: interrupted; nothing was changed\n");
      expect(status).toBe(130);
      expect(readdirSync(root).sort()).toEqual(["cpu-before", "cpu.json"]);
    },
  );

  it("ends when nobody reads its output any more, and leaves the old state", async () => {
    const { system, root } = fakeMachine({
      "g++": "exit 0",
      npm: "exit 1",
      python3: pythonWithPip("/bin/sleep 1; exit 1"),
    });
    installBefore(root);
    const child = spawn(process.execPath, [launcher, "install", "--force"], { env: system.environment });
    child.stdout.destroy();
    child.stderr.resume();
    expect(await new Promise((resolve) => child.on("close", resolve))).not.toBe(0);
    expect(readdirSync(root).sort()).toEqual(["cpu-before", "cpu.json"]);
  });

  it("ends with one line where the cache can't be written", () => {
    const { system, folder } = fakeMachine({ "g++": "exit 0", python3: pythonWithPip("exit 0") });
    writeFileSync(join(folder, "file"), "");
    const environment = { ...system.environment, ACCORD_CACHE: join(folder, "file") };
    const { status, stderr } = command(["install"], environment);
    expect(stderr).toMatch(/^accord-native: .*ENOTDIR.*\n$/);
    expect(status).toBe(1);
  });

  it("answers a probe with one line of JSON", () => {
    const { system } = fakeMachine({});
    const { stdout } = command(["probe", "cpu"], system.environment);
    expect(JSON.parse(stdout)).toEqual({ works: true, detail: "plain JavaScript (slow)" });
    const nowhere = join("/no", "such", "folder");
    const missing = JSON.parse(command(["probe", "native", "--folder", nowhere], system.environment).stdout);
    expect(missing).toMatchObject({ works: false });
    expect(missing.detail).toContain("Cannot find module");
  });
});
