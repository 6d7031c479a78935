"""Lists of entries in words: self reads (ST26) and the logs (ST74, ST76)."""

from typing import Any

from c1219 import events
from c1219.codec import decode
from c1219.types import resolve

from .events import argument_words, event_code, event_name, source_name

_ISO_WIDTH = 19


def in_use(fields: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The entries `name` of a list that are in use, with UNREAD where that can be told.

    A list that is not circular has its unread entries at its newer end.
    """
    entries = fields[name][: fields["NBR_VALID_ENTRIES"]]
    status = fields["LIST_STATUS"]
    if status["LIST_TYPE"]:
        return entries
    unread = fields["NBR_UNREAD_ENTRIES"]
    newest_first = entries if status["ORDER"] else entries[::-1]
    for i, entry in enumerate(newest_first):
        entry["UNREAD"] = i < unread
    return entries


def self_read_title(entry: dict[str, Any]) -> str:
    """Number and time of a self read."""
    title = "self read"
    if "SELF_READ_SEQ_NBR" in entry:
        title += f" {entry['SELF_READ_SEQ_NBR']}"
    if "END_DATE_TIME" in entry:
        title += f" at {entry['END_DATE_TIME'] or '-'}"
    if "NBR_DEMAND_RESETS" in entry:
        title += f", {entry['NBR_DEMAND_RESETS']} demand resets"
    return title + (", unread" if entry.get("UNREAD") else "")


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
    if entry.get("UNREAD"):
        words.append("unread")
    columns.append(", ".join(words))
    return "  ".join(columns).rstrip()
