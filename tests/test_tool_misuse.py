#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The command-line tool with bad input: the exit code, one line, and nothing half-written. Runs at
the project's root:  test_tool_misuse.py FLUXION"""
import os
import pathlib
import tempfile

from tap import Tap
from tool import BOSTON, DIVERGED, FAILED, MISUSED, OK, SHORT, faults_of, fluxion, good


def wrong_command_lines(tap):
    for words, line in [
            (["trian"], "no command 'trian'; did you mean train\\?"),
            (["--verison"], "no command '--verison'; did you mean --version\\?"),
            (["paint"], r"no command 'paint' \(fluxion --help lists them\)"),
            (["train"], r"train: needs FILE\.csv \(fluxion train --help\)"),
            (["train", "a", "b"], r"train: 'b' is one word too many \(fluxion train --help\)"),
            (["train", BOSTON, "--epoch", "3"], "train: no option --epoch; did you mean --epochs\\?"),
            (["train", BOSTON, "--sede=3"], "train: no option --sede=3; did you mean --seed\\?"),
            (["train", BOSTON, "-x"], r"train: no option -x \(fluxion train --help\)"),
            (["train", BOSTON, "--colour"], r"train: no option --colour \(fluxion train --help\)"),
            (["train", BOSTON, "--lr"], r"train: --lr needs a value \(fluxion train --help\)"),
            (["train", BOSTON, "--json=1"],
             r"train: --json=1: this option takes no value \(fluxion train --help\)"),
            (["predict", "m"], r"predict: needs MODEL FILE\.csv \(fluxion predict --help\)"),
            (["ops", "matmull"], "ops: no op 'matmull'; did you mean matmul\\?"),
            (["graph", "m", "--layers", "2-1"], "graph: m has its own layers and activation"),
            (["graph", "--layers", "2-x-1"], '.*layers "2-x-1".*'),
            (SHORT + ["--activation", "rleu"], '.*"rleu"; did you mean "?relu"?\\?'),
            (SHORT + ["--init", "xavir"], '.*"xavir"; did you mean "?xavier"?\\?'),
            (SHORT + ["--layers", "13-0-1"], '.*layers "13-0-1".*')]:
        tap.check(f"exit 2: {' '.join(words)}", faults_of(fluxion(*words), MISUSED, line))
    tap.check("exit 2: no words", [] if fluxion().returncode == MISUSED else ["it is not"])


def wrong_values(tap):
    for option, wants, values in [
            ("epochs", "a whole number from 1", ["0", "-1", "1.5", "", "9223372036854775808"]),
            ("batch", "a whole number from 1, or full", ["0", "ful"]),
            ("lr", "a number above 0", ["nan", "inf", "0", "-1", "0,1", "1x", ""]),
            ("momentum", "a number from 0 to below 1", ["1", "-0.1", "nan"]),
            ("decay", "a number from 0", ["-1", "nan"]),
            ("penalty", "a number from 0", ["-1e-9", "inf"]),
            ("seed", r"a whole number below 2\^64", ["-1", "18446744073709551616", "1e3"]),
            ("split-seed", r"a whole number below 2\^32", ["4294967296", "x"]),
            ("test-size", "a number between 0 and 1", ["0", "1", "nan"]),
            ("validation", "a number between 0 and 1", ["0", "2"]),
            ("dtype", "f32 or f64", ["f16", "F32"]),
            ("missing", "error or drop", ["keep"]),
            ("separator", "one character, or tab", ["", ";;"])]:
        faults = [fault for value in values for fault in faults_of(
            fluxion("train", BOSTON, f"--{option}={value}"), MISUSED,
            f"train: --{option} takes {wants}, not '{value}'")]
        tap.check(f"exit 2: --{option} takes {wants} and nothing else", faults)
    words = ["18446744073709551615", "--batch", "full", "--separator", ",", "-q"]
    tap.check("the largest seed is one", faults_of(fluxion(*SHORT, "--seed", *words), OK, None))


def wrong_data(tap, folder):
    def file(name, text):
        (folder / name).write_bytes(text)
        return folder / name
    ragged = file("ragged.csv", b"a,b\n1,2\n3\n")
    text = file("text.csv", b"a,b\n1,2\n3,red\n")
    empty = file("empty.csv", b"a,b\n")
    missing = file("missing.csv", b"a,b,c\n1,,3\n4,5,6\n7,8,9\n")
    for words, line in [
            ([folder / "none.csv"], f"cannot open {folder}/none.csv: No such file or directory"),
            ([folder], f"cannot read {folder}: Is a directory"),
            ([ragged], f"{ragged}:3:1: .*1 field.*2.*"),
            ([text], f"{text}:3:3: 'red' is not a number.*"),
            ([empty], f"{empty}: no rows.*"),
            ([missing], f"{missing}:2:3: .*missing.*"),
            ([BOSTON, "--target", "medw"], '.*"medw".*"medv".*'),
            ([BOSTON, "--drop", "lsta"], '.*"lsta".*"lstat".*'),
            ([BOSTON, "--layers", "12-10-1"], ".*expected 12 .*, got 13.*"),
            ([BOSTON, "--test-size", "0.9999"], ".*test_size 0.9999 of 506 rows.*")]:
        named = " ".join(map(str, words)).replace(str(folder), "FOLDER")
        tap.check(f"exit 1: train {named}", faults_of(fluxion("train", *words, "-q"), FAILED, line))
    for words in (["--missing", "drop"], ["--drop", "b"]):
        run = fluxion("train", missing, *words, "--epochs", 1, "--test-size", 0.5, "-q")
        tap.check(f"a missing value passes with {' '.join(words)}", faults_of(run, OK))


def wrong_models(tap, folder, model):
    whole = model.read_bytes()
    for cut in (0, 7, 300, len(whole) - 1):
        (folder / "cut").write_bytes(whole[:cut])
        for command in (["predict", folder / "cut", BOSTON], ["evaluate", folder / "cut", BOSTON],
                        ["info", folder / "cut"], ["graph", folder / "cut"]):
            tap.check(f"exit 1: {command[0]} with a model cut after {cut} bytes",
                      faults_of(fluxion(*command), FAILED, f"{folder}/cut: .*"))
    few = folder / "few.csv"
    few.write_text("crim,zn\n1,2\n")
    tap.check("exit 1: a file without a column of the model", faults_of(
        fluxion("predict", model, few), FAILED,
        f'{few} has no column "indus", which the model knows'))


def wrong_places(tap, folder, model):
    with open("/dev/full", "w") as full:
        for words in (["predict", model, BOSTON], ["evaluate", model, BOSTON], ["ops"], ["graph"],
                      ["info", model], ["--version"], ["train", "--help"], [*SHORT, "-q"]):
            tap.check(f"exit 1: a full disk, {words[0]}", faults_of(
                fluxion(*words, stdout=full), FAILED,
                "cannot write standard output(: No space left on device)?"))
    locked = folder / "locked"
    locked.mkdir(mode=0o500)
    if os.access(locked, os.W_OK):
        locked = folder / "nowhere"
    for words in ([*SHORT, "-q", "-o"], ["predict", model, BOSTON, "-o"], ["graph", "-o"],
                  ["graph", "--svg"]):
        tap.check(f"exit 1: a folder that cannot be written, {words[0]} {words[-1]}", faults_of(
            fluxion(*words, locked / "file"), FAILED,
            f"cannot write {locked}/file: (Permission denied|No such file or directory)"))
    run = fluxion("graph", "--svg", folder / "no.svg", env={"PATH": "/nowhere"})
    tap.check("exit 1: no Graphviz, and what to install",
              faults_of(run, FAILED, ".*apt install graphviz.*"))
    left = [path.name for path in folder.iterdir() if ".tmp." in path.name or path.name == "no.svg"]
    tap.check("nothing half-written is left", left)


def divergence(tap, folder):
    target = folder / "diverged.safetensors"
    run = fluxion(*SHORT, "--lr", "1e6", "-q", "-o", target)
    tap.check("exit 3: training that diverges", faults_of(run, DIVERGED, ".*1e\\+06.*"))
    tap.check("a diverged model is not written", ["it is"] if target.exists() else [])


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        model = folder / "boston.safetensors"
        good("train", BOSTON, "-q", "-o", model)
        wrong_command_lines(tap)
        wrong_values(tap)
        wrong_data(tap, folder)
        wrong_models(tap, folder, model)
        wrong_places(tap, folder, model)
        divergence(tap, folder)
    tap.end()


main()
