# SPDX-License-Identifier: MIT
"""The headers of the ops, cut into titles, remarks and doc blocks, and their text as Markdown."""
import dataclasses
import re
import textwrap

FUNCTION = re.compile(r"^(?:FX_API|static inline)\s+[^;({]*?\bfx_(\w+)\([^{;]*", re.M)
BODY = re.compile(r"^static inline [^{;]*\{.*?^\}\n", re.M | re.S)
COMMENT = re.compile(r"^/\*.*?\*/\n", re.M | re.S)


@dataclasses.dataclass
class Block:
    """A comment and what is declared below it."""
    kind: str        # title, remark, or functions
    text: list       # of the comment, line by line, without the names of functions
    functions: list  # that the library exports, without fx_
    calls: dict      # the declaration of each, and of those that stand in the header
    code: str        # types and constants that stand there


def uncomment(comment):
    lines = comment.strip().removeprefix("/*").removesuffix("*/").rstrip().split("\n")
    return [lines[0].strip()] + [re.sub(r"^ \* ?", "", line).rstrip() for line in lines[1:]]


def declarations(code):
    """Each function's declaration, on its own, in the columns of the header."""
    found = {}
    for match in FUNCTION.finditer(code):
        text = match[0].rstrip() + ";"
        drop = len(re.match(r"(FX_API|static inline) ", text)[0])
        found[match[1]] = re.sub(r"\n {%d}" % drop, "\n", text[drop:])
    return found


def rest(code):
    """What is no function."""
    code = re.sub(r"^FX_API [^;]*;\n", "", BODY.sub("", code), flags=re.M)
    return re.sub(r"\n{2,}", "\n\n", code).strip()


def block(comment, code):
    text = uncomment(comment)
    calls = declarations(code)
    functions = [name for name in calls if re.search(rf"^FX_API [^;]*?\bfx_{name}\(", code, re.M)]
    title = re.fullmatch(r"-{5,} (.*)", text[0])
    if title:
        return Block("title", [title[1]], functions, calls, rest(code))
    if re.fullmatch(r"fx_\w+(, fx_\w+)*", text[0]):
        return Block("functions", text[1:], functions, calls, rest(code))
    return Block("remark", text, functions, calls, rest(code))


def parse(text):
    """The comment at the top of a header, and its blocks."""
    top = COMMENT.findall(text.split("#ifndef")[0])[-1]
    inside = text.split('extern "C" {\n#endif\n')[1].split("\n#ifdef __cplusplus\n}")[0]
    starts = [match.start() for match in COMMENT.finditer(inside)] + [len(inside)]
    blocks = [block(COMMENT.match(inside, here)[0], inside[COMMENT.match(inside, here).end():after])
              for here, after in zip(starts, starts[1:])]
    before = inside[:starts[0]].strip()
    if before:
        blocks.insert(0, Block("remark", [], [], {}, before))
    return uncomment(top), blocks


# ---- Markdown ----

CODE = re.compile(r"`[^`]+`|\b(?:fx|FX)_\w+(?:\([^()]*\))?")


def escape(text):
    """A sentence; names of Fluxion become code."""
    plain = lambda part: re.sub(r"(?<!\w)_|_(?!\w)|[\\*\[\]<|]", r"\\\g<0>", part)
    words, at = "", 0
    for match in CODE.finditer(text):
        words += plain(text[at:match.start()]) + "`" + match[0].strip("`") + "`"
        at = match.end()
    return words + plain(text[at:])


def wrap(text, hang=""):
    """A paragraph, or an item; no line of it looks like the start of something else."""
    lines = textwrap.wrap(text, 98 if hang else 100, break_long_words=False, break_on_hyphens=False)
    rest = [re.sub(r"^(?=[-+>#=])", r"\\", line) for line in lines[1:]]
    rest = [re.sub(r"^(\d+)(?=[.)]( |$))", r"\1\\", line) for line in rest]
    return ("\n" + hang).join([*lines[:1], *rest])


def markdown(lines):
    """Paragraphs; what is indented by two: a list of names; by four: code."""
    parts, state = [], "end"
    for line in lines:
        item = re.fullmatch(r"  (\S.*?) {2,}(\S.*)", line)
        if not line:
            state = "end"
        elif line.startswith("  ") and state == "item" and not item:
            parts[-1][-1][1] += " " + line.strip()
        elif item:
            parts += [] if state == "item" else [["list"]]
            parts[-1].append([item[1], item[2]])
            state = "item"
        elif line.startswith("    "):
            parts += [] if state == "code" else [["code"]]
            parts[-1].append(line)
            state = "code"
        elif state == "text":
            parts[-1][1] += " " + line.strip()
        else:
            parts.append(["text", line.strip()])
            state = "text"
    return "\n\n".join(map(written, parts))


def written(part):
    kind, *lines = part
    if kind == "text":
        return wrap(re.sub(r"^(?=[-+>#=])", r"\\", escape(lines[0])))
    if kind == "code":
        return "\n".join(lines)
    names = {"->": "gives"}
    return "\n".join(wrap(f"* {names.get(name, f'`{name}`')}: {escape(text)}", "  ")
                     for name, text in lines)
