#!/usr/bin/env python3
"""Writes the archives of a release and its bill of materials, for grafana/release. The same input gives the same bytes."""

import json
import os
import struct
import sys
import tarfile
import zipfile

# Of the archives, whose files have no time of their own.
MIDNIGHT = (2026, 1, 1, 0, 0, 0)
PLUGIN = "kulprit-reliability-app"
BESIDE = ["LICENSE", "README.md", "config.example.toml"]
ELF_MACHINES = {"amd64": 62, "arm64": 183}
MACH_O_CPUS = {"amd64": 0x01000007, "arm64": 0x0100000C}
PE_MACHINES = {"amd64": 0x8664}


def check(path, system):
    """Fails unless the program is one for that system."""
    name, machine = system.split("-")
    with open(path, "rb") as file:
        head = file.read(4096)
    if name == "linux":
        fits = head[:4] == b"\x7fELF" and struct.unpack_from("<H", head, 18)[0] == ELF_MACHINES[machine]
    elif name == "darwin":
        fits = head[:4] == b"\xcf\xfa\xed\xfe" and struct.unpack_from("<I", head, 4)[0] == MACH_O_CPUS[machine]
    else:
        at = struct.unpack_from("<I", head, 60)[0]
        fits = head[:2] == b"MZ" and struct.unpack_from("<H", head, at + 4)[0] == PE_MACHINES[machine]
    if not fits:
        sys.exit(f"{path} is no program for {system}")


def zipped(path, files):
    """Each file as (name in the archive, path, whether it is a program)."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, file, is_program in sorted(files):
            entry = zipfile.ZipInfo(name, MIDNIGHT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100755 if is_program else 0o100644) << 16
            with open(file, "rb") as content:
                archive.writestr(entry, content.read())


def tarred(path, files):
    def plain(entry, is_program):
        entry.mode, entry.mtime = (0o755 if is_program else 0o644), 0
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        return entry

    # xz, whose header, unlike gzip's, names neither file nor time.
    with tarfile.open(path, "w:xz") as archive:
        for name, file, is_program in sorted(files):
            archive.add(file, name, filter=lambda entry, it=is_program: plain(entry, it))


def standalone(base, system, *programs):
    for program in programs:
        check(program, system)
    folder = os.path.basename(base)
    files = [(f"{folder}/{os.path.basename(program)}", program, True) for program in programs]
    files += [(f"{folder}/{name}", name, False) for name in BESIDE]
    if system.startswith("windows"):
        zipped(base + ".zip", files)
    else:
        tarred(base + ".tar.xz", files)


def plugin(path, pages, backends):
    files = []
    for root, _, names in os.walk(pages):
        for name in names:
            file = os.path.join(root, name)
            # A source map names paths of the machine that built it; a backend of an earlier build may be another one's.
            if not name.endswith(".map") and not name.startswith("gpx_"):
                files.append((f"{PLUGIN}/{os.path.relpath(file, pages)}", file, False))
    files += [(f"{PLUGIN}/{name}", os.path.join(backends, name), True) for name in os.listdir(backends)]
    zipped(path, files)


def materials(path):
    """CycloneDX, of every crate that the program may be built of on any system."""
    metadata = json.load(sys.stdin)
    ours = set(metadata["workspace_members"])
    crates = sorted((one for one in metadata["packages"] if one["id"] not in ours), key=lambda one: (one["name"], one["version"]))
    components = [
        {
            "type": "library",
            "name": one["name"],
            "version": one["version"],
            "purl": f"pkg:cargo/{one['name']}@{one['version']}",
            **({"licenses": [{"expression": one["license"].replace("/", " OR ")}]} if one["license"] else {}),
        }
        for one in crates
    ]
    bill = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": components}
    with open(path, "w", encoding="utf-8") as out:
        json.dump(bill, out, indent=1)


if __name__ == "__main__":
    {"standalone": standalone, "plugin": plugin, "materials": materials}[sys.argv[1]](*sys.argv[2:])
