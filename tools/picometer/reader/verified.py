"""The software of a meter, held against a release."""

from c1219 import software
from picometer.build.manifest import IMAGE, PRODUCTION, SOURCES
from picometer.build.parts import NAMES, Part

_FORMS = {software.IMAGE: (IMAGE, PRODUCTION), software.FILES: (SOURCES,)}
_STATES = {software.NOT_KNOWN: "not known yet", software.ALTERED: "altered"}


def judge(fields: dict, released: dict[str, list[Part]]) -> tuple[list[str], bool]:
    """What to say of a meter's MT10, and whether all of it is as released."""
    forms = [form for form in _FORMS.get(fields["FORM"], ()) if form in released]
    if not forms:
        return ["the manifest has nothing for the form in which this meter runs"], False
    computed = [bytes.fromhex(part["COMPUTED"]) for part in fields["PARTS"]]
    # Of several forms, the one that has the most in common with what the meter runs.
    form = max(forms, key=lambda name: sum(map(_same, computed, released[name])))
    lines, good = [], True
    if fields["MANIFEST_STATE"] != software.GOOD:
        good = False
        lines.append(f"manifest in the meter: {_STATES[fields['MANIFEST_STATE']]}")
    for number, name in enumerate(NAMES):
        words = _words(fields["PARTS"][number], released[form][number])
        good = good and not words
        version = "{VERSION}.{REVISION}".format_map(fields["PARTS"][number])
        said = "; ".join(words) or "as released"
        lines.append(f"{name} {version} {computed[number].hex()}: {said}")
    return lines, good


def _same(computed: bytes, part: Part) -> bool:
    return computed == part.sha256


def _words(told: dict, part: Part) -> list[str]:
    """What is wrong with a part."""
    if told["STATE"] == software.NOT_KNOWN:
        return [_STATES[software.NOT_KNOWN]]
    words = []
    if told["STATE"] != software.GOOD:
        words.append("altered, says the meter")
    if bytes.fromhex(told["COMPUTED"]) != part.sha256:
        words.append(f"the release has {part.version_text} {part.sha256.hex()}")
    return words
