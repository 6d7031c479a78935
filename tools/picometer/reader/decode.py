"""Tables as named fields: the same declarations that the meter serves from, read backwards.

A meter's own ST0, ST11, ST21, ST31, ST61, ST62 and ST71 size the fields, so any C12.19 meter in
the supported formats (little-endian, ISO 646, integers in two's complement, dates in discrete
octets) can be read.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from c1219 import (
    catalog,
    decade0,
    decade2,
    decade3,
    decade7,
    events,
    procedures,
    service,
    types,
)
from c1219.codec import decode, learn, members
from c1219.types import resolve, size_of
from picometer.errors import UserError
from picometer.reader import records
from picometer.reader.report import Entry, Reading, Report
from picometer.reader.units import unit_of

_RESPONSE_HEAD = 4  # octets of ST8 before the response data
_NO_SOURCE = 255
_NI_SCALED_EXPONENT = -4  # NI_FORMAT 4 has four implied decimals


class UnsupportedFormat(UserError):
    """The meter writes its tables in a format that is not decoded here."""


class MalformedTable(UserError):
    """A table's octets do not fit its declaration."""


class TableReader:
    """Reads and decodes a meter's tables through `read`, a function from table number to octets.

    Tables that say how others are laid out or what they mean are read once, when first needed.
    """

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self._known: dict[int, bytes] = {}
        self._dims: dict[str, Any] = {}
        self._learned: set[int] = set()  # indices of catalog.DIMENSIONS

    def report(self, number: int) -> Report:
        """Read table `number` anew and decode it.

        Raises UnsupportedFormat or MalformedTable, and whatever `read` raises.
        """
        try:
            table = catalog.find(number)
        except KeyError:
            return Report(number, "", self._read(number), None)
        self._learn_for(number)
        octets = self._read(number)
        if number == decade0.ST8.number:
            self._dims["RESPONSE_LENGTH"] = max(0, len(octets) - _RESPONSE_HEAD)
        parts = self._parts(table)
        values = self._decode(number, parts, octets)
        fields = plain(parts, values)
        if number == decade0.ST8.number:
            fields |= _response_fields(values, self.is_ours())
        elif number == decade3.ST32.number:
            fields |= self._display_sources(values)
        entries = None
        if number == decade2.ST26.number:
            entries = self._self_reads(fields, values)
        elif number == decade7.ST74.number:
            entries = self._log(fields, "HISTORY")
        elif number == decade7.ST76.number:
            entries = self._log(fields, "EVENT")
        return Report(number, table.name, octets, fields, self._readings(number, values), entries)

    def tables_used(self) -> list[int]:
        """Table numbers that ST0 lists, manufacturer tables last."""
        self._learn_for(0)
        manufacturer = [types.MANUFACTURER + n for n in members(self._dims["MFG_TBLS_USED"])]
        return members(self._dims["STD_TBLS_USED"]) + manufacturer

    def stored(self, number: int) -> tuple[tuple, dict[str, Any]]:
        """Parts and decoded values of a declared table, read anew: to be changed and encoded.

        Raises as `report`.
        """
        parts = self._parts(catalog.find(number))
        return parts, self._decode(number, parts, self._read(number))

    def parts(self, number: int) -> tuple:
        """Parts of a declared table, which may be too long to be read at once."""
        return self._parts(catalog.find(number))

    def is_ours(self) -> bool:
        """Whether it is a Picometer, whose manufacturer's tables are known."""
        self._learn_for(0)
        return self._dims["DEVICE_CLASS"] == decade0.MANUFACTURER_CODE

    def _parts(self, table: types.Table) -> tuple:
        self._learn_for(table.number)
        try:
            return resolve(table.fields, self._dims)
        except ValueError as error:
            raise UnsupportedFormat(str(error)) from error
        except KeyError as error:
            raise MalformedTable(
                f"table {table.number}: the meter has no table that gives {error}"
            ) from error

    def _learn_for(self, number: int) -> None:
        """Learn ST0 and the dimension tables of the decade of `number` that the meter has."""
        decade = number // 10 * 10
        for i, (source, fields) in enumerate(catalog.DIMENSIONS):
            if i in self._learned or not (
                source in (0, decade + 1) or decade < source < number < decade + 10
            ):
                continue
            if source == 0 or source in members(self._dims["STD_TBLS_USED"]):
                try:
                    learn(self._dims, fields, self._once(source))
                except ValueError as error:
                    raise MalformedTable(f"table {source}: {error}") from error
                self._check_format()
            self._learned.add(i)

    def _check_format(self) -> None:
        wanted = {"DATA_ORDER": 0, "CHAR_FORMAT": 1, "TM_FORMAT": 2, "ID_FORM": 0, "INT_FORMAT": 0}
        for name, value in wanted.items():
            if self._dims[name] != value:
                raise UnsupportedFormat(f"{name} is {self._dims[name]}, only {value} is decoded")

    def _once(self, number: int) -> bytes:
        if number not in self._known:
            self._known[number] = bytes(self._read(number))
        return self._known[number]

    def _values_once(self, number: int) -> dict[str, Any]:
        return self._decode(number, self._parts(catalog.find(number)), self._once(number))

    def _decode(self, number: int, parts: tuple, octets: bytes) -> dict[str, Any]:
        if len(octets) != size_of(parts):
            raise MalformedTable(
                f"table {number}: {len(octets)} octets where {size_of(parts)} are declared"
            )
        return decode(parts, octets)

    def _readings(self, number: int, values: dict[str, Any]) -> list[Reading]:
        readings: list[Reading] = []
        if number in (23, 25):
            readings = self._block_readings(values["TOT_DATA_BLOCK"])
        elif number == 28:
            selected = self._values_once(27)
            demands = values["PRESENT_DEMANDS"]
            for selector, demand in _chosen(selected["PRESENT_DEMAND_SELECT"], demands):
                left = demand.get("TIME_REMAINING")
                note = f"{_time(left)} remaining" if left else ""
                readings.append(self._demand(selector, "present", demand["DEMAND_VALUE"], note))
            present = values["PRESENT_VALUES"]
            for selector, count in _chosen(selected["PRESENT_VALUE_SELECT"], present):
                readings.append(self._reading(selector, count))
        return readings

    def _block_readings(self, block: dict[str, Any]) -> list[Reading]:
        """What a data block of ST23, 25 or 26 says, as ST22 selects it."""
        readings = []
        selected = self._values_once(22)
        for selector, count in _chosen(selected["SUMMATION_SELECT"], block["SUMMATIONS"]):
            readings.append(self._reading(selector, count))
        maxima = members(selected["MIN_OR_MAX_FLAGS"])
        demands = enumerate(block["DEMANDS"])
        for selector, (i, demand) in _chosen(selected["DEMAND_SELECT"], demands):
            which = "maximum" if i in maxima else "minimum"
            readings += self._demand_readings(selector, which, demand)
        return readings

    def _self_reads(self, fields: dict[str, Any], values: dict[str, Any]) -> list[Entry]:
        """The entries of ST26; of `fields` only those in use stay."""
        fields["SELF_READS_ENTRIES"] = records.in_use(fields, "SELF_READS_ENTRIES")
        pairs = zip(fields["SELF_READS_ENTRIES"], values["SELF_READS_ENTRIES"], strict=False)
        return [
            Entry(records.self_read_title(entry), self._block_readings(octets["TOT_DATA_BLOCK"]))
            for entry, octets in pairs
        ]

    def _log(self, fields: dict[str, Any], log: str) -> list[Entry]:
        """The entries of ST74 or ST76; of `fields` only those in use stay, and say more."""
        length = self._dims["HIST_DATA_LENGTH" if log == "HISTORY" else "EVENT_DATA_LENGTH"]
        ours = self.is_ours() and length == events.ARGUMENT_LENGTH
        entries = records.in_use(fields, "ENTRIES")
        fields["ENTRIES"] = [records.event_fields(entry, ours, log) for entry in entries]
        return [Entry(title) for title in records.event_titles(fields["ENTRIES"], ours, log)]

    def _demand_readings(self, selector: int, which: str, demand: dict[str, Any]) -> list[Reading]:
        """What a meter with demands says of one: its extremes with their times, and its sums."""
        readings = []
        for i, count in enumerate(demand["DEMAND"]):
            when = _date(demand["EVENT_TIME"][i]) if "EVENT_TIME" in demand else None
            readings.append(self._demand(selector, which, count, f"at {when}" if when else ""))
        for name, words in (("CUM_", "cumulative"), ("CONT_CUM_", "continuous cumulative")):
            if name + "DEMAND" in demand:
                readings.append(self._reading(selector, demand[name + "DEMAND"], words))
        return readings

    def _demand(self, selector: int, words: str, count: int, note: str) -> Reading:
        return self._reading(selector, count, words, note, self._dims["NI_FORMAT2"])

    def _reading(
        self, selector: int, count: int, words: str = "", note: str = "", ni: int | None = None
    ) -> Reading:
        """The count that belongs to source `selector` of ST16, in the unit that ST12 gives it.

        `ni` is the number format of the count, if not NI_FORMAT1.
        """
        ni = self._dims["NI_FORMAT1"] if ni is None else ni
        scale = _NI_SCALED_EXPONENT if ni == types.NI_INT32_SCALED else 0
        label, symbol, exponent = self.meaning(selector)
        value = Decimal(count).scaleb(scale + exponent)
        return Reading(f"{words} {label}".lstrip(), value, symbol, note)

    def meaning(self, selector: int) -> tuple[str, str, int]:
        """Words, symbol of the unit and power of ten of source `selector` of ST16."""
        sources = self._values_once(16)["SOURCE_DEFINITION"]
        if selector >= len(sources) or not sources[selector]["UOM_ENTRY_FLAG"]:
            return f"source {selector}", "", 0
        if not sources[selector]["PULSE_ENGR_FLAG"]:
            return f"source {selector}", "pulses", 0
        entry = sum(source["UOM_ENTRY_FLAG"] for source in sources[:selector])
        entries = self._values_once(12)["UOM_ENTRY"]
        if entry >= len(entries):
            raise MalformedTable(f"source {selector} has no unit of measure in ST12")
        unit = unit_of(entries[entry])
        return unit.label, unit.symbol, unit.exponent

    def _display_sources(self, values: dict[str, Any]) -> dict[str, Any]:
        """ST32 in words, when its format is known: it is each manufacturer's own."""
        if not self.is_ours() or self._dims["WIDTH_DISP_SOURCES"] != decade3.SOURCE_WIDTH:
            return {}
        parts = resolve(decade3.SOURCE, {})
        sources = [entry["DISP_SOURCE"] for entry in values["DISP_SOURCES"]]
        return {"DISP_SOURCES": [plain(parts, decode(parts, octets)) for octets in sources]}


def _chosen(selectors: list[int], values: Iterable[Any]) -> list[tuple[int, Any]]:
    """What selectors say of values; of those that select nothing, nothing."""
    pairs = zip(selectors, values, strict=True)
    return [(selector, value) for selector, value in pairs if selector != _NO_SOURCE]


def _response_fields(values: dict[str, Any], ours: bool) -> dict[str, Any]:
    """The response data of ST8 in words, when the procedure is known and gave them."""
    declared = procedures.PROCEDURES + (service.PROCEDURES if ours else ())
    known = {procedure.number: procedure for procedure in declared}
    asked = values["TABLE_IDB"]
    number = asked["PROC_NBR"] | (types.MANUFACTURER if asked["MFG_FLAG"] else 0)
    procedure = known.get(number)
    if procedure is None or not values["RESP_DATA"]:
        return {}
    parts = resolve(procedure.response, {})
    if len(values["RESP_DATA"]) != size_of(parts):
        return {}
    return {"RESP_DATA": plain(parts, decode(parts, values["RESP_DATA"]))}


def plain(parts: tuple, values: dict[str, Any]) -> dict[str, Any]:
    """Decoded values in types that JSON has.

    Strings lose their padding; sets become lists of element numbers, times ISO 8601 (a date of
    zeros: None), binary hex.
    """
    result = {}
    for name, kind, many, _, _, inner, _ in parts:
        value = values[name]
        result[name] = (
            [_plain_element(kind, inner, element) for element in value]
            if many
            else _plain_element(kind, inner, value)
        )
    return result


def _plain_element(kind: int, inner: tuple, value: Any) -> Any:
    if kind == types.RECORD:
        return plain(inner, value)
    if kind == types.STRING:
        return value.rstrip(b" \0").decode("latin-1")
    if kind == types.SET:
        return members(value)
    if kind == types.DATE:
        return _date(value)
    if kind == types.TIME:
        return _time(value)
    if kind == types.BINARY:
        return value.hex()
    return value


def _date(octets: bytes) -> str | None:
    if not any(octets):
        return None
    year = octets[0] + (1900 if octets[0] >= 90 else 2000)
    return f"{year}-{octets[1]:02}-{octets[2]:02}T{_time(octets[3:])}"


def moment(octets: bytes) -> datetime | None:
    """A date and time in octets; None for zeros."""
    text = _date(octets)
    return None if text is None else datetime.fromisoformat(text)


def _time(octets: bytes) -> str:
    return ":".join(f"{octet:02}" for octet in octets)
