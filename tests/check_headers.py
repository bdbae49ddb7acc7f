#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each header compiles alone, public ones as C++ too, and a header of a room that may not be seen
is not found. Compiles with the commands of the build itself:  check_headers.py BUILD-DIRECTORY"""
import itertools
import json
import pathlib
import re
import shlex
import subprocess
import sys

from tap import Tap

# Which private headers a room may see, beside its own; all see the public ones.
SEES = {"src/kernels": [], "src": [], "autograd": ["src"], "ops": [], "models": [], "tools": []}


def commands(build):
    """For each room the compiler, its arguments for a source of that room, and where it runs."""
    found = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        source = (pathlib.Path(entry["directory"]) / entry["file"]).resolve()
        room = source.parent.relative_to(pathlib.Path.cwd()).as_posix()
        words = shlex.split(entry["command"])
        compiler = list(itertools.takewhile(lambda word: not word.startswith("-"), words))
        options = [w for w in words[len(compiler):] if re.match("-[IDWfmO]|-std|-pthread", w)]
        # The last command: in src/kernels those that compile a family come last.
        found[room] = compiler, options, entry["directory"]
    return found


def compile_alone(command, header, language="c"):
    """What the compiler says about a source that is one include; None if it is content."""
    compiler, options, directory = command
    check = ["-Werror", "-fsyntax-only", "-fdiagnostics-color=never", "-x", language, "-"]
    run = subprocess.run(
        compiler + options + check,
        input=f'#include "{header}"\n', capture_output=True, text=True, cwd=directory)
    return run.stderr if run.returncode else None


def faults(text):
    return text.splitlines()[:5] if text else []


def public_headers(tap, command):
    """As a user has them: no include directory but include/."""
    headers = sorted(path.name for path in pathlib.Path("include/fluxion").glob("*.h"))
    installed = pathlib.Path("include/fluxion/meson.build").read_text()
    tap.check("every public header is installed", [h for h in headers if f"'{h}'" not in installed])
    compiler, options, _ = command
    plain = ["-Iinclude"] + [option for option in options if not option.startswith("-I")]
    user = compiler, plain, "."
    plus = compiler, ["-Iinclude", "-std=c++17", "-Wall", "-Wextra", "-Wpedantic"], "."
    has_plus = compile_alone(plus, "cstddef", "c++") is None
    for header in headers:
        tap.check(f"{header} alone, as C11", faults(compile_alone(user, f"fluxion/{header}")))
        law = f"{header} alone, as C++17"
        if has_plus:
            tap.check(law, faults(compile_alone(plus, f"fluxion/{header}", "c++")))
        else:
            tap.skip(law, "the compiler knows no C++")


def private_headers(tap, rooms):
    for owner, room in itertools.product(SEES, rooms):
        for header in sorted(path.name for path in pathlib.Path(owner).glob("*.h")):
            said = compile_alone(rooms[room], header)
            if owner == room or owner in SEES[room]:
                tap.check(f"{room} sees {owner}/{header}", faults(said))
            else:
                hidden = re.search("No such file|file not found", said or "")
                tap.check(f"{room} does not see {owner}/{header}", [] if hidden else ["it does"])


def main():
    tap = Tap()
    rooms = {room: command for room, command in commands(pathlib.Path(sys.argv[1])).items()
             if room in SEES}
    tap.check("every room is built", [room for room in SEES if room not in rooms])
    public_headers(tap, rooms["src"])
    private_headers(tap, rooms)
    tap.end()


main()
