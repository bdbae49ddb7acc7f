#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The page of the ops. What an op is called, means and refuses comes from the headers, formulas
from the descriptors, orders and errors from the tests:

    page.py FACTS           measures, and writes errors.tsv, docs/ops.md and tools/manual.inc
    page.py FACTS --check   whether they are what it would write

FACTS is the program facts.c. Runs at the project's root."""
import dataclasses
import pathlib
import re
import subprocess
import sys

import headers

sys.path.append("tests")
from tap import Tap  # noqa: E402

HEADERS = pathlib.Path("include/fluxion")
ERRORS = pathlib.Path("tests/op_page/errors.tsv")
PAGE, MANUAL = pathlib.Path("docs/ops.md"), pathlib.Path("tools/manual.inc")
COLUMNS = ["value f64", "value f32", "gradient f64", "gradient f32"]
STALE = "is stale: run ./dev ops"

# Functions that draw apply the op of the distribution; others are forms of the op of their name.
DRAWS = {"rand": "uniform", "randn": "normal", "randint": "integers", "randperm": "permutation"}
FORMS = ["_axes", "_axis", "_as", "_with"]
# These apply whatever the rules of the ops between y and x apply.
NO_OP = {"jacobian", "hessian"}


@dataclasses.dataclass
class Op:
    name: str
    operands: str
    made: str    # rule: a kernel too; kernel; ops
    order: str   # "0": without a derivative
    errors: list  # four texts, "-" where there is none
    unit: str    # points, result, terms
    formula: str

    def value(self):
        return self.formula.partition(";  ")[0]

    def derivatives(self):
        return self.formula.partition(";  ")[2]


class Book:
    """The ops, and where the headers speak of each."""

    def __init__(self, ops):
        self.ops = {op.name: op for op in ops}
        included = re.findall(r'"fluxion/(ops_\w+\.h)"', (HEADERS / "ops.h").read_text())
        self.chapters = [(name, *headers.parse((HEADERS / name).read_text()))
                         for name in [*included, "op.h"]]
        top, blocks = self.chapters[-1][1:]
        self.chapters[-1] = ("op.h", top, [b for b in blocks if self.ops_of(b)])
        self.place = {name: (header, block) for header, _, blocks in self.chapters
                      for block in blocks for name in self.ops_of(block)}

    def op_of(self, function):
        """The name of the op that a function applies, and whether it is the first form of it."""
        if function in self.ops:
            return function, True
        if function in DRAWS:
            return DRAWS[function], True
        stems = [function.removesuffix(form) for form in FORMS if function.endswith(form)]
        return next((stem for stem in stems if stem in self.ops), None), False

    def ops_of(self, block):
        """The ops of which a block is the entry."""
        pairs = map(self.op_of, block.functions)
        return [name for name, first in pairs if first]

    def speak_of(self, op):
        """All blocks with a function of the op, and these functions' declarations."""
        for _, _, blocks in self.chapters:
            for block in blocks:
                calls = [call for name, call in block.calls.items() if self.op_of(name)[0] == op]
                if calls:
                    yield block, calls

    def strangers(self):
        """Functions in the headers that belong to no op."""
        for header, _, blocks in self.chapters:
            for block in blocks:
                for function in block.functions:
                    if not self.op_of(function)[0] and function not in NO_OP:
                        yield f"fx_{function} in {header} belongs to no op"

    def for_rules(self):
        return [op for op in self.ops.values() if op.name not in self.place]


def facts(program):
    """On which machine, and the ops."""
    run = subprocess.run([program], capture_output=True, text=True, check=True)
    machine, *lines = run.stdout.splitlines()
    return machine, [Op(*line[:4], line[4:8], *line[8:])
                     for line in (text.split("\t") for text in lines)]


# ---- measured errors ----

def read_errors():
    """On which machine they were measured, and the row of each op."""
    if not ERRORS.is_file():
        return "", {}
    lines = [line.split("\t") for line in ERRORS.read_text().splitlines()]
    return lines[0][0], {name: rest for name, *rest in lines[2:]}


def write_errors(machine, ops):
    rows = ["\t".join([op.name, op.order, *op.errors, op.unit]) for op in ops]
    head = "\t".join(["op", "order", *COLUMNS, "unit"])
    ERRORS.write_text("\n".join([machine, head, *rows]) + "\n")


def differs(now, then):
    """Whether they are apart by more than the last digit, in which references differ."""
    if "-" in (now, then):
        return now != then
    return abs(float(now) - float(then)) > 0.01 + 0.01 * float(then)


def check_errors(tap, machine, ops):
    measured_on, rows = read_errors()
    tap.check("errors.tsv has all ops, and their orders", [
        f"{op.name} {STALE}" for op in ops if rows.get(op.name, [None])[0] != op.order] + [
        f"{name} {STALE}" for name in rows.keys() - {op.name for op in ops}])
    law = "errors are those that were measured"
    if machine != measured_on:
        tap.skip(law, f"here{machine.strip('#')}, there{measured_on.strip('#')}")
        return
    tap.check(law, [f"{op.name}: {column}: {now} ulp, not {then}: errors.tsv {STALE}"
                    for op in ops if op.name in rows
                    for column, now, then in zip(COLUMNS, op.errors, rows[op.name][1:5])
                    if differs(now, then)])


def take_errors(ops):
    """The page shows what was written down."""
    rows = read_errors()[1]
    for op in ops:
        if op.name in rows:
            op.order, *op.errors, op.unit = rows[op.name]


# ---- the page ----

INTRO = """# Ops

Every op: its signature, formula, derivatives, domain, ties and errors, and how right it is.
`./dev ops` makes this page from the headers, from the descriptors of the ops and from what the
tests measure; a test fails if it is not up to date. `fluxion ops tanh` prints the same of one op,
`fluxion ops` a table, and a program finds formulas too:

```c
#include <fluxion/fluxion.h>
#include <stdio.h>

int main(void) {{
    const fx_op *op = fx_ops_find("tanh");
    printf("%s(%s): %s\\n", op->name, op->operands, op->formula);
    return 0;
}}
```

```text
{tanh}
```

{counts}

## How to read it

{preamble}

* **made of**: `rule`: a kernel and a derivative rule of its own; `kernel`: a kernel; `ops`: other
  ops, whose rules it has.
* **order**: derivatives of all orders exist where one is given. Up to this order the tests compare
  them with central differences, or with exact numbers where they are 0 but for jumps; the first
  with a complex step too. `-`: there is none.
* **errors**: the largest seen, in units of the last place (0.5: correctly rounded), of values and
  of first derivatives, in f64 and in f32. `-`: nothing to measure. What a unit is of:
  * `points`: of the exact number, or of the largest of terms that cancel, at some 200 points of the
    whole range. [precision.md](precision.md) says how, shows PyTorch beside it, and has what is
    promised.
  * `result`: of each exact number of the result, on the rows of [tests/cases](../tests/cases),
    which are small and ordinary, against references of 64 bits. What a row does besides counts too.
  * `terms`: of the sum of the absolute values of what is added up, on these rows.
  * Derivatives of `result` and `terms`: where elements meet, of the largest element of the
    derivative by that operand.

{errors_line}

## All of them

| op | value | in |
|---|---|---|
{index}
"""


def number(error):
    return "0" if error == "0.00" else error


def cell(code):
    return f"`{code}`".replace("|", "\\|") if code else ""


def anchor(name):
    return f'<a id="op-{name}"></a>'


def link(name):
    return f"[{name}](#op-{name})"


def row(op, names_operands=False):
    formula = "<br>".join(cell(part) for part in [op.value(), op.derivatives()] if part)
    name = f"{anchor(op.name)}{op.name}" + (f"({op.operands})" if names_operands else "")
    unit = op.unit if set(op.errors) != {"-"} else "-"
    return "| " + " | ".join([name, formula, op.made, op.order if op.order != "0" else "-",
                              *map(number, op.errors), unit]) + " |"


def table(ops, names_operands=False):
    head = ["op", "value, derivatives", "made of", "order", *COLUMNS, "unit"]
    return "\n".join(["| " + " | ".join(head) + " |", "|---" * len(head) + "|",
                      *(row(op, names_operands) for op in ops)])


def entry(book, block):
    """A block: heading, declarations, facts, text."""
    parts = []
    if block.kind == "title":
        parts.append("### " + block.text[0].strip().capitalize())
    elif block.kind == "functions":
        parts.append("#### " + ", ".join(block.calls))
    code = "\n\n".join(filter(None, [block.code, "\n".join(block.calls.values())]))
    if code:
        parts.append(f"```C\n{code}\n```")
    ops = [book.ops[name] for name in book.ops_of(block)]
    if ops:
        parts.append(table(ops))
    if block.kind != "title":
        parts.append(headers.markdown(block.text).strip())
    return "\n\n".join(filter(None, parts))


def chapter(book, header, top, blocks):
    """What a header says of all its ops, and its blocks."""
    head = f"## {header}\n\n[include/fluxion/{header}](../include/fluxion/{header})"
    if header != "op.h":
        words = headers.markdown([line.replace("See ops.h.", "").rstrip() for line in top])
        head += "\n\n" + words.strip()
    return "\n\n".join([head, *(entry(book, block) for block in blocks)])


def index(book):
    lines = []
    for name, (header, _) in sorted(book.place.items()):
        short = f"[{header.removeprefix('ops_').removesuffix('.h')}](#{header.replace('.', '')})"
        lines.append(f"| {link(name)} | {cell(book.ops[name].value())} | {short} |")
    return "\n".join(lines)


def counts(book):
    made = [book.ops[name].made for name in book.place]
    functions = sum(len(block.functions) for _, _, blocks in book.chapters for block in blocks)
    return (f"There are {len(made)} ops to call, by {functions} functions: {made.count('rule')} "
            f"have a derivative rule of their own, {made.count('ops')} are made of other ops, and "
            f"{made.count('kernel')} have no derivative. {len(book.for_rules())} more serve [rules "
            "alone](#ops-that-only-rules-use).")


def page(book):
    tanh = book.ops["tanh"]
    top = headers.parse((HEADERS / "ops.h").read_text())[0]
    intro = INTRO.format(
        tanh=f"{tanh.name}({tanh.operands}): {tanh.formula}", counts=headers.wrap(counts(book)),
        preamble=headers.markdown(top), index=index(book),
        errors_line=f"Measured on {read_errors()[0].removeprefix('# ')}.")
    rules = ("## Ops that only rules use\n\nNo function applies them; `fx_ops_find` finds them, "
             "and they appear in the pictures of derivatives.\n\n" + table(book.for_rules(), True))
    return "\n\n".join([intro.strip(), *(chapter(book, *one) for one in book.chapters),
                        rules]) + "\n"


# ---- what the tool knows ----

def literal(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def manual_entry(book, op, texts):
    """An initializer; texts receives the texts that it needs."""
    spoken, calls = [], []
    for block, declared in book.speak_of(op.name):
        calls += declared
        spoken += [block.text]
        texts += [] if block.text in texts else [block.text]
    errors = ", ".join("-1" if error == "-" else error for error in op.errors)
    places = ", ".join(str(texts.index(text)) for text in spoken) or "-1"
    return (f"    {{{literal(op.name)}, {literal(chr(10).join(calls)) if calls else 'NULL'},\n"
            f"     {op.order}, {{{errors}}}, {literal(op.unit)}, {{{places}, -1}}}},\n")


def manual(book):
    texts = []
    entries = "".join(manual_entry(book, op, texts) for op in book.ops.values())
    literals = ",\n".join("\n".join(f"    {literal(line + chr(10))}" for line in text)
                          for text in texts)
    return ("/* SPDX-License-Identifier: MIT */\n/* Made by ./dev ops from the headers of the ops "
            "and from tests/op_page/errors.tsv. */\n"
            f"static const char *const manual_texts[] = {{\n{literals}\n}};\n\n"
            f"static const manual_entry manual_entries[] = {{\n{entries}}};\n")


def check(book, machine, ops):
    tap = Tap()
    tap.check("every function in the headers of the ops belongs to an op", list(book.strangers()))
    check_errors(tap, machine, ops)
    take_errors(ops)
    for path, made in ((PAGE, page), (MANUAL, manual)):
        same = path.is_file() and path.read_text() == made(book)
        tap.check(f"{path} is up to date", [] if same else [f"{path} {STALE}"])
    text = PAGE.read_text() if PAGE.is_file() else ""
    tap.check("every op has an entry", [op.name for op in ops if anchor(op.name) not in text])
    tap.end()


def main():
    machine, ops = facts(sys.argv[1])
    book = Book(ops)
    if sys.argv[2:] == ["--check"]:
        check(book, machine, ops)
    faults = list(book.strangers())
    if faults:
        sys.exit("\n".join(faults))
    write_errors(machine, ops)
    PAGE.write_text(page(book))
    MANUAL.write_text(manual(book))


main()
