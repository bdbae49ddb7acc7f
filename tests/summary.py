#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""summary.py FILE: how many tests of a run passed and failed, from the JUnit file that meson wrote.
A program that says "3 passed, 1 failed" counts as it says, any other as one test. What was skipped,
or ran no test, failed."""
import re
import sys
import xml.etree.ElementTree as xml


def count(case):
    says = re.findall(r"^(\d+) passed, (\d+) failed$", case.findtext("system-out") or "", re.M)
    clean = all(child.tag.startswith("system-") for child in case)
    if not says:
        return int(clean), int(not clean)
    passed, failed = map(int, says[-1])
    return passed, failed or int(not clean)


counts = [count(case) for case in xml.parse(sys.argv[1]).iter("testcase")]
print(sum(passed for passed, _ in counts), sum(failed for _, failed in counts))
