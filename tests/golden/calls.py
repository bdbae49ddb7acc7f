# SPDX-License-Identifier: MIT
"""Writes calls.txt: calls of ops and what NumPy and PyTorch give for them, with gradients.

Rerun from anywhere; the result stands beside this file and is committed, so that the test needs no
Python:

    python3 -m venv /tmp/torch && /tmp/torch/bin/pip install numpy torch
    /tmp/torch/bin/python tests/golden/calls.py

float64 on one thread, fixed seeds. A line of calls.txt defines a tensor or is a call:

    t1 = f64[2,3] 1 2 3 4 5 6
    sum 0 1 : t1 = f64[1,3] 5 7 9
    mul:grad : t1 t2 = f64[2,3] .. = f64[3] ..

A call has attributes, operands (tensors, #2.5 for a plain number, none) and results: values (1*4
stands for four ones), "refused" where the library raises an error, "-" for a result that is not
compared. op:grad has the gradients by each operand under the cotangents that `seed` makes. A line
that begins with ! and a name is a deliberate difference: the values are NumPy's or PyTorch's,
Fluxion must give something else, and docs/differences.md says what and why.
"""

import warnings
from pathlib import Path

import numpy as np
import torch

from table.axes import along, reductions
from table.differences import differences
from table.elements import elements
from table.losses import losses
from table.matrices import matrices
from table.networks import attention, convolutions, normalizations, pooling, windows
from table.pairs import several
from table.places import creations, places
from table.shapes import moves
from table.write import table


def main():
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    for part in (elements, several, differences, reductions, along, moves, creations, places,
                 losses, matrices, windows, pooling, convolutions, normalizations, attention):
        part()
    path = Path(__file__).resolve().parent / "calls.txt"
    first = ("# Written by calls.py, which says what a line is: PyTorch "
             f"{torch.__version__.split('+')[0]}, NumPy {np.__version__}.\n")
    path.write_text(first + "\n".join(table.lines) + "\n")
    print(f"{table.calls} calls, {path.stat().st_size} bytes")


main()
