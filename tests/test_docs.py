#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""README.md and docs/: each C block compiles, each program runs and prints what the page says, and
the names, files and links of a page are there.  test_docs.py LIBRARY COMPILER...

A ```c block with a main is a program, any other must compile alone. The programs of a page run in
one folder, in order, and see data/. If the next block is ```text, it is what the program prints:
"..." stands for anything in its line, and alone in a line for any lines. Words behind ```c are how
the program is run: NAME=value is put into its environment, 2>&1 joins standard error to what it
prints."""
import difflib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from tap import Tap

PAGES = ["README.md", *(f"docs/{name}.md" for name in [
    "add-an-op", "architecture", "errors", "guide", "mathematics", "ownership"])]
TABLES = [pathlib.Path(f"docs/{name}.md") for name in ["differences", "ops", "precision"]]
ROOMS = "include|src|autograd|ops|models|tools|tests|docs|examples|bench|data"
NOTHING = [0, "", [], ""]
NAME = r"\b(?:fx|FX)_[A-Za-z0-9]\w*"
WARNINGS = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]


def blocks(page):
    """The fenced blocks of a page: line, language, words behind it, text."""
    found, inside = [], None
    for number, line in enumerate(page.read_text().splitlines(keepends=True), 1):
        fence = re.match(r"```(\S*)[ ]*(.*)", line)
        if fence and inside is None:
            inside = [number, fence[1], fence[2].split(), ""]
        elif fence:
            found.append(inside)
            inside = None
        elif inside:
            inside[3] += line
    return found + ([[inside[0], "open", [], ""]] if inside else [])


def compile_block(text, folder, library, compiler, program):
    """What the compiler says, line by line; nothing if it is content."""
    source = folder / "snippet.c"
    source.write_text(text)
    command = [*compiler, *WARNINGS, "-Iinclude", str(source)]
    command += ["-o", str(folder / "snippet"), library, "-lm", "-pthread"] if program else [
        "-fsyntax-only"]
    run = subprocess.run(command, capture_output=True, text=True)
    faults = run.stderr.splitlines()
    return faults or ([f"the compiler ended with {run.returncode}"] if run.returncode else [])


def matches(text, said):
    lines = said.splitlines(keepends=True)
    return re.fullmatch("".join(
        "(.*\n)*?" if line == "...\n" else ".*".join(map(re.escape, line.split("...")))
        for line in lines), text)


def run_program(folder, words, said):
    """What is wrong with a run: its end, or what it printed."""
    environment = dict(word.split("=", 1) for word in words if "=" in word)
    joined = subprocess.STDOUT if "2>&1" in words else subprocess.PIPE
    run = subprocess.run([folder / "snippet"], cwd=folder, env={**os.environ, **environment},
                         stdout=subprocess.PIPE, stderr=joined, text=True, timeout=60)
    faults = [f"ended with {run.returncode}: {run.stderr}"] if run.returncode else []
    if said is not None and not matches(run.stdout, said):
        faults += difflib.unified_diff(said.splitlines(), run.stdout.splitlines(), "the page",
                                       "the program", lineterm="")
    return faults


def is_program(block):
    return block[1] == "c" and re.search(r"\bmain\(", block[3]) is not None


def check_fences(tap, page, found):
    """Blocks that nothing would look at."""
    faults = [f"line {block[0]}: a block without an end" for block in found if block[1] == "open"]
    for before, block in zip([NOTHING] + found, found):
        if block[1] == "text" and not is_program(before):
            faults.append(f"line {block[0]}: no program stands before what it prints")
    if page not in TABLES and not any(map(is_program, found)):
        faults.append("no program")
    tap.check(f"{page} is programs and what they print", faults)


def check_blocks(tap, page, found, library, compiler):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "data").symlink_to(pathlib.Path("data").resolve())
        for block, after in zip(found, found[1:] + [NOTHING]):
            line, language, words, text = block
            if language != "c":
                continue
            program = is_program(block)
            faults = compile_block(text, folder, library, compiler, program)
            if program and not faults:
                faults = run_program(folder, words, after[3] if after[1] == "text" else None)
            tap.check(f"{page}:{line} {'runs' if program else 'compiles'}", faults)


def check_names(tap, page, declared):
    """Functions and constants of Fluxion, files and links that a page speaks of."""
    text = page.read_text()
    faults = [f"no header has {name}" for name in sorted(set(re.findall(NAME, text)) - declared)]
    for path in sorted(set(re.findall(rf"`((?:{ROOMS})/[\w./-]*\w/?)`", text))):
        faults += [] if pathlib.Path(path).exists() else [f"there is no {path}"]
    for link in re.findall(r"(?:\]\(|src=\")(?!https?:)([^)#\"]+)", text):
        faults += [] if (page.parent / link).exists() else [f"a link leads to {link}"]
    tap.check(f"what {page} names is there", faults)


def main():
    library, compiler = str(pathlib.Path(sys.argv[1]).resolve()), sys.argv[2:]
    declared = {name for header in pathlib.Path("include/fluxion").glob("*.h")
                for name in re.findall(NAME, header.read_text())}
    tap = Tap()
    for page in sorted({*map(pathlib.Path, PAGES), *TABLES, *pathlib.Path("docs").glob("*.md")}):
        if page.is_file():
            found = blocks(page)
            check_fences(tap, page, found)
            check_blocks(tap, page, found, library, compiler)
            check_names(tap, page, declared)
        else:
            tap.check(f"{page} is there", ["no such page"])
    tap.end()


main()
