# SPDX-License-Identifier: MIT
"""What the checks print: the Test Anything Protocol, one line a law; what broke it goes to stderr,
which meson shows."""
import sys


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def check(self, law, faults):
        """The law holds if there are no faults (a list of lines)."""
        self.count += 1
        self.failed += bool(faults)
        print(f"{'not ok' if faults else 'ok'} {self.count} - {law}")
        for fault in faults:
            print(f"{law}: {fault}", file=sys.stderr)

    def skip(self, law, why):
        self.count += 1
        print(f"ok {self.count} - {law} # SKIP {why}")

    def end(self):
        print(f"1..{self.count}")
        raise SystemExit(bool(self.failed))
