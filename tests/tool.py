# SPDX-License-Identifier: MIT
"""Running the command-line tool, which is named by the first argument, at the project's root."""
import pathlib
import re
import subprocess
import sys

TOOL = pathlib.Path(sys.argv[1]).resolve()
BOSTON = "data/boston.csv"
SHORT = ["train", BOSTON, "--epochs", "5"]
OK, FAILED, MISUSED, DIVERGED, INTERRUPTED = 0, 1, 2, 3, 130


def fluxion(*words, **more):
    return subprocess.run([TOOL, *map(str, words)], stdout=more.pop("stdout", subprocess.PIPE),
                          stderr=subprocess.PIPE, timeout=60, **more)


def faults_of(run, code, line=None):
    """What is wrong with a run that should end with this code and this one line of complaint, as a
    regular expression."""
    said = run.stderr.decode()
    faults = [] if run.returncode == code else [f"ends with {run.returncode}: {said}"]
    if line is not None and not re.fullmatch(f"fluxion: {line}\n", said):
        faults.append(f"says {said!r}, not {line!r}")
    if code in (FAILED, MISUSED) and run.stdout:
        faults.append(f"prints {run.stdout[:80]!r}")
    return faults


def good(*words, **more):
    """Standard output of a run that must succeed."""
    run = fluxion(*words, **more)
    if run.returncode != OK:
        raise RuntimeError(f"{words}: {run.returncode}: {run.stderr.decode()}")
    return run.stdout
