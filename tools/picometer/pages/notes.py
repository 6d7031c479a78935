"""The comments beside declared fields: what a field means, in its author's words."""

import io
import tokenize
from types import ModuleType


def notes(module: ModuleType) -> dict[str, list[tuple[int, str]]]:
    """By the text of a string: lines of the module where it stands, each with the comment there.

    A comment on a line of its own belongs to the line after it.
    """
    with open(module.__file__, "rb") as file:
        tokens = list(tokenize.tokenize(io.BytesIO(file.read()).readline))
    comments = {}
    alone: list[str] = []
    for token in tokens:
        line = token.start[0]
        if token.type == tokenize.COMMENT:
            text = token.string.lstrip("# ").rstrip()
            if token.line.strip().startswith("#"):
                alone.append(text)
            else:
                comments[line] = text
        elif token.type not in (tokenize.NL, tokenize.NEWLINE) and alone:
            # A field that is a record opens with a bracket on a line of its own.
            comments.setdefault(line, " ".join(alone))
            if token.string not in ("(",):
                alone = []
    found: dict[str, list[tuple[int, str]]] = {}
    for token in tokens:
        if token.type == tokenize.STRING and not token.string.startswith(('"""', "b")):
            name = token.string.strip("\"'")
            found.setdefault(name, []).append((token.start[0], comments.get(token.start[0], "")))
    return found
