import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { create } from "tar";
import type { Asset, Download } from "./index.ts";

export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

const crcTable = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  return c;
});
const crc32 = (bytes: Uint8Array): number =>
  ~bytes.reduce((crc, byte) => (crc >>> 8) ^ (crcTable[(crc ^ byte) & 255] as number), -1) >>> 0;

/** A zip archive of one stored (not compressed) file: the three records of the format, written by hand. */
export const zipOf = (name: string, data: Uint8Array): Buffer => {
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  const common = Buffer.alloc(26); // version needed … extra length, the same in both headers
  common.writeUInt16LE(20, 0);
  common.writeUInt32LE(crc32(data), 10);
  common.writeUInt32LE(data.length, 14);
  common.writeUInt32LE(data.length, 18);
  common.writeUInt16LE(name.length, 22);
  common.copy(local, 4);
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50, 0);
  common.copy(central, 6);
  const start = 30 + name.length + data.length;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(46 + name.length, 12);
  end.writeUInt32LE(start, 16);
  return Buffer.concat([local, Buffer.from(name), data, central, Buffer.from(name), end]);
};

/** A package archive as npm makes it: everything under "package/". */
export const tgzOf = async (folder: string, files: Readonly<Record<string, Uint8Array>>): Promise<Buffer> => {
  for (const [name, data] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), data);
  }
  await create({ gzip: true, cwd: folder, file: join(folder, "archive.tgz") }, Object.keys(files));
  return readFileSync(join(folder, "archive.tgz"));
};

/** A recipe for files that are cut out of one archived file, one after the other. */
export const recipeOf = (options: {
  readonly archive: Uint8Array;
  readonly path: string;
  readonly parts: Readonly<Record<string, Uint8Array>>;
  readonly registry?: "npm" | "pypi";
}): Asset => {
  const { archive, path, parts, registry = "npm" } = options;
  let begin = 0;
  const files = Object.entries(parts).map(([name, data]) => {
    const file = { path, begin, bytes: data.length, sha256: sha256(data) };
    begin += data.length;
    return [name, file] as const;
  });
  return {
    name: "toy",
    description: "A toy.",
    license: "MIT",
    package: {
      registry,
      name: "toy-package",
      version: "1.2.3",
      bytes: archive.length,
      sha256: sha256(archive),
    },
    files: Object.fromEntries(files),
  };
};

/** A registry that serves one archive, and counts how often. */
export const serve = (archive: Uint8Array): Download & { readonly calls: () => number } => {
  let calls = 0;
  const download: Download = async (_, folder) => {
    calls++;
    writeFileSync(join(folder, "archive"), archive);
    return join(folder, "archive");
  };
  return Object.assign(download, { calls: () => calls });
};
