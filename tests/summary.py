#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""summary.py FILE: how many tests of a run passed, failed and were skipped, from the JUnit file that
meson wrote. A program that says "3 passed, 1 failed, 2 skipped" counts as it says, any other as one
test, of which a skipped one says why in its line."""
import re
import sys
import xml.etree.ElementTree as xml


def count(case):
    output = case.findtext("system-out") or ""
    says = re.findall(r"^(\d+) passed, (\d+) failed, (\d+) skipped$", output, re.M)
    clean = all(child.tag.startswith("system-") for child in case)
    if not says and case.find("skipped") is not None:
        return 0, 0, 1
    if not says:
        return int(clean), int(not clean), 0
    passed, failed, skipped = map(int, says[-1])
    return passed, failed or int(not clean), skipped


counts = [count(case) for case in xml.parse(sys.argv[1]).iter("testcase")]
print(*map(sum, zip(*counts)))
