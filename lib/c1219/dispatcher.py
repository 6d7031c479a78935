"""ST7 and ST8: a procedure asked for, run, and its response kept until the next one.

The service that writes ST7 answers OK whatever becomes of the procedure; ST8 tells that. It is
of one session and is forgotten when that ends, because the next client may have fewer rights.
"""

from .codec import decode, image_of, is_valid, set_of
from .procedures import (
    ACCEPTED,
    COMPLETED,
    INVALID_PARAMETER,
    NO_AUTHORISATION,
    TIMING,
    UNRECOGNISED,
)
from .types import MANUFACTURER, NotReady, resolve, size_of

_HEAD = 3  # TABLE_IDB and SEQ_NBR, of the request and of the response
_RESULT = 3
_DATA = 4
_NUMBER_MASK = 0x0FFF  # with MANUFACTURER

# SELECTOR: whether ST8 is to have the result. 0 and 3 differ in when a response of ACCEPTED is
# posted, which here is at once for both: clients of 0 poll too.
_ON_COMPLETION = 0
_ON_EXCEPTION = 1
_NEVER = 2
_AT_ONCE = 3


class Dispatcher:
    """Runs procedures for one session.

    pause       called after each, for what cannot wait
    offered     pairs of a Procedure and what runs it (see procedures)
    std, mfg    the SETs of ST0
    parameter_length, response_length   the longest of any procedure, in octets
    """

    def __init__(self, offered, pause):
        self._entries = {}
        self.parameter_length = 0
        self.response_length = 0
        for procedure, run in offered:
            self._entries[procedure.number] = (procedure, run)
            size = size_of(resolve(procedure.parameters, {}))
            self.parameter_length = max(self.parameter_length, size)
            size = size_of(resolve(procedure.response, {}))
            self.response_length = max(self.response_length, size)
            pause()
        numbers = list(self._entries)
        self.std = set_of([n for n in numbers if n < MANUFACTURER])
        self.mfg = set_of([n - MANUFACTURER for n in numbers if n >= MANUFACTURER])
        self._asked = bytearray(_HEAD + self.parameter_length)
        self.forget()

    def numbers(self):
        """Of all procedures, ascending, with MANUFACTURER for a manufacturer's."""
        return sorted(self._entries)

    def level(self, number):
        """Lowest access level that may run a procedure."""
        return self._entries[number][0].level

    def forget(self):
        """Nothing has been asked for: UNRECOGNISED is how ST8 says it."""
        self._asked[:_HEAD] = bytes(_HEAD)
        self._response = bytes((0, 0, 0, UNRECOGNISED))
        self._waiting = None

    def request(self):
        """The octets of ST7: the latest request, its parameters as zeros since some are secret."""
        return self._asked

    def response(self):
        """The octets of ST8."""
        return self._response

    def poll(self):
        """Ask a procedure that was accepted but not completed how it goes."""
        if self._waiting is not None:
            self._execute(self._waiting, None)

    def initiate(self, data, at, count, level):
        """Run what data[at:at+count] asks for, at least three octets, as a user of `level`.

        Returns the result code, whether or not it is posted.
        """
        self._asked[:_HEAD] = data[at : at + _HEAD]
        self._waiting = None
        word = data[at] | data[at + 1] << 8
        if word >> 12 > _AT_ONCE:
            return self._post(_ON_COMPLETION, INVALID_PARAMETER, b"")
        self._selector = word >> 12
        entry = self._entries.get(word & _NUMBER_MASK)
        if entry is None:
            return self._post(self._selector, UNRECOGNISED, b"")
        if level < entry[0].level:
            return self._post(self._selector, NO_AUTHORISATION, b"")
        parameters = _parameters(entry[0], data[at + _HEAD : at + count])
        if parameters is None:
            return self._post(self._selector, INVALID_PARAMETER, b"")
        return self._execute(entry, parameters)

    def _execute(self, entry, parameters):
        procedure, run = entry
        values = {}
        try:
            result = run(parameters, values)
        except NotReady:
            # Before it began, too early; later, nothing new.
            result = TIMING if parameters is not None else ACCEPTED
        octets = image_of(resolve(procedure.response, {}), values) if values else b""
        self._waiting = entry if result == ACCEPTED else None
        return self._post(self._selector, result, octets)

    def _post(self, selector, result, octets):
        if selector == _NEVER or selector == _ON_EXCEPTION and result in (COMPLETED, ACCEPTED):
            return result
        self._response = bytes(self._asked[:_HEAD]) + bytes((result,)) + octets
        return result


def _parameters(procedure, octets):
    """Decoded, or None when they cannot be.

    Zeros may follow them: ST7 has room for the longest parameters of all, and some clients write
    all of it, or cannot write none.
    """
    parts = resolve(procedure.parameters, {})
    size = size_of(parts)
    if len(octets) < size or any(octets[size:]) or not is_valid(parts, octets):
        return None
    values = decode(parts, octets)
    if procedure.check is not None and not procedure.check(values):
        return None
    return values
