#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The library as its users have it: installed into a folder, found by pkg-config and CMake, and the
op of examples/custom_op built against it out of tree.  check_installed.py BUILD-DIRECTORY"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from tap import Tap

SAYS = "softplus to order 2: agrees\n"
CMAKE = """cmake_minimum_required(VERSION 3.13)
project(softplus C)
find_package(fluxion 0.1 REQUIRED)
add_executable(softplus softplus.c)
target_link_libraries(softplus fluxion::fluxion m)
"""


def environment(root):
    """Tools look below root for what was installed."""
    pkgconfig = next(root.rglob("fluxion.pc")).parent
    prefix = next(root.rglob("include/fluxion")).parent.parent
    return os.environ | {
        "PKG_CONFIG_PATH": str(pkgconfig), "PKG_CONFIG_SYSROOT_DIR": str(root),
        "CMAKE_PREFIX_PATH": str(prefix), "LD_LIBRARY_PATH": str(pkgconfig.parent)}


def faults(commands, folder, env):
    """What went wrong in the first command that failed; nothing if the op did its work."""
    for command in commands:
        run = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)
        if run.returncode:
            return [" ".join(command)] + (run.stdout + run.stderr).splitlines()[-10:]
    if run.stdout != SAYS:
        return [f"printed {run.stdout!r}"]
    return [] if (folder / "softplus.dot").exists() else ["no picture was written"]


def copy(folder, name):
    return pathlib.Path(shutil.copytree("examples/custom_op", folder / name))


def main(build):
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        root = folder / "root"
        install = ["meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", str(root)]
        subprocess.run(install, check=True)
        env = environment(root)
        tap.check("custom_op with make", faults([["make"], ["./softplus"]], copy(folder, "make"), env))
        tap.check("custom_op with meson", faults(
            [["meson", "setup", "build"], ["meson", "test", "-C", "build"], ["build/softplus"]],
            copy(folder, "meson"), env))
        if shutil.which("cmake"):
            with_cmake = copy(folder, "cmake")
            (with_cmake / "CMakeLists.txt").write_text(CMAKE)
            tap.check("custom_op with cmake", faults(
                [["cmake", "-B", "build"], ["cmake", "--build", "build"], ["build/softplus"]],
                with_cmake, env))
        else:
            tap.skip("custom_op with cmake", "there is no cmake")
    tap.end()


main(sys.argv[1])
