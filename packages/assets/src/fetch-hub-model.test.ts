import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DataError, InvalidArgumentError } from "@accord-rl/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fetchHubModel } from "./index.ts";

const commit = "0123456789abcdef0123456789abcdef01234567";
const files: Record<string, Buffer> = {
  "config.json": Buffer.from("{}"),
  "model.safetensors": Buffer.alloc(3_000_000, 7),
  "tokenizer.json": Buffer.from('{"a":1}'),
  "README.md": Buffer.from("# no part of the model"),
  "onnx/model.safetensors": Buffer.from("elsewhere"),
};

let cacheFolder: string;
let server: Server;
let endpoint: string;
/** What the hub serves, which tests change, and what it was asked for. */
let served: Record<string, Buffer>;
let requests: { url: string; authorization: string | undefined }[];
let status: number;

const siblings = () =>
  Object.entries(files).map(([rfilename, content]) => ({
    rfilename,
    size: content.length,
    ...(rfilename.endsWith(".safetensors") && {
      lfs: { size: content.length, sha256: createHash("sha256").update(content).digest("hex") },
    }),
  }));

beforeEach(async () => {
  cacheFolder = mkdtempSync(join(tmpdir(), "accord-hub-"));
  served = { ...files };
  requests = [];
  status = 200;
  server = createServer(({ url = "", headers }, response) => {
    requests.push({ url, authorization: headers.authorization });
    const file = /^\/owner\/some-model\/resolve\/[0-9a-f]{40}\/(.+)$/.exec(url)?.[1];
    if (status !== 200) response.writeHead(status).end();
    else if (
      url === "/api/models/owner/some-model/revision/main?blobs=true" ||
      url.includes(`/revision/${commit}`)
    )
      response.end(JSON.stringify({ sha: commit, siblings: siblings() }));
    else if (file !== undefined) response.end(served[decodeURIComponent(file)]);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(cacheFolder, { recursive: true });
});

const fetchIt = (options = {}) =>
  fetchHubModel("owner/some-model", { endpoint, cacheFolder, patience: { retryDelayMs: 1 }, ...options });
const kept = () =>
  readdirSync(cacheFolder, { recursive: true }).filter((name) => String(name).includes(commit));

describe("fetchHubModel", () => {
  it("brings the model's files, and no others, once", async () => {
    const lines: string[] = [];
    const progress: number[] = [];
    const folder = await fetchIt({
      log: (line: string) => lines.push(line),
      onProgress: ({ bytes, totalBytes }: { bytes: number; totalBytes: number }) =>
        progress.push(bytes / totalBytes),
    });
    expect(folder).toBe(join(cacheFolder, "hub", "owner--some-model", commit));
    expect(readdirSync(folder).sort()).toEqual(["config.json", "model.safetensors", "tokenizer.json"]);
    for (const name of readdirSync(folder))
      expect(files[name]?.equals(readFileSync(join(folder, name)))).toBe(true);
    expect(lines).toEqual([`fetching owner/some-model at ${commit} into ${folder}`]);
    expect(progress.at(-1)).toBe(1);
    const count = requests.length;
    expect(await fetchIt({ log: (line: string) => lines.push(line) })).toBe(folder);
    expect(lines.slice(1)).toEqual([]);
    expect(requests.length).toBe(count + 1); // what "main" is now
    expect(await fetchIt({ revision: commit })).toBe(folder);
    expect(requests.length).toBe(count + 1); // a commit stays what it is
  });
  it("brings what is asked for", async () => {
    const folder = await fetchIt({ wants: (name: string) => name === "README.md" });
    expect(readdirSync(folder)).toEqual(["README.md"]);
    rmSync(folder, { recursive: true });
    await expect(fetchIt({ wants: () => false })).rejects.toThrow(
      "none of the wanted files, but config.json",
    );
  });
  it("uses what it has when the hub can't be reached, and says so", async () => {
    const folder = await fetchIt();
    const lines: string[] = [];
    const options = { endpoint: "http://127.0.0.1:9", log: (line: string) => lines.push(line) };
    expect(await fetchIt(options)).toBe(folder);
    expect(lines[0]).toContain("fetched before");
    await expect(fetchIt({ ...options, revision: "v2" })).rejects.toThrow("can't be reached");
  });
  it.each([
    { what: "another content", content: Buffer.alloc(3_000_000, 8), message: "it has sha256" },
    { what: "a part", content: Buffer.alloc(2_000_000, 7), message: "it has 2000000 bytes" },
    { what: "too much", content: Buffer.alloc(4_000_000, 7), message: "expected 3000000" },
  ])("keeps nothing when it is given $what", async ({ content, message }) => {
    served["model.safetensors"] = content;
    const fetching = fetchIt();
    await expect(fetching).rejects.toBeInstanceOf(DataError);
    await expect(fetching).rejects.toThrow(message);
    expect(kept()).toEqual([]);
    expect(readdirSync(cacheFolder).filter((name) => name.startsWith(".staging"))).toEqual([]);
  });
  it.each([
    { code: 401, message: "set HF_TOKEN" },
    { code: 404, message: "no such model" },
    { code: 503, message: "the hub answered 503" },
  ])("explains $code", async ({ code, message }) => {
    status = code;
    await expect(fetchIt()).rejects.toBeInstanceOf(DataError);
    await expect(fetchIt()).rejects.toThrow(message);
  });
  it("shows its token to the hub", async () => {
    await fetchIt({ token: "secret" });
    expect(new Set(requests.map(({ authorization }) => authorization))).toEqual(new Set(["Bearer secret"]));
  });
  it.each(["model", "../../etc", "owner/..", "a/b/c", "owner/name?x", "-a/b", ""])(
    "refuses what is no name: %s",
    async (name) => {
      await expect(fetchHubModel(name, { endpoint, cacheFolder })).rejects.toBeInstanceOf(
        InvalidArgumentError,
      );
      expect(requests).toEqual([]);
    },
  );
});
