"""Writes packages/backend/src/native/wheel-hashes.ts: which wheels accord-native installs, by sha256.

    python3 tools/tensorflow-wheels/main.py

Needs `packaging`. Reads the index that pip uses. The hashes come from the index on the day the table is made; from then
on the table decides. One wheel is enough for each version, since only its C++ libraries are used: the newest CPython
that all patch releases of the minor version have. Where TensorFlow gives a range for a CUDA library, the lowest version
is taken, which is the one that it was built with.
"""

import io
import json
import pathlib
import re
import subprocess
import urllib.request
import zipfile

from packaging.requirements import Requirement
from packaging.utils import parse_wheel_filename
from packaging.version import Version

target = pathlib.Path(__file__).parents[2] / "packages/backend/src/native/wheel-hashes.ts"
configured = subprocess.run(
    ["python3", "-m", "pip", "config", "get", "global.index-url"], capture_output=True, text=True
).stdout.strip()
index = (configured or "https://pypi.org/simple").rstrip("/")


class RemoteFile(io.RawIOBase):
    """A file on a server, read by ranges: only the end and the metadata of a wheel are needed."""

    def __init__(self, url, size):
        self.url, self.size, self.at = url, size, 0

    def seekable(self):
        return True

    def tell(self):
        return self.at

    def seek(self, offset, whence=0):
        self.at = offset + (0, self.at, self.size)[whence]
        return self.at

    def read(self, count=-1):
        end = self.size if count < 0 else min(self.at + count, self.size)
        if end <= self.at:
            return b""
        request = urllib.request.Request(self.url, headers={"Range": f"bytes={self.at}-{end - 1}"})
        data = urllib.request.urlopen(request, timeout=60).read()
        self.at += len(data)
        return data


def files_of(name):
    request = urllib.request.Request(
        f"{index}/{name}/", headers={"Accept": "application/vnd.pypi.simple.v1+json"}
    )
    wheels = []
    for file in json.load(urllib.request.urlopen(request, timeout=60))["files"]:
        if not file["filename"].endswith(".whl") or file.get("yanked"):
            continue
        _, version, _, tags = parse_wheel_filename(file["filename"])
        if any("manylinux" in tag.platform and tag.platform.endswith("x86_64") for tag in tags):
            wheels.append((version, {tag.interpreter for tag in tags}, file))
    return wheels


def pin(name, wheels, version, interpreter=None):
    chosen = [f for v, tags, f in wheels if v == version and (interpreter is None or interpreter in tags)]
    file = max(chosen, key=lambda file: file["filename"])
    return f"{name}=={version} --hash=sha256:{file['hashes']['sha256']}", file


def cuda_pins(file, cache):
    archive = zipfile.ZipFile(RemoteFile(file["url"], file["size"]))
    metadata = next(n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
    pins = []
    for line in archive.read(metadata).decode().splitlines():
        match = re.match(r"Requires-Dist: *(.*)", line)
        requirement = Requirement(match[1]) if match else None
        if not requirement or not requirement.marker or "and-cuda" not in str(requirement.marker):
            continue
        if not requirement.name.startswith("nvidia-"):
            continue  # TensorRT: a source package that TensorFlow runs without
        wheels = cache.setdefault(requirement.name, files_of(requirement.name))
        version = min(v for v, _, _ in wheels if v in requirement.specifier)
        pins.append(pin(requirement.name, wheels, version)[0])
    return pins


def main():
    cpu, gpu, cache = files_of("tensorflow-cpu"), files_of("tensorflow"), {}
    versions = sorted({v for v, _, _ in cpu if Version("2.15") <= v < Version("2.22") and not v.is_prerelease})
    table = {}
    for version in versions:
        interpreter = "cp311" if version < Version("2.16") else "cp312"
        whole, file = pin("tensorflow", gpu, version, interpreter)
        table[str(version)] = {
            "python": f"3.{interpreter[3:]}",
            "cpu": pin("tensorflow-cpu", cpu, version, interpreter)[0],
            "gpu": whole,
            "cuda": cuda_pins(file, cache),
        }
        print(version, len(table[str(version)]["cuda"]), "CUDA libraries")
    text = f"""// Made by tools/tensorflow-wheels/main.py: change that, not this.
/** What pip is asked for, in the words of a requirements file. */
export interface TensorflowWheels {{
  /** The Python whose wheels these are. None runs them: only their C++ libraries are used. */
  readonly python: string;
  readonly cpu: string;
  readonly gpu: string;
  readonly cuda: readonly string[];
}}

/** By version of TensorFlow: its wheels for Linux on x86-64. The newest version comes last. */
export const wheelHashes: Readonly<Record<string, TensorflowWheels>> = {json.dumps(table, indent=2)};
"""
    target.write_text(text)


main()
