"""Procedures as a client asks for them: ST7 written, ST8 read."""

import time
from collections.abc import Callable
from typing import Any

from c1219 import decade0, procedures
from c1219.types import size_of

from .client import Client
from .errors import ReaderError, ResponseError
from .formats import OURS, Formats

_HEAD = 3  # TABLE_IDB and SEQ_NBR
_RESULT = 3
_DATA = 4
_SEQUENCE_NUMBERS = 255
_POLLS = 20
_POLL_S = 0.5
# These end with a restart, which waits for the end of the session; a refusal comes at once.
_RESTARTS = (procedures.COLD_START.number, procedures.WARM_START.number)
_POLLS_BEFORE_RESTART = 3

_RESULTS = {
    procedures.COMPLETED: "completed",
    procedures.ACCEPTED: "accepted, not completed yet",
    procedures.INVALID_PARAMETER: "invalid parameter",
    procedures.CONFLICT: "conflicts with how the meter is set up",
    procedures.TIMING: "timing constraint: not now",
    procedures.NO_AUTHORISATION: "no authorisation for this procedure",
    procedures.UNRECOGNISED: "procedure not recognised",
}


def result_words(code: int) -> str:
    """A result code of ST8 in words."""
    return _RESULTS.get(code, f"result code {code}")


class ProcedureError(ReaderError):
    """The meter did not run a procedure, or not to its end.

    code      ST8's result code
    response  response data, empty when there is none
    """

    def __init__(self, code: int, name: str, response: dict[str, Any]) -> None:
        super().__init__(f"{name} refused: {result_words(code)}")
        self.code = code
        self.response = response

    @property
    def lacks_rights(self) -> bool:
        """Whether another password might help."""
        return self.code == procedures.NO_AUTHORISATION


class Caller:
    """Runs procedures in a client's session, each with a sequence number of its own.

    wait     lets so many seconds go by
    formats  how the meter writes its values
    """

    def __init__(
        self,
        client: Client,
        wait: Callable[[float], None] = time.sleep,
        formats: Formats = OURS,
    ) -> None:
        self._client = client
        self._wait = wait
        self._formats = formats
        self._sequence = 0

    def run(
        self, procedure: procedures.Procedure, parameters: dict[str, Any], name: str
    ) -> tuple[int, dict[str, Any]]:
        """Run a procedure as `name`; its result code, COMPLETED or ACCEPTED, and its response
        data, empty when there is none. One that is accepted and goes on is asked again, for ten
        seconds at the most, and one that restarts the meter for a moment only.

        Raises ProcedureError when the meter refuses it, and whatever Client raises.
        """
        formats = self._formats
        octets = formats.encode(formats.parts(procedure.parameters, {}), parameters)
        code, data = self.run_octets(procedure.number, octets)
        restarts = procedure.number in _RESTARTS
        for _ in range(_POLLS_BEFORE_RESTART if restarts else _POLLS):
            if code != procedures.ACCEPTED:
                break
            self._wait(_POLL_S)
            code, data = self._response(procedure.number)
        parts = formats.parts(procedure.response, {})
        response = formats.decode(parts, data) if data and len(data) == size_of(parts) else {}
        if code not in (procedures.COMPLETED, procedures.ACCEPTED):
            raise ProcedureError(code, name, response)
        return code, response

    def run_octets(self, number: int, parameters: bytes) -> tuple[int, bytes]:
        """Result code and response data of procedure `number`, whatever they are."""
        self._sequence = self._sequence % _SEQUENCE_NUMBERS + 1
        self._client.write(decade0.ST7.number, self._request(number) + parameters)
        return self._response(number)

    def _request(self, number: int) -> bytes:
        return number.to_bytes(2, self._formats.order) + bytes([self._sequence])

    def _response(self, number: int) -> tuple[int, bytes]:
        request = self._request(number)
        response = self._client.read(decade0.ST8.number)
        if len(response) < _DATA or response[:_HEAD] != request:
            raise ResponseError(f"procedure {number}: ST8 answers another request")
        return response[_RESULT], response[_DATA:]
