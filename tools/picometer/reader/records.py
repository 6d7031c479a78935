"""Lists of entries in words: self reads (ST26) and the logs (ST74, ST76)."""

from typing import Any

from c1219 import events
from c1219.codec import decode
from c1219.types import resolve

from .events import argument_words, event_code, event_name, source_name

_ISO_WIDTH = 19


def in_use(fields: dict[str, Any], name: str) -> list[tuple[int, dict[str, Any]]]:
    """The entries `name` of a list that say something, each with its element number.

    Those in use come first, with UNREAD where that can be told: a list that is not circular has
    its unread entries at its newer end. Others that are not blank are marked with VALID false.
    """
    entries = list(enumerate(fields[name]))
    valid, rest = _split(fields, entries)
    if not fields["LIST_STATUS"]["LIST_TYPE"]:
        unread = fields["NBR_UNREAD_ENTRIES"]
        newest_first = valid if fields["LIST_STATUS"]["ORDER"] else valid[::-1]
        for i, (_, entry) in enumerate(newest_first):
            entry["UNREAD"] = i < unread
    for _, entry in rest:
        entry["VALID"] = False
    return valid + rest


def _split(fields: dict[str, Any], entries: list) -> tuple[list, list]:
    """The entries that are in use, and those of the rest that are not blank."""
    count, last = fields["NBR_VALID_ENTRIES"], fields["LAST_ENTRY_ELEMENT"]
    status = fields["LIST_STATUS"]
    if status["LIST_TYPE"] and not status["ORDER"] and last < len(entries) >= count:
        # Circular: the oldest one may stand behind the newest.
        entries = entries[last + 1 :] + entries[: last + 1]
        entries = entries[len(entries) - count :] + entries[: len(entries) - count]
    return entries[:count], [pair for pair in entries[count:] if not _is_blank(pair[1])]


def _is_blank(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_is_blank, value.values()))
    if isinstance(value, list):
        return all(map(_is_blank, value))
    return not value or (isinstance(value, str) and not value.strip("0"))


def self_read_title(entry: dict[str, Any]) -> str:
    """Number and time of a self read."""
    title = "self read"
    if "SELF_READ_SEQ_NBR" in entry:
        title += f" {entry['SELF_READ_SEQ_NBR']}"
    if "END_DATE_TIME" in entry:
        title += f" at {entry['END_DATE_TIME'] or '-'}"
    if "NBR_DEMAND_RESETS" in entry:
        title += f", {entry['NBR_DEMAND_RESETS']} demand resets"
    return ", ".join([title, *_marks(entry)])


def event_fields(entry: dict[str, Any], ours: bool, log: str) -> dict[str, Any]:
    """An entry of a log with the event's name, and our own meter's argument decoded.

    log  what the fields' names begin with: HISTORY or EVENT
    """
    known = {"EVENT": event_name(entry[f"{log}_CODE"], ours)}
    if ours:
        octets = bytes.fromhex(entry[f"{log}_ARGUMENT"])
        argument = decode(resolve(events.ARGUMENT, {}), octets)
        known["SOURCE"] = source_name(argument["SOURCE"])
        known[f"{log}_ARGUMENT"] = argument
    return entry | known


def _marks(entry: dict[str, Any]) -> list[str]:
    words = ["unread"] if entry.get("UNREAD") else []
    return words + (["not in use"] if entry.get("VALID") is False else [])


def event_titles(entries: list[dict[str, Any]], ours: bool, log: str) -> list[str]:
    """A line for each of the log's entries, which `event_fields` made."""
    width = max((len(entry["EVENT"]) for entry in entries), default=0)
    return [_event_title(entry, ours, log, width) for entry in entries]


def _event_title(entry: dict[str, Any], ours: bool, log: str, width: int) -> str:
    columns = []
    if f"{log}_SEQ_NBR" in entry:
        columns.append(f"{entry[f'{log}_SEQ_NBR']:5}")
    if f"{log}_TIME" in entry:
        columns.append(f"{entry[f'{log}_TIME'] or '-':{_ISO_WIDTH}}")
    columns.append(f"{entry['EVENT']:{width}}")
    words = [f"user {entry['USER_ID']}"] if entry["USER_ID"] else []
    argument = entry[f"{log}_ARGUMENT"]
    if ours:
        words += argument_words(event_code(entry[f"{log}_CODE"]), argument)
    elif argument:
        words.append(f"argument {argument}")
    words += _marks(entry)
    columns.append(", ".join(words))
    return "  ".join(columns).rstrip()
