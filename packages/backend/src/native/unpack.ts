import type { Python } from "./python.ts";
import { type CommandResult, runCommand, type System } from "./system.ts";

/** Bytes that one archive may unpack to: three times TensorFlow's. */
const mostBytes = 6e9;

/** Arguments: archive, target folder, limit in bytes, then a regular expression for each kind of file that is wanted. */
const unpackScript = `
import os, re, sys, tarfile, zipfile
archive, target, limit, wanted = sys.argv[1], sys.argv[2], float(sys.argv[3]), [re.compile(p) for p in sys.argv[4:]]
def take(name):
    parts = name.split("/")
    return ".." not in parts and not name.startswith("/") and any(p.match(name) for p in wanted)
def check(size):
    if size > limit: sys.exit("error: it unpacks to %d bytes, expected at most %d" % (size, limit))
if archive.endswith(".tgz"):
    with tarfile.open(archive) as file:
        size, chosen = 0, []
        for member in file:
            check(member.offset_data)
            if not (member.isfile() and take(member.name)): continue
            size += member.size
            check(size)
            chosen.append(member)
        file.extractall(target, chosen)
else:
    with zipfile.ZipFile(archive) as file:
        chosen = [entry for entry in file.infolist() if take(entry.filename)]
        check(sum(entry.file_size for entry in chosen))
        for entry in chosen:
            path = file.extract(entry, target)
            if entry.external_attr >> 16 & 0o111: os.chmod(path, 0o755)
`;

/** Unpacks regular files that are wanted of a .tgz or a wheel, and none outside the target. Python checks the checksums of wheels on the way. */
export const unpack = (
  system: System,
  python: Python,
  archive: string,
  target: string,
  wanted: readonly string[],
  limit = mostBytes,
): Promise<CommandResult> =>
  runCommand(system, python.command, [
    ...["-I", "-W", "ignore", "-c", unpackScript], // isolated: no module of the current folder is imported
    ...[archive, target, String(limit), ...wanted],
  ]);
