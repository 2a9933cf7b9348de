#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The binary interface of libswitchyard.so: the symbols it shows, its soname, and the layout of every struct are those on record.

usage: symbols_test.py LIBRARY     SWITCHYARD_WRITE_SYMBOLS=1 writes the record anew, when a version of the interface begins
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
TOP = HERE.parents[2]
RECORD = HERE / "symbols.txt"
HEADER = TOP / "host/c/switchyard.h"


def run(*command):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True).stdout


def exported(library):
    """Name and version of every symbol that a program could bind to."""
    out = []
    for line in run("nm", "-D", "--defined-only", library).splitlines():
        address, kind, name = line.split()
        if kind != "A":  # the version itself
            out.append(name)
    return sorted(out)


def declared(text):
    return sorted(set(re.findall(r"SWITCHYARD_API[^;]*?\b(switchyard_\w+)\(", text)))


def layouts(text):
    """Size and offsets of every struct, as the compiler has them."""
    structs = re.findall(r"typedef struct (switchyard_\w+) \{(.*?)\} \1;", text, re.S)
    assert len(structs) > 10, "the header's structs were not found"
    lines = []
    for name, body in structs:
        body = re.sub(r"/\*.*?\*/", "", body, flags=re.S)
        lines.append(f'    printf("struct {name} %zu\\n", sizeof({name}));')
        for member in re.findall(r"(\w+)(?:\[\w+\])?;", body):
            lines.append(f'    printf("  {member} %zu %zu\\n", offsetof({name}, {member}), sizeof((({name} *)0)->{member}));')
    constants = re.findall(r"\b(SWITCHYARD_[A-Z0-9_]+) =", text)
    lines += [f'    printf("{constant} %d\\n", (int){constant});' for constant in constants]
    program = '#include <stdio.h>\n#include "host/c/switchyard.h"\nint main(void) {\n' + "\n".join(lines) + "\n    return 0;\n}\n"
    with tempfile.TemporaryDirectory() as folder:
        source, binary = pathlib.Path(folder, "layout.c"), pathlib.Path(folder, "layout")
        source.write_text(program)
        run(os.environ.get("CC", "cc"), "-std=c11", f"-I{TOP}", source, "-o", binary)
        return run(binary).splitlines()


def main():
    library = sys.argv[1]
    text = HEADER.read_text()
    symbols = exported(library)
    names = [symbol.split("@")[0] for symbol in symbols]
    if names != declared(text):
        print("declared and exported differ:", sorted(set(names) ^ set(declared(text))))
        return 1
    soname = re.search(r"SONAME.*\[(.*)\]", run("readelf", "-d", library))[1]
    version = re.search(r"#define SWITCHYARD_ABI_VERSION (\d+)", text)[1]
    if soname != f"libswitchyard.so.{version}":
        print(f"the soname is {soname}, the header's version {version}")
        return 1
    found = [f"soname {soname}"] + [f"symbol {symbol}" for symbol in symbols] + layouts(text)
    if os.environ.get("SWITCHYARD_WRITE_SYMBOLS"):
        RECORD.write_text("\n".join(found) + "\n")
    on_record = RECORD.read_text().splitlines()
    if found != on_record:
        for line in sorted(set(found) ^ set(on_record)):
            print(("new: " if line in set(found) else "gone: ") + line)
        print("the binary interface is not the one on record; a change that a program would notice needs a new SWITCHYARD_ABI_VERSION")
        return 1
    print(f"{len(symbols)} symbols, {len(found)} lines as on record")
    return 0


if __name__ == "__main__":
    sys.exit(main())
