#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Breaks every rule of ops/ on purpose, one place at a time, and wants the suite to notice.

usage: tests/mutants.py [--every N] [--list] [FILE...]

The sources are copied and built once; for each mutant one file is compiled anew and the tests of
ops are run until one fails. A mutant that does not compile is none; one that hangs is caught. Those
that survive are printed, and make the exit code 1. All take the better part of an hour on two
cores; FILE (ops/softmax.c) and --every take a part.
"""
import argparse
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
COPIED = ['include', 'src', 'autograd', 'ops', 'models', 'tests', 'meson.build', 'meson_options.txt',
          'data', 'cmake', 'docs']
# In this order: what is quick and catches most comes first.
SUITES = ['op_laws', 'op_gradients', 'op_errors', 'op_moves', 'op_linalg', 'op_', 'compose',
          'networks', 'golden']
TIMEOUT = 300
JOBS = 2

# Changes that are none, each with its reason: (function, what is done).
EQUIVALENT = {}


def close(text, at):
    """The place behind the bracket that closes the one at `at`."""
    depth = 0
    for i in range(at, len(text)):
        depth += text[i] in '([{'
        depth -= text[i] in ')]}'
        if depth == 0:
            return i + 1
    raise ValueError('unbalanced')


def arguments(text, at):
    """The arguments of the call whose bracket opens at `at`, and where it ends."""
    end, depth, parts, start = close(text, at), 0, [], at + 1
    for i in range(at + 1, end - 1):
        depth += text[i] in '([{'
        depth -= text[i] in ')]}'
        if text[i] == ',' and depth == 0:
            parts.append(text[start:i].strip())
            start = i + 1
    return parts + [text[start:end - 1].strip()], end


def functions(text):
    """Name, begin and end of the functions that give or set tensors: rules and compositions."""
    head = re.compile(r'^(?:static (?:inline )?)?(?:void (\w+)\(fx_vjp \*v[^)]*\)|fx_tensor (\w+)\([^{;]*\)) \{',
                      re.M)
    for m in head.finditer(text):
        yield m.group(1) or m.group(2), m.end(), close(text, m.end() - 1)


def of_calls(text, begin, end):
    """Calls whose meaning changes if an operand goes, or the call itself."""
    for m in re.finditer(r'\b(fx_add|fx_sub|fx_mul|fx_div|fx_neg|fx__transposed|fx_square|fx_where)\(',
                         text[begin:end]):
        at = begin + m.start()
        args, stop = arguments(text, begin + m.end() - 1)
        name = m.group(1)
        if name in ('fx_add', 'fx_sub', 'fx_mul', 'fx_div'):
            yield at, stop, args[0], f'{name}: second operand dropped'
        if name in ('fx_add', 'fx_mul'):
            yield at, stop, args[1], f'{name}: first operand dropped'
        if name == 'fx_sub':
            yield at, stop, f'fx_add({args[0]}, {args[1]})', 'fx_sub: sign'
        if name in ('fx_neg', 'fx__transposed', 'fx_square'):
            yield at, stop, args[0], f'{name} dropped'
        if name == 'fx_where':
            yield at, stop, f'fx_where({args[0]}, {args[2]}, {args[1]})', 'fx_where: turned round'


def of_cotangents(text, begin, end):
    """What a rule sets: the sign, a factor; the operand or cotangent it reads."""
    for m in re.finditer(r'v->dx\[(\w+)\] =\s+', text[begin:end]):
        at = begin + m.end()
        stop = text.index(';', at)
        value = text[at:stop]
        yield at, stop, f'fx_neg({value})', f'dx[{m.group(1)}]: sign'
        yield at, stop, f'fx_mul(fx_num(2), {value})', f'dx[{m.group(1)}]: factor'
    for m in re.finditer(r'v->x\[([01])\]', text[begin:end]):
        other = 1 - int(m.group(1))
        if f'v->x[{other}]' in text[begin:end]:
            yield begin + m.start(), begin + m.end(), f'v->x[{other}]', 'another operand'


def of_numbers(text, begin, end):
    for m in re.finditer(r'fx_num\((-?[\d.]+)\)', text[begin:end]):
        yield (begin + m.start(), begin + m.end(), f'fx_num({m.group(1)} + 1)',
               f'{m.group(0)} plus 1')
    for m in re.finditer(r'fx_axes1\((-?\w+)\)', text[begin:end]):
        yield (begin + m.start(), begin + m.end(), f'fx_axes1({m.group(1)} == 0 ? 1 : 0)',
               f'{m.group(0)}: axis')


def of_rules(text, begin, end):
    """A rule without any of the above: it does nothing."""
    places = [m for kind in (of_cotangents, of_calls, of_numbers) for m in kind(text, begin, end)]
    rule = re.search(r'void \w+\(fx_vjp \*v\) \{$', text[:begin])
    if rule and not places and 'fx_vjp_zero' not in text[begin:end]:
        yield begin, end - 1, ' fx_vjp_zero(v, 0); ', 'dropped'
    yield from places


def mutants(path):
    with open(os.path.join(ROOT, path), encoding='utf-8') as f:
        text = f.read()
    for name, begin, end in functions(text):
        for at, stop, instead, what in of_rules(text, begin, end):
            if text[at:stop] != instead and (name, what) not in EQUIVALENT:
                line = text.count('\n', 0, at) + 1
                yield path, line, name, what, text[:at] + instead + text[stop:]


def prepare(folder):
    for entry in COPIED:
        source, target = os.path.join(ROOT, entry), os.path.join(folder, entry)
        if os.path.isdir(source):
            shutil.copytree(source, target)
        else:
            shutil.copy(source, target)
    build = os.path.join(folder, 'build')
    subprocess.run(['meson', 'setup', build, '-Dcriterion=disabled', '-Dtool=disabled',
                    '-Doptimization=1'],
                   cwd=folder, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(['ninja', '-C', build, 'tests/plain'], check=True, stdout=subprocess.DEVNULL)
    if failing(folder):
        sys.exit('the suite fails as it is')
    return folder


def failing(folder):
    """The first suite that fails; None: all pass."""
    for suite in SUITES:
        try:
            run = subprocess.run([os.path.join(folder, 'build/tests/plain'), suite], cwd=folder,
                                 capture_output=True, timeout=TIMEOUT, check=False)
        except subprocess.TimeoutExpired:
            return suite
        if run.returncode:
            return suite
    return None


def judge(folder, mutant):
    """'none' (does not compile), the suite that caught it, or None."""
    path, _, _, _, text = mutant
    file = os.path.join(folder, path)
    with open(file, encoding='utf-8') as f:
        whole = f.read()
    with open(file, 'w', encoding='utf-8') as f:
        f.write(text)
    try:
        build = subprocess.run(['ninja', '-C', os.path.join(folder, 'build'), 'tests/plain'],
                               capture_output=True, check=False)
        return 'none' if build.returncode else failing(folder)
    finally:
        with open(file, 'w', encoding='utf-8') as f:
            f.write(whole)


def share(folder, part):
    """Judges a part of them, and tells survivors as they come."""
    judged = []
    for mutant in part:
        how = judge(folder, mutant)
        judged.append(how)
        if how is None:
            path, line, name, what, _ = mutant
            print(f'survived: {path}:{line}: {name}: {what}', flush=True)
    return judged


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--every', type=int, default=1, help='one mutant of so many')
    parser.add_argument('--list', action='store_true', help='print them and do nothing')
    parser.add_argument('files', nargs='*')
    given = parser.parse_args()
    files = given.files or sorted('ops/' + f for f in os.listdir(os.path.join(ROOT, 'ops'))
                                  if f.endswith('.c'))
    todo = [m for f in files for m in mutants(f)][::given.every]
    if given.list:
        for path, line, name, what, _ in todo:
            print(f'{path}:{line}: {name}: {what}')
        print(len(todo), 'mutants')
        return 0
    with tempfile.TemporaryDirectory() as room, \
            concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        folders = [os.path.join(room, str(i)) for i in range(JOBS)]
        for folder in folders:
            os.mkdir(folder)
        ready = list(pool.map(prepare, folders))
        found = pool.map(share, ready, [todo[i::JOBS] for i in range(JOBS)])
        judged = [how for part in found for how in part]
    alive, none = judged.count(None), judged.count('none')
    print(f'{len(judged) - none} mutants, {len(judged) - none - alive} caught, {alive} survived '
          f'({none} more did not compile)')
    return 1 if alive else 0


if __name__ == '__main__':
    sys.exit(main())
