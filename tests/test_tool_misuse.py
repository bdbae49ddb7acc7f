#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The command-line tool with bad input: the exit code, one line, and nothing half-written. Runs at
the project's root:  test_tool_misuse.py FLUXION"""
import os
import pathlib
import struct
import tempfile

from tap import Tap
from tool import BOSTON, DIVERGED, FAILED, MISUSED, OK, SHORT, faults_of, fluxion, good

SEPARATOR = "--separator C tells what stands between values"
LAYERS = (f"{BOSTON} has 13 features and 1 target; "
          "--layers must begin with 13 and end with 1")


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
            (["help", "trian"], "no command 'trian'; did you mean train\\?"),
            (SHORT + ["--activation", "rleu"], 'fx_mlp: there is no activation "rleu"; '
             "did you mean relu\\? there are: relu, tanh, sigmoid, linear, gelu, .*"),
            (SHORT + ["--init", "xavir"], 'fx_dense_new: there is no scheme "xavir"; '
             "did you mean xavier\\? there are: pytorch, xavier, he"),
            (SHORT + ["--layers", "12-10-1"], LAYERS),
            (SHORT + ["--layers", "13-10-2"], LAYERS),
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
    bars = file("bars.csv", b"a|b\n1|2\n3|4\n")
    large = file("large.csv", b"a,b\n1,2\n3,1e39\n3,-inf\n")
    bare = file("bare.csv", b"1,1\n3,4\n")
    for words, line in [
            ([folder / "none.csv"], f"cannot open {folder}/none.csv: No such file or directory"),
            ([folder], f"cannot read {folder}: Is a directory"),
            ([ragged], f"{ragged}:3:1: .*1 field.*2.*"),
            ([text], f"{text}:3:3: 'red' is not a number.*"),
            ([empty], f"{empty}: no rows.*"),
            ([missing], f'{missing}:2: value is missing \\(column "b"\\); use --missing drop'),
            ([missing, "--drop", "a"],
             f'{missing}:2: value is missing \\(column "b"\\); use --missing drop'),
            ([missing, "--target", "z"],
             f'{missing} has no column "z"; it has the columns a, b, c'),
            ([BOSTON, "--target", "medw"], f'{BOSTON} has no column "medw"; did you mean "medv"\\? '
             "it has the columns crim, .*, medv"),
            ([BOSTON, "--drop", "lsta"], f'{BOSTON} has no column "lsta"; did you mean "lstat"\\? '
             "it has the columns crim, .*, medv"),
            ([bars], f"{bars}: 1 column, but a feature and a target are needed; {SEPARATOR}"),
            ([missing, "--separator", "|"],
             f"{missing}: 1 column, but a feature and a target are needed; {SEPARATOR}"),
            ([large], f'{large}:3: 1e\\+39 is not a finite f32 \\(column "b"\\)'),
            ([large, "--dtype", "f64"], f'{large}:4: -inf is not a finite f64 \\(column "b"\\)'),
            ([bare], f'{bare}:1:3: a second column is named "1"; '
             "use --no-header if the first line is data"),
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
    knows = f'{few} has no column "{{}}", which the model knows'
    for command in ("predict", "evaluate"):
        tap.check(f"exit 1: {command}, a file without a column of the model", faults_of(
            fluxion(command, model, few), FAILED, knows.format("indus")))
        tap.check(f"exit 1: {command}, a separator that is not there", faults_of(
            fluxion(command, model, few, "--separator", ";"), FAILED,
            f"{knows.format('crim')}; {SEPARATOR}"))
        tap.check(f"exit 1: {command}, MODEL and FILE swapped", faults_of(
            fluxion(command, BOSTON, model), FAILED,
            f"{BOSTON}: not a safetensors file: a header of [0-9]+ bytes is over 100000000; "
            "are MODEL and FILE swapped\\?"))


def missing_values(tap, folder):
    whole, model, holes = folder / "whole.csv", folder / "abc.safetensors", folder / "holes.csv"
    whole.write_text("a,b,c\n" + "".join(f"{i},{i % 7},{i % 5}\n" for i in range(20)))
    good("train", whole, "--epochs", 1, "-q", "-o", model)
    holes.write_text("note,a,b,c\n,1,2,\nx,4,,6\nx,7,8,9\n")
    line = f'{holes}:{{}}: value is missing \\(column "{{}}"\\); use --missing drop'
    for command in ("predict", "evaluate"):
        tap.check(f"exit 1: {command}, a missing value in a column of the model", faults_of(
            fluxion(command, model, holes), FAILED, line.format(3, "b")))
    left = good("predict", model, holes, "--missing", "drop").splitlines()
    tap.check("predict --missing drop leaves rows out", left if len(left) != 2 else [])
    left = good("evaluate", model, holes, "--missing", "drop").splitlines()
    tap.check("evaluate --missing drop does too", left if left[0] != b"rows: 1" else [])
    holes.write_text("note,a,b,c\n,1,2,\n,4,5,NA\n")
    left = good("predict", model, holes).splitlines()
    tap.check("missing targets do not matter to predict", left if len(left) != 3 else [])
    tap.check("but to evaluate", faults_of(
        fluxion("evaluate", model, holes), FAILED, line.format(2, "c")))


def no_header(tap, folder):
    bare, model = folder / "bare2.csv", folder / "bare.safetensors"
    bare.write_text("".join(f"{i}|{i * i % 7}|{i % 5}\n" for i in range(5, 25)))
    words = ["--separator", "|", "--no-header"]
    run = fluxion("train", bare, *words, "--target", "c2", "--epochs", 1, "-o", model)
    tap.check("train --no-header calls columns c1, c2, ... and says so in its line",
              faults_of(run, OK) + ([] if b" --no-header" in run.stderr.splitlines()[0]
                                    else [run.stderr.decode()]))
    left = good("predict", model, bare, *words).splitlines()
    tap.check("predict --no-header", left[:3] if len(left) != 21 or left[0] != b"c2" else [])
    left = good("evaluate", model, bare, *words).splitlines()
    tap.check("evaluate --no-header", left if left[0] != b"rows: 20" else [])
    run = fluxion("train", bare, *words[:2], "--epochs", 1, "-q")
    tap.check("a header of numbers is warned of", faults_of(
        run, OK, f"warning: the names of the columns of {bare} are numbers; "
        "use --no-header if the first line is data"))


def no_numbers(tap, folder):
    """Results that are no numbers, and why."""
    flat, model = folder / "flat.csv", folder / "flat.safetensors"
    flat.write_text("a,b\n" + "".join(f"{i},5\n" for i in range(20)))
    words = ["train", flat, "--epochs", 1, "-q", "-o", model]
    why = b"R2: undefined (all targets are equal)"
    for left in (good(*words), good("evaluate", model, flat)):
        tap.check("R2 of equal targets", [] if why in left.splitlines() else [left.decode()])
    left = good("evaluate", model, flat, "--json")
    tap.check("R2 of equal targets is null", [] if b'"r2":null' in left else [left.decode()])
    header = (b'{"__metadata__":{"fluxion.layers":"1-1","fluxion.activation":"linear"},'
              b'"0.weight":{"dtype":"F64","shape":[1,1],"data_offsets":[0,8]},'
              b'"0.bias":{"dtype":"F64","shape":[1],"data_offsets":[8,16]}}')
    model.write_bytes(struct.pack("<Q", len(header)) + header + struct.pack("<2d", 10, 0))
    large = folder / "large2.csv"
    large.write_text("a\n1\n1e308\n-1e308\n")
    run = fluxion("predict", model, large)
    tap.check("a prediction that is not finite is warned of", faults_of(
        run, OK, r"warning: the prediction for row 1 \(counted from 0\) is inf; "
        "2 of 3 are not finite")
        + ([] if run.stdout == b"y1\n10\ninf\n-inf\n" else [str(run.stdout)]))


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
    steep = folder / "steep.csv"
    steep.write_text("a,b\n" + "".join(f"{i}e30,1\n" for i in range(9)))
    tap.check("exit 3: a first loss that is not finite", faults_of(
        fluxion("train", steep, "--no-scale", "-q"), DIVERGED,
        "fx_minimize: the loss is inf before the first step; other first weights, "
        "or scaled data, may keep it finite"))
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
        missing_values(tap, folder)
        no_header(tap, folder)
        no_numbers(tap, folder)
        wrong_places(tap, folder, model)
        divergence(tap, folder)
    tap.end()


main()
