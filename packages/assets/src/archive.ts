import { createReadStream } from "node:fs";
import { Parser } from "tar";
import { openPromise } from "yauzl";

/** Called for each file of an archive; undefined = not wanted. */
export type VisitEntry = (path: string) => ((chunks: AsyncIterable<Uint8Array>) => Promise<void>) | undefined;

/** Reads every file of a gzipped tar archive, in the archive's order. */
export const readTar = async (archive: string, visit: VisitEntry): Promise<void> => {
  const input = createReadStream(archive, { highWaterMark: 2 ** 20 });
  const reading: Promise<void>[] = [];
  const parser = new Parser({
    strict: true,
    onReadEntry: (entry) => {
      const read = entry.type === "File" ? visit(entry.path) : undefined;
      if (!read) return void entry.resume();
      const done = read(entry);
      reading.push(done);
      done.catch((error: unknown) => {
        entry.resume(); // the parser waits for every entry, also for one that nobody reads any more
        input.destroy(error instanceof Error ? error : new Error(String(error)));
      });
    },
  });
  await new Promise<void>((resolve, reject) => {
    parser.on("end", resolve).on("error", reject);
    parser.on("drain", () => input.resume());
    input.on("error", reject).on("end", () => parser.end());
    input.on("data", (chunk) => {
      if (!parser.write(chunk as Buffer)) input.pause();
    });
  });
  await Promise.all(reading);
};

/** Reads every file of a zip archive, in the archive's order. */
export const readZip = async (archive: string, visit: VisitEntry): Promise<void> => {
  const zip = await openPromise(archive);
  try {
    for await (const entry of zip.eachEntry()) {
      const read = visit(entry.fileName);
      if (read) await read(await zip.openReadStreamPromise(entry));
    }
  } finally {
    zip.close();
  }
};
