import type { Python } from "./python.ts";
import { type CommandResult, runCommand, type System } from "./system.ts";

/** Arguments: archive, target folder, then a regular expression for each kind of file that is wanted. */
const unpackScript = `
import os, re, sys, tarfile, zipfile
archive, target, wanted = sys.argv[1], sys.argv[2], [re.compile(p) for p in sys.argv[3:]]
def take(name):
    parts = name.split("/")
    return ".." not in parts and not name.startswith("/") and any(p.match(name) for p in wanted)
if archive.endswith(".tgz"):
    with tarfile.open(archive) as file:
        file.extractall(target, [m for m in file.getmembers() if m.isfile() and take(m.name)])
else:
    with zipfile.ZipFile(archive) as file:
        for entry in file.infolist():
            if take(entry.filename):
                path = file.extract(entry, target)
                if entry.external_attr >> 16 & 0o111: os.chmod(path, 0o755)
`;

/** Unpacks what is wanted of a .tgz or a wheel. Python checks the checksums of wheels on the way. */
export const unpack = (
  system: System,
  python: Python,
  archive: string,
  target: string,
  wanted: readonly string[],
): Promise<CommandResult> =>
  runCommand(system, python.command, ["-W", "ignore", "-c", unpackScript, archive, target, ...wanted]);
