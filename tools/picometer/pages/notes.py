"""The comments beside declared fields: what a field means, in its author's words."""

import io
import tokenize
from types import ModuleType


def notes(module: ModuleType) -> dict[str, str]:
    """By the name of a field: the comment on its line, or on lines of their own right before it.

    A field is a tuple whose first element is its name. Of two of one name, the first that has a
    comment.
    """
    if module.__file__ is None:
        raise ValueError(f"{module.__name__} has no source")
    with open(module.__file__, "rb") as file:
        tokens = list(tokenize.tokenize(io.BytesIO(file.read()).readline))
    comments = {}
    alone: list[str] = []  # comments that nothing has followed yet
    for token in tokens:
        if token.type == tokenize.COMMENT:
            text = token.string.lstrip("# ").rstrip()
            if token.line.strip().startswith("#"):
                alone.append(text)
            else:
                comments[token.start[0]] = text
        elif token.type not in (tokenize.NL, tokenize.NEWLINE) and alone:
            if token.line.strip().startswith("("):
                comments.setdefault(token.start[0], " ".join(alone))
            if token.string != "(":  # a field that is a record opens on a line of its own
                alone = []
    found: dict[str, str] = {}
    for before, token, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if token.type == tokenize.NL:
            continue
        opened = before.string == "(" or before.type == tokenize.NL
        if token.type == tokenize.STRING and opened and after.string == ",":
            name = token.string.strip("\"'")
            note = comments.get(token.start[0], "")
            if note and name not in found:
                found[name] = note
    return found
