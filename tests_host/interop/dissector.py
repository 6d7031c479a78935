"""Wireshark's dissector of C12.22, an independent reader of what client and meter say.

C12.22 carries services and responses as C12.18 spells them, each with its length before it
(EPSEM), in an ACSE message. Here they are put into such messages, one to a UDP datagram, and
shown to tshark as a capture.
"""

import shutil
import struct
import subprocess
import xml.etree.ElementTree as xml
from typing import NamedTuple

TSHARK = shutil.which("tshark")

_PORT = 1153
_PCAP = 0xA1B2C3D4
_RAW_IP = 101  # link type: a packet begins with its IP header
_UDP = 17
_ENDS = bytes((10, 0, 0, 1)), bytes((10, 0, 0, 2))
_TITLES = b"\x80\x01\x02", b"\x80\x01\x01"  # called and calling, relative object identifiers
_CLEAR_TEXT = b"\x80"  # the reserved bit is always set
_OCTETS = ("data", "write.data")
_TEXTS = ("logon.user", "security.password")


class Seen(NamedTuple):
    """What the dissector makes of a message."""

    title: str  # its own words, such as "Full Read (ST-23)"
    fields: dict  # by name without "c1222.", as number, octets or text
    left: int  # octets that no field is of
    complaints: list


class Tap:
    """Keeps what a client says and is answered from now on."""

    def __init__(self, client):
        self.said = []
        self._exchange = client._link.exchange
        client._link.exchange = self._keep

    def _keep(self, request):
        response = self._exchange(request)
        self.said.append((request, response))
        return response

    def seen(self):
        """The dissector's view: pairs of request and response."""
        both = iter(dissect(*(message for pair in self.said for message in pair)))
        return list(zip(both, both, strict=True))


def dissect(*messages):
    """What the dissector makes of each of these requests and responses."""
    capture = struct.pack("<IHHiIII", _PCAP, 2, 4, 0, 0, 0x40000, _RAW_IP)
    for number, message in enumerate(messages):
        packet = _datagram(_message(number, message))
        capture += struct.pack("<IIII", number, 0, len(packet), len(packet)) + packet
    command = [TSHARK, "-n", "-r", "-", "-T", "pdml"]
    done = subprocess.run(command, input=capture, capture_output=True, check=True, timeout=120)
    packets = xml.fromstring(done.stdout).findall("packet")
    assert len(packets) == len(messages)
    return [_seen(packet) for packet in packets]


def _message(number, octets):
    called, calling = (
        _tagged(tag, title) for tag, title in zip((0xA2, 0xA6), _TITLES, strict=True)
    )
    invocation = _tagged(0xA8, _tagged(0x02, number.to_bytes(2, "big")))
    epsem = _CLEAR_TEXT + _length(octets) + octets
    user_information = _tagged(0xBE, _tagged(0x28, _tagged(0x81, epsem)))
    return _tagged(0x60, called + calling + invocation + user_information)


def _tagged(tag, octets):
    return bytes((tag,)) + _length(octets) + octets


def _length(octets):
    # BER's: up to 127 as it is, above with the number of its octets before it.
    count = len(octets)
    if count < 0x80:
        return bytes((count,))
    size = (count.bit_length() + 7) // 8
    return bytes((0x80 | size,)) + count.to_bytes(size, "big")


def _datagram(octets):
    udp = struct.pack(">HHHH", _PORT, _PORT, 8 + len(octets), 0) + octets
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, _UDP, 0)
    return ip + b"".join(_ENDS) + udp


def _seen(packet):
    epsem = packet.find(".//field[@name='c1222.epsem.data']")
    fields, covered = {}, set()
    for field in epsem.findall("field"):
        name = field.get("name").removeprefix("c1222.")
        if name != "_ws.expert":
            fields[name] = _value(name, field)
            at = int(field.get("pos"))
            covered.update(range(at, at + int(field.get("size"))))
    complaints = [e.get("show") for e in packet.iter() if e.get("name") == "_ws.expert.message"]
    complaints += [e.get("showname") for e in packet.iter() if e.get("name") == "_ws.malformed"]
    title = epsem.get("showname").removeprefix("C12.22 EPSEM: ")
    return Seen(title, fields, int(epsem.get("size")) - len(covered), complaints)


def _value(name, field):
    if name in _OCTETS:
        return bytes.fromhex(field.get("value"))
    return field.get("show") if name in _TEXTS else int(field.get("show"), 0)
