#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs an example in an empty folder that sees data/, and looks at its last line.
run.py PROGRAM BEGINNING-OF-THE-LAST-LINE"""
import pathlib
import subprocess
import sys
import tempfile

program, beginning = sys.argv[1:]
with tempfile.TemporaryDirectory() as folder:
    (pathlib.Path(folder) / "data").symlink_to(pathlib.Path("data").resolve())
    run = subprocess.run([pathlib.Path(program).resolve()], cwd=folder, capture_output=True, text=True)
sys.stdout.write(run.stdout)
sys.stderr.write(run.stderr)
lines = run.stdout.splitlines()
sys.exit(run.returncode or not (lines and lines[-1].startswith(beginning)))
