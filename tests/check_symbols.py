#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the library gives, takes and keeps, read from its symbols:
check_symbols.py SHARED STATIC MODELS OPS AUTOGRAD SRC KERNELS..., all of them libraries."""
import pathlib
import re
import subprocess
import sys

from tap import Tap

VERSION = "FLUXION_0"

# The library neither prints nor ends the process; it reads and writes numbers itself.
FORBIDDEN = re.compile(
    r"(__)?(v?(f|d|s|sn|as)?printf(_chk)?|(v?f?s?|__isoc\d+_f?s?)scanf|puts|putchar|perror|psignal"
    r"|f(open|dopen|reopen|close|read|write|puts|putc|gets|getc|flush|seek|tell)|getline"
    r"|stdin|stdout|stderr|(str|wcs)to[dfl]+|ato[fil]+|strtou?ll?|setlocale"
    r"|abort|_?exit|_Exit|quick_exit|atexit|assert_fail|assert_rtn|raise|signal|s?rand|random)")
ALLOCATORS = {"malloc", "calloc", "realloc", "free", "aligned_alloc", "posix_memalign", "strdup"}


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def symbols(library, *options):
    """(member, kind, name) of each symbol; the member is empty in a shared library."""
    found = []
    for line in output("nm", "-A", "-P", *options, library).splitlines():
        where, name, kind = line.split()[:3] if ": " in line else line.split(maxsplit=3)[:3]
        found.append((where.partition("[")[2].rstrip("]:"), kind, name))
    return found


def declared():
    """The functions that the public headers export."""
    names = set()
    for header in pathlib.Path("include/fluxion").glob("*.h"):
        text = re.sub(r"/\*.*?\*/|^\s*#.*?$", "", header.read_text(), flags=re.S | re.M)
        for declaration in re.findall(r"\bFX_API\b([^;{]*)", text):
            names.update(re.findall(r"(\w+)\s*\(", declaration)[:1])
    return names


def exports(tap, shared):
    given = {name for _, kind, name in symbols(shared, "-D", "--defined-only") if kind in "TDBRVWi"}
    wanted = {f"{name}@@{VERSION}" for name in declared()}
    tap.check("every FX_API function is exported", sorted(wanted - given))
    tap.check("nothing else is exported", sorted(given - wanted))
    tap.check("something is exported", [] if given else ["no symbol"])


def imports(tap, static):
    taken = [(member, name) for member, kind, name in symbols(static) if kind == "U"]
    tap.check("the library does not print, end the process or lean on the locale",
              sorted(f"{member}: {name}" for member, name in taken if FORBIDDEN.fullmatch(name)))
    users = sorted({member for member, name in taken if name in ALLOCATORS})
    tap.check("one file asks the system for memory", users if len(users) != 1 else [])


def no_state(tap, static):
    """Sections of objects that a program could write to; relocated constants are not among them."""
    kept = re.findall(r"^.*\bO\s+\.(?:t?data|t?bss)\b(?!\.rel\.ro).*$",
                      output("objdump", "-t", static), flags=re.M)
    tap.check("the library has no global state", kept)


def floors(tap, rooms):
    """rooms: (name, libraries) from the top floor to the lowest. A call stays in its room or goes
    down; from the rooms that are written as a user would write them it meets public functions, or their own."""
    below = set()
    for name, libraries in reversed(rooms):
        found = [symbol for library in libraries for symbol in symbols(library)]
        own = {symbol for _, kind, symbol in found if kind in "TDBRVW"}
        below |= own
        used = sorted({(member, symbol) for member, kind, symbol in found if kind == "U"})
        tap.check(f"{name} calls nothing above it",
                  [f"{m}: {s}" for m, s in used if s.startswith("fx_") and s not in below])
        if name in ("models", "ops"):
            tap.check(f"{name} calls public functions and its own",
                      [f"{m}: {s}" for m, s in used if s.startswith("fx__") and s not in own])


def main():
    shared, static, models, ops, autograd, src, *kernels = sys.argv[1:]
    tap = Tap()
    exports(tap, shared)
    imports(tap, static)
    no_state(tap, static)
    floors(tap, [("models", [models]), ("ops", [ops]), ("autograd", [autograd]), ("src", [src]),
                 ("kernels", kernels)])
    tap.end()


main()
