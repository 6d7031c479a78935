"""Tables as named fields: the declarations that our own meter serves from, read backwards.

A meter's own ST0 says how it writes values, and its ST0, ST11, ST21, ST31, ST61, ST62 and ST71
size the fields, so that any C12.19 meter can be read.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from c1219 import decade0, decade2, decade3, decade7, events, procedures, service, types
from c1219.codec import members
from c1219.types import size_of
from picometer.errors import UserError
from picometer.reader import records
from picometer.reader.declared import DIMENSIONS, fields_of, head_of, name_of
from picometer.reader.errors import LinkError, PortError, ServiceError
from picometer.reader.formats import OURS, Formats, UnsupportedFormat
from picometer.reader.pieces import in_pieces, is_too_long
from picometer.reader.report import Entry, Reading, Refusal, Report
from picometer.reader.units import unit_of

__all__ = ["MalformedTable", "TableReader", "UnsupportedFormat", "plain"]

_RESPONSE_HEAD = 4  # octets of ST8 before the response data
_NO_SOURCE = 255
_TIERS = "ABCDEFGH"


class MalformedTable(UserError):
    """A table's octets do not fit its declaration."""


class TableReader:
    """Reads and decodes a meter's tables.

    Tables that say how others are laid out or what they mean are read once, when first needed.

    read    gives the octets of a table, from its number
    piece   gives so many octets of a table from an offset on: (number, offset, count); None if
            only whole tables can be read
    room    octets of a table that one answer has room for, as far as that is known
    """

    def __init__(
        self,
        read: Callable[[int], bytes],
        piece: Callable[[int, int, int], bytes] | None = None,
        room: int = 1024,
    ) -> None:
        self._read = read
        self._piece = piece
        self._room = room
        self._known: dict[int, bytes] = {}
        self._dims: dict[str, Any] = {}
        self._formats = OURS
        self._learned: set[int] = set()

    @classmethod
    def of(cls, client: Any) -> "TableReader":
        """One that reads through a Client, in pieces what does not fit its packets."""
        return cls(client.read, client.read_offset, client.room)

    def report(self, number: int) -> Report:
        """Read table `number` anew and decode it.

        Raises UnsupportedFormat or MalformedTable, and whatever `read` raises.
        """
        report, wrong = self._report(number)
        if wrong is not None:
            raise wrong
        return report

    def _report(self, number: int) -> tuple[Report, UserError | None]:
        """A table decoded, and what kept its readings from having units, if anything did."""
        fields = self._fields(number)
        name = name_of(number, self._is_ours())
        if fields is None:
            return Report(number, name, self._octets(number), None), None
        self._learn_for(number)
        octets = self._octets(number, fields)
        if number == decade0.ST8.number:
            self._dims["RESPONSE_LENGTH"] = max(0, len(octets) - _RESPONSE_HEAD)
        parts = self._parts(number, fields)
        values = self._decode(number, parts, octets)
        shown = self._formats_of(number).plain(parts, values)
        if number == decade0.ST8.number:
            shown |= self._response_fields(values)
        elif number == decade3.ST32.number:
            shown |= self._display_sources(values)
        try:
            entries = self._entries(number, shown, values)
            readings = self._readings(number, values)
        except (LinkError, PortError):
            raise
        except UserError as error:
            return Report(number, name, octets, shown, why=str(error)), error
        return Report(number, name, octets, shown, readings, entries), None

    def _entries(
        self, number: int, shown: dict[str, Any], values: dict[str, Any]
    ) -> list[Entry] | None:
        """The entries of a table that is a list; None for others."""
        if number == decade2.ST26.number:
            return self._self_reads(shown, values)
        if number == decade7.ST74.number:
            return self._log(shown, "HISTORY")
        if number == decade7.ST76.number:
            return self._log(shown, "EVENT")
        return None

    def shown(self, number: int) -> Report | Refusal:
        """Table `number` as far as it can be read: decoded, or else its octets and what kept them
        from being decoded, or else why it cannot be read.

        Raises LinkError or PortError only.
        """
        try:
            return self._report(number)[0]
        except (LinkError, PortError):
            raise
        except UserError as error:
            why = error
        try:
            octets = self._octets(number)
        except (LinkError, PortError):
            raise
        except UserError as error:
            return Refusal(number, str(error), getattr(error, "code", None))
        return Report(number, name_of(number, self._is_ours()), octets, None, why=str(why))

    def tables_used(self) -> list[int]:
        """Table numbers that ST0 lists, manufacturer tables last."""
        self._learn_for(0)
        manufacturer = [types.MANUFACTURER + n for n in members(self._dims["MFG_TBLS_USED"])]
        return members(self._dims["STD_TBLS_USED"]) + manufacturer

    def stored(self, number: int) -> tuple[tuple, dict[str, Any]]:
        """Parts and decoded values of a declared table, read anew: to be changed and encoded.

        Raises as `report`.
        """
        fields = self._declared(number)
        parts = self._parts(number, fields)
        return parts, self._decode(number, parts, self._octets(number, fields))

    def parts(self, number: int) -> tuple:
        """Parts of a declared table, which may be too long to be read at once."""
        return self._parts(number, self._declared(number))

    def dimensions(self, number: int) -> dict[str, Any]:
        """The elements that size tables of the decade of `number`, by name."""
        self._learn_for(number)
        return self._dims

    @property
    def formats(self) -> Formats:
        """How the meter writes its values."""
        self._learn_for(0)
        return self._formats

    def is_ours(self) -> bool:
        """Whether it is a Picometer, whose manufacturer's tables are known."""
        self._learn_for(0)
        return self._is_ours()

    def _is_ours(self) -> bool:
        return self._dims.get("DEVICE_CLASS") == decade0.MANUFACTURER_CODE

    def _fields(self, number: int) -> tuple | None:
        """Declared fields of a table; None if no meter's are known, or not this meter's."""
        if number == 0 or fields_of(number, [], True) is None:
            return fields_of(number, [], True)
        return fields_of(number, self.tables_used(), self.is_ours())

    def _declared(self, number: int) -> tuple:
        """Fields of a table. KeyError if it is not declared."""
        fields = self._fields(number)
        if fields is None:
            raise KeyError(number)
        return fields

    def _parts(self, number: int, fields: tuple) -> tuple:
        self._learn_for(number)
        try:
            return self._formats_of(number).parts(fields, self._dims)
        except KeyError as error:
            raise MalformedTable(
                f"table {number}: the meter has no table that gives {error}"
            ) from error

    def _learn_for(self, number: int) -> None:
        """Learn ST0 and the dimension tables of the decade of `number` that the meter has."""
        decade = number // 10 * 10
        for source in DIMENSIONS:
            if source in self._learned or not (
                source in (0, decade + 1) or decade < source < number < decade + 10
            ):
                continue
            limits = source - 1  # where there is nothing else, they are what holds
            used = members(self._dims["STD_TBLS_USED"]) if source else [0]
            if source in used:
                self._learn(source, source)
            elif source % 10 == 1 and limits in used:
                self._learn(source, limits)
            self._learned.add(source)

    def _learn(self, number: int, source: int) -> None:
        """Learn the elements of dimension table `number` from the octets of table `source`."""
        octets = self._once(source)
        used = members(self._dims["STD_TBLS_USED"]) if number else []
        try:
            for fields in filter(None, (head_of(number), fields_of(number, used, False))):
                formats = self._formats_of(number)
                values = formats.decode(formats.parts(fields, self._dims), octets)
                for name, value in values.items():
                    self._dims.update(value if isinstance(value, dict) else {name: value})
        except ValueError as error:
            raise MalformedTable(f"table {source}: {error}") from error
        if number == 0:
            self._formats = Formats.of(self._dims)

    def _formats_of(self, number: int) -> Formats:
        """Those of a table: ST0 is written alike by all meters."""
        return self._formats if number else OURS

    def _octets(self, number: int, fields: tuple | None = None) -> bytes:
        """A table anew, in pieces if it is too long for one answer; `fields` tell how long."""
        try:
            return bytes(self._read(number))
        except ServiceError as error:
            if self._piece is None or not is_too_long(error):
                raise
            size = None
            if fields is not None and number not in (0, decade0.ST8.number):
                size = size_of(self._parts(number, fields))
            found = in_pieces(self._piece, number, size, self._room)
            if not found:
                raise
            return found

    def _once(self, number: int) -> bytes:
        if number not in self._known:
            self._known[number] = self._octets(number)
        return self._known[number]

    def _values_once(self, number: int) -> dict[str, Any]:
        parts = self._parts(number, self._declared(number))
        return self._decode(number, parts, self._once(number))

    def _decode(self, number: int, parts: tuple, octets: bytes) -> dict[str, Any]:
        if len(octets) != size_of(parts):
            raise MalformedTable(
                f"table {number}: {len(octets)} octets where {size_of(parts)} are declared"
            )
        return self._formats_of(number).decode(parts, octets)

    def _readings(self, number: int, values: dict[str, Any]) -> list[Reading]:
        readings: list[Reading] = []
        if number in (23, 24, 25):
            readings = self._register_readings(values)
        elif number == 28:
            selected = self._values_once(27)
            demands = values["PRESENT_DEMANDS"]
            for selector, demand in _chosen(selected["PRESENT_DEMAND_SELECT"], demands):
                left = demand.get("TIME_REMAINING")
                note = f"{self._formats.time(left)} remaining" if left else ""
                readings.append(self._reading(selector, demand["DEMAND_VALUE"], "present", note))
            present = values["PRESENT_VALUES"]
            for selector, count in _chosen(selected["PRESENT_VALUE_SELECT"], present):
                readings.append(self._reading(selector, count))
        return readings

    def _register_readings(self, record: dict[str, Any]) -> list[Reading]:
        """What the registers of ST23 to 26 say: all of it together, then tier by tier."""
        readings = self._block_readings(record["TOT_DATA_BLOCK"], "")
        for tier, block in enumerate(record["TIER_DATA_BLOCK"]):
            letter = _TIERS[tier] if tier < len(_TIERS) else str(tier + 1)
            readings += self._block_readings(block, f"tier {letter} ")
        return readings

    def _block_readings(self, block: dict[str, Any], tier: str) -> list[Reading]:
        """What a data block says, as ST22 selects it."""
        readings = []
        selected = self._values_once(22)
        for selector, count in _chosen(selected["SUMMATION_SELECT"], block["SUMMATIONS"]):
            readings.append(self._reading(selector, count, tier))
        maxima = members(selected["MIN_OR_MAX_FLAGS"])
        demands = enumerate(block["DEMANDS"])
        for selector, (i, demand) in _chosen(selected["DEMAND_SELECT"], demands):
            which = "maximum" if i in maxima else "minimum"
            readings += self._demand_readings(selector, tier, which, demand)
        coincidents = enumerate(block["COINCIDENTS"])
        for selector, (i, coincident) in _chosen(selected["COINCIDENT_SELECT"], coincidents):
            demand = selected["COIN_DEMAND_ASSOC"][i]
            of = selected["DEMAND_SELECT"][demand : demand + 1]
            note = f"with {self.meaning(of[0])[0]}" if of else ""
            for count in coincident["COINCIDENT_VALUES"]:
                readings.append(self._reading(selector, count, f"{tier}coincident", note))
        return readings

    def _self_reads(self, fields: dict[str, Any], values: dict[str, Any]) -> list[Entry]:
        """The entries of ST26; of `fields` only those that say something stay."""
        name = "SELF_READS_ENTRIES"
        kept = records.in_use(fields, name)
        fields[name] = [entry for _, entry in kept]
        return [
            Entry(records.self_read_title(entry), self._register_readings(values[name][i]))
            for i, entry in kept
        ]

    def _log(self, fields: dict[str, Any], log: str) -> list[Entry]:
        """The entries of ST74 or ST76; of `fields` only those that say something stay."""
        length = self._dims["HIST_DATA_LENGTH" if log == "HISTORY" else "EVENT_DATA_LENGTH"]
        ours = self.is_ours() and length == events.ARGUMENT_LENGTH
        entries = [entry for _, entry in records.in_use(fields, "ENTRIES")]
        fields["ENTRIES"] = [records.event_fields(entry, ours, log) for entry in entries]
        return [Entry(title) for title in records.event_titles(fields["ENTRIES"], ours, log)]

    def _demand_readings(
        self, selector: int, tier: str, which: str, demand: dict[str, Any]
    ) -> list[Reading]:
        """What a meter with demands says of one: its extremes with their times, and its sums."""
        readings = []
        for i, count in enumerate(demand["DEMAND"]):
            when = self._formats.date(demand["EVENT_TIME"][i]) if "EVENT_TIME" in demand else None
            note = f"at {when}" if when else ""
            readings.append(self._reading(selector, count, tier + which, note))
        for name, words in (("CUM_", "cumulative"), ("CONT_CUM_", "continuous cumulative")):
            if name + "DEMAND" in demand:
                readings.append(self._reading(selector, demand[name + "DEMAND"], tier + words))
        return readings

    def _reading(self, selector: int, number: Any, words: str = "", note: str = "") -> Reading:
        """The number that belongs to source `selector` of ST16, in the unit that ST12 gives it.

        A number that is none, as a meter may send, is no reading, and says so.
        """
        label, symbol, exponent = self.meaning(selector)
        label = f"{words.strip()} {label}".lstrip()
        if number is None:
            return Reading(label, None, symbol, "not a number")
        factor, offset = self._constants(selector)
        value = Decimal(number) * factor + offset
        return Reading(label, value.scaleb(exponent), symbol, note)

    def _constants(self, selector: int) -> tuple[Decimal, Decimal]:
        """What a source is still to be multiplied by and what added, as ST16 and ST15 say."""
        sources = self._values_once(16)["SOURCE_DEFINITION"]
        if selector >= len(sources) or not sources[selector]["CONSTANT_TO_BE_APPLIED"]:
            return Decimal(1), Decimal(0)
        entry = sum(source["CONSTANTS_FLAG"] for source in sources[:selector])
        entries = self._values_once(15)["CONSTANTS"]
        if not sources[selector]["CONSTANTS_FLAG"] or entry >= len(entries):
            raise MalformedTable(f"source {selector} has no constants in ST15")
        return Decimal(entries[entry]["MULTIPLIER"] or 0), Decimal(entries[entry]["OFFSET"] or 0)

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
        sources = [entry["DISP_SOURCE"] for entry in values["DISP_SOURCES"]]
        return {"DISP_SOURCES": [plain(decade3.SOURCE, octets) for octets in sources]}

    def _response_fields(self, values: dict[str, Any]) -> dict[str, Any]:
        """The response data of ST8 in words, when the procedure is known and gave them."""
        declared = procedures.PROCEDURES + (service.PROCEDURES if self.is_ours() else ())
        known = {procedure.number: procedure for procedure in declared}
        asked, octets = values["TABLE_IDB"], values["RESP_DATA"]
        number = asked["PROC_NBR"] | (types.MANUFACTURER if asked["MFG_FLAG"] else 0)
        procedure = known.get(number)
        if procedure is None or not octets:
            return {}
        parts = self._formats.parts(procedure.response, {})
        if len(octets) != size_of(parts):
            return {}
        return {"RESP_DATA": self._formats.plain(parts, self._formats.decode(parts, octets))}


def _chosen(selectors: list[int], values: Iterable[Any]) -> list[tuple[int, Any]]:
    """What selectors say of values; of those that select nothing, nothing."""
    pairs = zip(selectors, values, strict=True)
    return [(selector, value) for selector, value in pairs if selector != _NO_SOURCE]


def plain(fields: tuple, octets: bytes) -> dict[str, Any]:
    """Octets of our own meter, of these fields and no dimensions, in types that JSON has."""
    parts = OURS.parts(fields, {})
    return OURS.plain(parts, OURS.decode(parts, octets))
