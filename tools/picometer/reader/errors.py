"""What can go wrong between a reader and a meter."""

from picometer.errors import UserError
from psem import codes

_MEANINGS = {
    codes.ERR: "ERR: error",
    codes.SNS: "SNS: service not supported",
    codes.ISC: "ISC: insufficient security clearance",
    codes.ONP: "ONP: operation not possible",
    codes.IAR: "IAR: inappropriate action requested",
    codes.BSY: "BSY: device busy",
    codes.DNR: "DNR: data not ready",
    codes.DLK: "DLK: data locked",
    codes.RNO: "RNO: renegotiate",
    codes.ISSS: "ISSS: invalid service sequence state",
}


def code_name(code: int) -> str:
    """The abbreviation of a response code."""
    return _MEANINGS[code].partition(":")[0] if code in _MEANINGS else f"response code {code}"


class ReaderError(UserError):
    """Any failure to read or program a meter."""


class PortError(ReaderError):
    """The port could not be opened, or broke down while in use."""


class LinkError(ReaderError):
    """There is a meter, but packets do not get through."""


class NoAnswer(LinkError):
    """Nothing at all came back."""


class ResponseError(ReaderError):
    """The meter answered with something that is not a response to the request."""


class ServiceError(ReaderError):
    """The meter refused the request; `code` is its response code."""

    def __init__(self, code: int, request: str) -> None:
        meaning = _MEANINGS.get(code, f"response code {code:02x}")
        super().__init__(f"{request} refused: {meaning}")
        self.code = code

    @property
    def lacks_rights(self) -> bool:
        """Whether another password might help."""
        return self.code == codes.ISC


class PasswordRefused(ServiceError):
    """The meter does not take a password."""

    def __str__(self) -> str:
        what = "the meter does not take this password; each port has its own"
        return f"{self.where}: {what}" if self.where else what
