#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The shape of the house, read from its text: lengths, includes, names, lists of sources. Run at
the project's root; needs universal-ctags."""
import collections
import json
import pathlib
import re
import statistics
import subprocess

from tap import Tap

# The rooms of the library and the tool: whose headers each may include beside its own.
SEES = {
    "include": [],
    "src/kernels": ["include"],
    "src": ["include"],
    "autograd": ["include", "src"],
    "ops": ["include"],
    "models": ["include"],
    "tools": ["include"],
}
BESIDE = ["tests", "examples", "bench"]
MEDIAN, NINE_OF_TEN, LONGEST, FILE = 12, 40, 70, 500


def files(folders, *endings):
    return sorted(path for folder in folders for path in pathlib.Path(folder).rglob("*")
                  if path.suffix in endings and path.is_file())


def room_of(path):
    return next(room for room in SEES if pathlib.Path(room) in path.parents)


def tags(sources, kinds):
    run = subprocess.run(
        ["ctags", "--output-format=json", "--languages=C", f"--kinds-C={kinds}", "--fields=+nef",
         "-o", "-", *map(str, sources)], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in run.stdout.splitlines()]


def function_lengths(tap, sources):
    lengths = sorted((tag["end"] - tag["line"] + 1, f"{tag['path']}:{tag['name']}")
                     for tag in tags(sources, "f") if "end" in tag)
    tap.check("there are functions", [] if lengths else ["none found"])
    if not lengths:
        return
    median = statistics.median(length for length, _ in lengths)
    nine_of_ten = lengths[len(lengths) * 9 // 10][0]
    print(f"# {len(lengths)} functions, median {median:g}, nine of ten within {nine_of_ten}, "
          f"longest {lengths[-1][0]} {lengths[-1][1]}")
    tap.check(f"half of the functions are within {MEDIAN} lines",
              [f"half are within {median:g}"] if median > MEDIAN else [])
    tap.check(f"nine functions of ten are within {NINE_OF_TEN} lines",
              [f"nine of ten are within {nine_of_ten}"] if nine_of_ten > NINE_OF_TEN else [])
    tap.check(f"no function is over {LONGEST} lines",
              [f"{length} {name}" for length, name in lengths if length > LONGEST])


def file_lengths(tap, everything):
    counts = [(len(path.read_text().splitlines()), path) for path in everything]
    tap.check(f"no file is over {FILE} lines", [f"{n} {path}" for n, path in counts if n > FILE])


def wrong_includes(path, headers):
    """Includes of path that name a header of the project which its room does not see."""
    room = room_of(path)
    seen = [pathlib.Path(folder) for folder in [room, *SEES[room]]]
    for bracket, line in re.findall(
            r'^\s*#\s*include\s*([<"])([^">]+)', path.read_text(), flags=re.M):
        if bracket == "<" and not line.startswith("fluxion/"):
            continue  # the system's: a header of ours is not found that way
        if ".." in line:
            yield f"{path}: {line} climbs"
        elif any((folder / line).is_file() for folder in seen):
            continue
        elif headers[pathlib.Path(line).name]:
            yield f"{path}: {line} is {headers[pathlib.Path(line).name][0]}"


def includes(tap, library):
    headers = collections.defaultdict(list)
    for path in library:
        if path.suffix == ".h":
            headers[path.name].append(path)
    tap.check("includes stay in the room or go down",
              [fault for path in library for fault in wrong_includes(path, headers)])


def unique_names(tap, sources):
    """Of functions and tables in the library, statics too: then all of it can be one file. A name
    in capitals is a macro that makes the name."""
    places = collections.defaultdict(set)
    for tag in tags(sources, "fv"):
        if not tag["name"].isupper():
            places[tag["name"]].add(tag["path"])
    tap.check("a name stands in one file of the library",
              [f"{name}: {', '.join(sorted(where))}" for name, where in sorted(places.items())
               if len(where) > 1])


def listed(tap, sources):
    """A source that no list names would be neither built nor run."""
    faults = []
    for path in sources:
        lists, name = path.parent / "meson.build", path.name
        if path.parts[:2] == ("tests", "cases"):
            lists, name = pathlib.Path("tests/meson.build"), f"cases/{name}"
        elif path.parts[0] == "tests" and name.startswith("test_"):
            lists, name = pathlib.Path("tests/meson.build"), path.stem.removeprefix("test_")
        if not lists.is_file() or f"'{name}'" not in lists.read_text():
            faults.append(f"{path} is not in {lists}")
    tap.check("every source is in the list of its folder", faults)


def licences(tap, everything):
    first = "/* SPDX-License-Identifier: MIT */\n"
    tap.check("every file names its licence",
              [str(path) for path in everything if not path.read_text().startswith(first)])


def main():
    tap = Tap()
    library = files([room for room in SEES if "/" not in room], ".c", ".h")
    sources = [path for path in library if path.suffix == ".c"]
    everything = library + files(BESIDE, ".c", ".h")
    function_lengths(tap, sources)
    file_lengths(tap, everything)
    includes(tap, library)
    unique_names(tap, [path for path in sources if path.parts[0] != "tools"])
    listed(tap, sources + files(["tests"], ".c"))
    licences(tap, everything)
    tap.end()


main()
