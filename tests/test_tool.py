#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The command-line tool at work: what it prints, the files it leaves, how it stops. Runs at the
project's root:  test_tool.py FLUXION"""
import csv
import json
import math
import os
import pathlib
import pty
import re
import shlex
import signal
import subprocess
import tempfile

from tap import Tap
from tool import (BOSTON, FAILED, INTERRUPTED, MISUSED, OK, SHORT, TOOL, faults_of, fluxion, good)

COMMANDS = ["train", "predict", "evaluate", "graph", "info", "ops"]
ODD = 'it\'s "quoted", {<|>} \\ name'


# ---------------------------------------------------------------------------------- training

def last_lines(tap):
    run = fluxion(*SHORT)
    lines = run.stdout.decode().splitlines()
    said = run.stderr.decode().splitlines()
    tap.check("train ends with MAE, R2 and MSE",
              [] if [line.split(": ")[0] for line in lines] == ["MAE", "R2", "MSE"] else lines)
    epochs = [line for line in said if re.fullmatch(r"epoch [1-5]/5: loss=[0-9.e-]+", line)]
    tap.check("a line per epoch where there is no terminal", said if len(epochs) != 5 else [])
    tap.check("the configuration comes first, with the seed",
              [] if said[0].startswith("fluxion train ") and "--seed 0" in said[0] else said)
    again = shlex.split(said[0])[1:]
    tap.check("the same seed prints the same bytes",
              [] if good(*again, "-q") == good(*SHORT) == run.stdout else ["it does not"])
    tap.check("another seed prints other bytes",
              ["it does not"] if good(*SHORT, "--seed", 1) == run.stdout else [])
    quiet = fluxion(*SHORT, "--quiet")
    tap.check("-q leaves the result", faults_of(quiet, OK, None) + (
        [] if quiet.stdout == run.stdout and not quiet.stderr else ["and more"]))


def reference_network(tap):
    run = good("train", BOSTON, "--target", "medv", "--layers", "13-10-1", "-q").decode()
    mse = float(run.splitlines()[-1].removeprefix("MSE: "))
    tap.check("13-10-1 on the Boston data: MSE within 16", [] if mse <= 16 else [str(mse)])


def json_lines(tap, folder):
    model = folder / "json.safetensors"
    lines = [json.loads(line) for line in
             good(*SHORT, "--json", "--validation", 0.25, "-o", model).splitlines()]
    keys = [{"epoch", "loss", "validation"} <= set(line) for line in lines[:-1]]
    tap.check("--json: an object per epoch", [] if keys == [True] * 5 else [str(lines)])
    end = lines[-1]
    tap.check("--json: one at the end", [] if (
        {"mse", "mae", "r2"} <= set(end) and end["model"] == str(model) and end["epochs"] == 5
        and not end["interrupted"] and end["training_rows"] == 303 and end["validation_rows"] == 101
        and end["held_out_rows"] == 102) else [str(end)])
    tap.check("the model tells how it was made", [] if (
        json.loads(good("info", model, "--json"))["made_by"] == end["command"]) else ["it does not"])


def options_reach_training(tap):
    plain = good(*SHORT)
    for words in (["--momentum", "0.9"], ["--decay", "0.1"], ["--penalty", "0.1"], ["--batch", "8"],
                  ["--batch=full"], ["--lr", "0.1"], ["--epochs", "6"], ["--split-seed", "1"],
                  ["--test-size", "0.3"], ["--validation", "0.1"], ["--drop", "b"],
                  ["--dtype", "f64", "--json"], ["--activation", "tanh"], ["--init", "he"],
                  ["--layers", "13-4-4-1"], ["--target", "crim"],
                  ["--no-scale", "--lr", "1e-6"]):
        tap.check(f"{' '.join(words)} matters",
                  ["it does not"] if good(*SHORT, *words) == plain else [])
    same = good("train", "--", BOSTON) == good("train", "--epochs=100", BOSTON)
    tap.check("options stand in any place, -- ends them", [] if same else ["they do not"])
    sgd = good(*SHORT, "--momentum", "0.9")
    tap.check("--nesterov matters",
              ["it does not"] if good(*SHORT, "--momentum", "0.9", "--nesterov") == sgd else [])


def interruption(tap, folder):
    model = folder / "interrupted.safetensors"
    child = subprocess.Popen([TOOL, "train", BOSTON, "--epochs", "1000000000", "-o", model],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while not child.stderr.readline().startswith(b"epoch 3/"):
        pass
    child.send_signal(signal.SIGINT)
    out, said = child.communicate(timeout=30)
    tap.check("Ctrl-C ends training with 130",
              [] if child.returncode == INTERRUPTED else [str(child.returncode), said.decode()])
    kept = re.search(r"stopped after epoch (\d+) of 1000000000; kept the weights of epoch (\d+), "
                     r"loss [0-9.e-]+\nwrote ", said.decode())
    tap.check("Ctrl-C says what was kept", [] if kept else [said.decode()[-300:]])
    last = out.decode().splitlines()[-1:]
    tap.check("Ctrl-C still ends with the MSE", [] if last[0].startswith("MSE: ") else last)
    tap.check("Ctrl-C leaves a model", faults_of(fluxion("evaluate", model, BOSTON), OK))


def best_weights(tap, folder):
    """On a validation loss that rises, what is kept is not what came last."""
    model, slow = folder / "best.safetensors", folder / "slow.csv"
    slow.write_text("a,b\n" + "".join(f"{i % 17},{i * i % 13}\n" for i in range(400)))
    words = ["train", slow, "--lr", "0.3", "--batch", "4", "--epochs", "1000000000", "--json"]
    child = subprocess.Popen([TOOL, *words, "--validation", "0.2", "-q", "-o", model],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    lines = [json.loads(child.stdout.readline()) for _ in range(40)]
    child.send_signal(signal.SIGINT)
    lines += [json.loads(line) for line in child.communicate(timeout=30)[0].splitlines()]
    epochs, end = lines[:-1], lines[-1]
    best = min(epochs, key=lambda line: line["validation"])["epoch"]
    tap.check("kept are the weights of the lowest validation loss",
              [] if end["interrupted"] and end["weights_of_epoch"] == best < end["epochs"]
              else [f"epoch {best} was best", str(end)])
    scored = good(*words, "--epochs", best, "--validation", "0.2", "-q").splitlines()[-1]
    tap.check("they are in the model and in the scores",
              [] if json.loads(scored)["mse"] == end["mse"] else [scored.decode(), str(end)])


def second_interruption(tap, folder):
    """One epoch that would take minutes: the first Ctrl-C waits for its end, the second does not."""
    long = folder / "long.csv"
    long.write_text("a,b\n" + "".join(f"{i % 17},{i % 13}\n" for i in range(20000)))
    child = subprocess.Popen([TOOL, "train", long, "--batch", "1", "--layers", "1-2000-2000-1"],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    child.stderr.readline(), child.stderr.readline()
    try:
        child.wait(0.5)
    except subprocess.TimeoutExpired:
        pass
    child.send_signal(signal.SIGINT)
    told = child.stderr.readline() + child.stderr.readline()
    child.send_signal(signal.SIGINT)
    try:
        child.communicate(timeout=10)
    except subprocess.TimeoutExpired:
        child.kill()
        child.communicate()
    tap.check("a second Ctrl-C leaves at once", [] if child.returncode == -signal.SIGINT
              and b"again" in told else [f"{child.returncode}, {told}"])


def on_terminal(tap, **environment):
    """Standard error of a training that has a terminal there."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen([TOOL, *SHORT], stdout=subprocess.DEVNULL, stderr=theirs,
                             env={**os.environ, **environment})
    os.close(theirs)
    said = b""
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError: # the other end is closed
            part = b""
        if not part:
            break
        said += part
    os.close(ours)
    child.wait()
    return said.decode()


def terminals(tap):
    said = on_terminal(tap, TERM="xterm")
    tap.check("a bar on a terminal", [] if re.search(
        r"\repoch 5/5: 100%\|####################\| loss=[0-9.e-]+ *\r\n", said) else [repr(said)])
    tap.check("no colour and no codes", ["there are"] if "\x1b" in said else [])
    dumb = on_terminal(tap, TERM="dumb")
    tap.check("plain lines on a dumb terminal",
              [repr(dumb)] if "%|" in dumb or dumb.count("\r\n") != dumb.count("\n") else [])


# ------------------------------------------------------------------------------ using a model

def predictions(tap, folder, model):
    rows = list(csv.DictReader(open(BOSTON)))
    guessed = list(csv.DictReader(good("predict", model, BOSTON).decode().splitlines()))
    score = json.loads(good("evaluate", model, BOSTON, "--json"))
    mse = math.fsum((float(a["medv"]) - float(b["medv"])) ** 2
                    for a, b in zip(rows, guessed)) / len(rows)
    tap.check("predict agrees with evaluate", [] if len(rows) == len(guessed) == score["rows"]
              and math.isclose(mse, score["mse"], rel_tol=1e-12) else [f"{mse} {score}"])
    text = dict(line.split(": ") for line in
                good("evaluate", model, BOSTON).decode().splitlines())
    tap.check("evaluate prints what --json does", [] if list(text) == ["rows", "MAE", "R2", "MSE"]
              and math.isclose(float(text["MSE"]), mse, rel_tol=1e-5) else [str(text)])
    listed = json.loads(good("predict", model, BOSTON, "--json"))
    tap.check("predict --json has the same numbers", [] if listed == {
        "rows": 506, "predictions": {"medv": [float(row["medv"]) for row in guessed]}}
        else ["it has not"])
    columns = sorted(name for name in rows[0] if name != "medv")
    other = folder / "other.csv"
    other.write_text("note;" + ";".join(columns) + "\n" + "".join(
        "x;" + ";".join(row[name] for name in columns) + "\n" for row in rows))
    out = folder / "predictions.csv"
    tap.check("columns are found by name, the target need not be there",
              faults_of(fluxion("predict", model, other, "-o", out), OK)
              + ([] if out.read_bytes() == good("predict", model, BOSTON) else ["other numbers"]))
    piped = good("predict", model, "-", input=other.read_bytes())
    tap.check("- reads standard input", [] if piped == out.read_bytes() else ["other numbers"])
    before = out.read_bytes()
    run = fluxion("predict", model, folder / "none.csv", "-o", out)
    tap.check("a failed run leaves the old file",
              faults_of(run, FAILED) + ([] if out.read_bytes() == before else ["it does not"]))


def held_out(tap, folder, model):
    """What train scores are scikit-learn's test rows, and no others."""
    copy = folder / "copy.safetensors"
    run = good("train", BOSTON, "-q", "--json", "--dtype", "f64", "-o", copy)
    end = json.loads(run.splitlines()[-1])
    tap.check("the same training writes the same bytes",
              [] if copy.read_bytes() == model.read_bytes() else ["it does not"])
    guessed = json.loads(good("predict", model, BOSTON, "--json"))["predictions"]["medv"]
    true = [float(row["medv"]) for row in csv.DictReader(open(BOSTON))]
    rows = [int(row["row"]) for row in csv.DictReader(open("data/boston_split_seed42.csv"))
            if row["set"] == "test"]
    mse = math.fsum((guessed[row] - true[row]) ** 2 for row in rows) / len(rows)
    tap.check("the MSE of train is that of the held-out rows", [] if len(rows) == end[
        "held_out_rows"] and math.isclose(mse, end["mse"], rel_tol=1e-12) else [f"{mse} {end}"])


def unscaled(tap, folder):
    model = folder / "unscaled.safetensors"
    good(*SHORT, "--no-scale", "--lr", "1e-6", "-q", "-o", model)
    columns = json.loads(good("info", model, "--json"))["inputs"]
    tap.check("--no-scale keeps names and changes no value", [] if len(columns) == 13 and all(
        column["mean"] == 0 and column["deviation"] == 1 for column in columns) else [str(columns)])


def unnamed(tap, folder, model):
    """A model file without names and scaler takes columns as they stand."""
    whole = model.read_bytes()
    size = int.from_bytes(whole[:8], "little")
    header = json.loads(whole[8:8 + size])
    texts = header["__metadata__"]
    header["__metadata__"] = {key: texts[key] for key in ("fluxion.layers", "fluxion.activation")}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    bare = folder / "bare.safetensors"
    bare.write_bytes(len(text).to_bytes(8, "little") + text + whole[8 + size:])
    rows = json.loads(good("evaluate", bare, BOSTON, "--json"))["rows"]
    tap.check("a model without names is evaluated, the last column its target",
              [] if rows == 506 else [str(rows)])
    tap.check("and predicts from as many columns as it has inputs", faults_of(
        fluxion("predict", bare, BOSTON), FAILED,
        f"{BOSTON} has 14 columns; the model, which knows no names, takes 13"))
    features = b"".join(line.rpartition(b",")[0] + b"\n"
                        for line in open(BOSTON, "rb").read().splitlines())
    table = good("predict", bare, "-", input=features).splitlines()
    tap.check("which it calls y1", [] if table[0] == b"y1" and len(table) == 507 else [
        str(table[0])])


def odd_names(tap, folder):
    odd, model = folder / "odd.csv", folder / "odd.safetensors"
    odd.write_text('"it\'s ""quoted"", {<|>} \\ name","tab\there",ü\n'
                   + "".join(f"{i},{i * i % 7},{i % 5}\n" for i in range(20)))
    good("train", odd, "--target", ODD, "--epochs", 2, "-q", "-o", model)
    info = json.loads(good("info", model, "--json"))
    tap.check("names with quotes, braces and controls are kept", [] if (
        [column["name"] for column in info["inputs"]] == ["tab\there", "ü"]) else [str(info)])
    table = list(csv.reader(good("predict", model, odd).decode().splitlines()))
    tap.check("and are quoted in CSV", [] if table[0] == [ODD] and
              len(table) == 21 else [str(table[:2])])
    again = good(*shlex.split(info["made_by"])[1:], "-q")
    tap.check("and in the command that repeats the run",
              [] if again.startswith(b"MAE: ") else [str(again)])


def information(tap, model):
    info = json.loads(good("info", model, "--json"))
    tap.check("info --json", [] if info["layers"] == "13-10-1" and info["parameters"] == 151
              and info["activation"] == "relu" and len(info["inputs"]) == 13
              and info["outputs"][0]["name"] == "medv"
              and [a["shape"] for a in info["arrays"]] == [[10, 13], [10], [1, 10], [1]]
              else [str(info)])
    text = good("info", model).decode()
    tap.check("info says the same", [part for part in (
        "layers: 13-10-1", "activation: relu", "parameters: 151", "0.weight", "[10, 13]", "lstat",
        "medv") if part not in text])


def graphs(tap, folder, model):
    dot = good("graph", model)
    tap.check("graph prints a digraph", [] if dot.startswith(b"digraph") and b"0.weight" in dot
              else [str(dot[:200])])
    tap.check("of a new network the same", [] if good("graph") == good("graph", "--layers",
              "13-10-1", "--activation", "relu") == good("graph") else ["it is not"])
    written = folder / "graph.dot"
    good("graph", model, "-o", written)
    tap.check("-o writes it", [] if written.read_bytes() == dot else ["it does not"])
    drawn = folder / "graph.svg"
    run = fluxion("graph", model, "--svg", drawn)
    if run.returncode == FAILED and b"install Graphviz" in run.stderr:
        tap.skip("--svg draws it", "no Graphviz")
        return
    tap.check("--svg draws it, and prints nothing", faults_of(run, OK) + (
        [] if b"<svg" in drawn.read_bytes() and not run.stdout else ["it does not"]))


def table_of_ops(tap):
    ops = json.loads(good("ops", "--json"))
    keys = {"name", "call", "operands", "value", "derivatives", "composition", "rule",
            "order_checked", "errors", "texts"}
    tap.check("ops --json: ten facts of each", [str(op) for op in ops if set(op) != keys])
    table, rules = good("ops").decode().split("\nonly rules use:\n")
    lines = table.splitlines()[1:] + rules.splitlines()
    tap.check("ops: a line for each", [] if [line.split()[0] for line in lines] == [
        op["name"] for op in ops] else lines)
    tap.check("ops: those of rules are last, and have no call", [
        op["name"] for op, line in zip(ops, lines) if (line in rules.splitlines()) != (
            op["call"] is None)])
    tap.check("an op that has a call has a text", [
        op["name"] for op in ops if (op["call"] is None) != (op["texts"] == [])])
    tap.check("an op that is checked to any order has derivatives", [
        op["name"] for op in ops if op["order_checked"] and not op["derivatives"]])
    one_op(tap, ops)


def one_op(tap, ops):
    one = good("ops", "matmul").decode()
    parts = ["matmul", "fx_tensor fx_matmul(fx_tensor a, fx_tensor b);", "C = A B", "dA = G B'",
             "order        3", "a kernel and a rule of its own", "(ulp; of values: of the sum of terms)",
             "Transposed operands (fx_transpose) are read in place."]
    tap.check("ops NAME: one", [part for part in parts if part not in one])
    tap.check("ops NAME --json: one", [] if json.loads(good("ops", "matmul", "--json")) in ops
              else ["it is none of them"])
    tap.check("ops FUNCTION: the op that it applies", [
        word for word, name in [("fx_matmul", "matmul"), ("sum_axes", "sum"), ("randn", "normal")]
        if good("ops", word) != good("ops", name)])
    tap.check("ops NAME: all of an op that only rules use", [] if (
        "(only rules use it)" in good("ops", "tanh_grad").decode()) else ["it does not say so"])


def helps(tap):
    text = good("--help").decode()
    tap.check("help: the same", [] if good("help").decode() == text else ["not"])
    tap.check("--help names all commands", [name for name in COMMANDS if name not in text])
    version = re.search("version: '([^']+)'", pathlib.Path("meson.build").read_text()).group(1)
    tap.check("--version", [] if good("--version").decode() == f"fluxion {version}\n" else ["no"])
    for name in COMMANDS:
        text = good(name, "--help").decode()
        faults = [line for line in text.splitlines() if len(line) > 100]
        if not text.startswith(f"fluxion {name} ") and not text.startswith(f"fluxion {name}\n"):
            faults.append("no example first")
        tap.check(f"{name} --help: examples first, lines that fit", faults)
        tap.check(f"help {name}: the same", [] if good("help", name).decode() == text else ["not"])
        tap.check(f"{name} -h: the same", [] if good(name, "-h").decode() == text else ["not"])
        for example in re.findall(r"^fluxion .*", text.split("\n\n")[0], flags=re.M):
            words = shlex.split(example.split(" | ")[0])[1:]
            run = fluxion(*words, "--no-such-option")
            tap.check(f"example: {example}", faults_of(
                run, MISUSED, f"{words[0]}: no option --no-such-option .*"))


def broken_pipe(tap):
    child = subprocess.Popen([TOOL, "train", BOSTON, "--json", "-q", "--epochs", "1000000"],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    child.stdout.readline()
    child.stdout.close()
    said = child.stderr.read()
    child.stderr.close()
    tap.check("a reader that leaves ends the tool quietly", [] if (
        child.wait() == -signal.SIGPIPE and not said) else [f"{child.returncode} {said}"])


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        model = folder / "boston.safetensors"
        good("train", BOSTON, "-q", "--dtype", "f64", "-o", model)
        last_lines(tap)
        reference_network(tap)
        json_lines(tap, folder)
        options_reach_training(tap)
        interruption(tap, folder)
        best_weights(tap, folder)
        second_interruption(tap, folder)
        terminals(tap)
        predictions(tap, folder, model)
        held_out(tap, folder, model)
        unscaled(tap, folder)
        unnamed(tap, folder, model)
        odd_names(tap, folder)
        information(tap, model)
        graphs(tap, folder, model)
        table_of_ops(tap)
        helps(tap)
        broken_pipe(tap)
    tap.end()


main()
