#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: kernel_refs.py ROOT CACHE: `Kernel: path:function() [versions]` in the engine's headers names what is really there
(checked where Debian's linux-source-6.1 is installed; the files named are unpacked into CACHE once), and every function
of a modelling room's header either names its counterpart, says `Kernel: none`, or is plain housekeeping."""
import os
import re
import subprocess
import sys

import source

TARBALL = "/usr/src/linux-source-6.1.tar.xz"
PREFIX = "linux-source-6.1"
ROOMS = ("buddy", "pcp", "pages", "compact", "reclaim", "cma", "slab", "vmalloc", "percpu", "kstack", "kmap")
REF = re.compile(r"\b((?:[\w-]+/)+[\w-]+\.[chS]|[\w-]+/Kconfig)(?::((?:\w+(?:\(\)|[*…])?)(?:,\s*\w+\(\))*))?")
# Functions that model nothing: making, ending, asking, recounting.
HOUSEKEEPING = re.compile(r"_(open|close|init|release|check|profile|at|count|nr|name|find|get|set|size|state|dump)\w*$"
                          r"|_(is|has|nr|for_each|first|next)_\w+$")


def references(root):
    """(path, line, kernel file, [functions]) for every reference that holds for 6.1."""
    for path in source.files(root, ("engine",), (".h",)):
        text = source.read(root, path)
        for m in re.finditer(r"Kernel:((?:[^*]|\*(?!/)(?!\s*\n\s*\*?/?\s*$))*?)(?=\n\s*\*\s*\n|\*/|\n\s*\*\s*(?:Differs|Return|@))",
                             text):
            block = re.sub(r"\n\s*\*", " ", m[1])
            for part in re.findall(r"[^\[\]]*(?:\[[^\]]*\])?", block):
                versions = re.search(r"\[([^\]]*)\]", part)
                if versions and re.search(r"\d", versions[1]) and "6.1" not in versions[1].replace(",", " ").split():
                    continue
                for ref in REF.finditer(part):
                    names = re.findall(r"\w+[*…]?", ref[2] or "")
                    yield path, source.line_of(text, m.start()), ref[1], names


def unpack(wanted, cache):
    """Bring @wanted files of the kernel's source into @cache; False where there is no source."""
    missing = sorted(f for f in wanted if not os.path.exists(os.path.join(cache, PREFIX, f))
                     and not os.path.exists(os.path.join(cache, "absent", f.replace("/", "_"))))
    if not missing:
        return True
    if not os.path.exists(TARBALL):
        return False
    os.makedirs(os.path.join(cache, "absent"), exist_ok=True)
    subprocess.run(["tar", "-C", cache, "-I", "xz -T0", "-xf", TARBALL] + [f"{PREFIX}/{f}" for f in missing], stderr=subprocess.DEVNULL)
    for f in missing:
        if not os.path.exists(os.path.join(cache, PREFIX, f)):
            open(os.path.join(cache, "absent", f.replace("/", "_")), "w").close()
    return True


def check_refs(root, cache):
    refs, found = list(references(root)), []
    if not unpack({r[2] for r in refs}, cache):
        print("kernel_refs: linux-source-6.1 is not installed; its functions are not looked up")
        return []
    for path, line, kernel_file, names in refs:
        at = os.path.join(cache, PREFIX, kernel_file)
        if not os.path.exists(at):
            found.append(f"{path}:{line}: the kernel has no {kernel_file}")
            continue
        text = source.read(cache, os.path.join(PREFIX, kernel_file))
        found += [f"{path}:{line}: {kernel_file} has no {name}" for name in names
                  if not re.search(rf"\b{name[:-1]}" if name[-1] in "*…" else rf"\b{name}\b", text)]
    return found


def check_headers(root):
    found = []
    for path in source.files(root, ("engine",), (".h",)):
        if path.split("/")[1] not in ROOMS or path.endswith(("_profile.h", "_ops.h")):
            continue
        text = source.read(root, path)
        if "Kernel:" not in text:
            found.append(f"{path}: says of nothing which kernel code it models")
        for m in re.finditer(r"/\*\*\s*\n\s*\* (\w+)\(\)(.*?)\*/", text, re.S):
            if "Kernel:" not in m[2] and not HOUSEKEEPING.search(m[1]):
                found.append(f"{path}:{source.line_of(text, m.start())}: {m[1]}() does not say which kernel function it models")
    return found


def main():
    root, cache = sys.argv[1], sys.argv[2]
    os.makedirs(cache, exist_ok=True)
    source.finish(check_headers(root) + check_refs(root, cache))


main()
