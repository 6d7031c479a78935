"""A C12.18 client: read and program any ANSI meter at its optical port."""

from picometer.reader.client import Client, open_session
from picometer.reader.errors import (
    LinkError,
    NoAnswer,
    PortError,
    ReaderError,
    ResponseError,
    ServiceError,
)

__all__ = [
    "Client",
    "LinkError",
    "NoAnswer",
    "PortError",
    "ReaderError",
    "ResponseError",
    "ServiceError",
    "open_session",
]
