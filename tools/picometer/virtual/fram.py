"""A 256 kB SPI FRAM (MB85RS2MTA class), byte by byte, power cut after any of them.

Opcodes, latch and status register after Fujitsu's MB85RS2MTA data sheet. Sleep mode and
fast read are left out: no driver of this project uses them.
"""

import mmap
from collections.abc import Callable
from typing import Protocol

WREN = 0x06
WRDI = 0x04
RDSR = 0x05
WRSR = 0x01
READ = 0x03
WRITE = 0x02
RDID = 0x9F

STATUS_WEL = 0x02
STATUS_BP0 = 0x04
STATUS_BP1 = 0x08
STATUS_WPEN = 0x80

_STATUS_WRITABLE = STATUS_WPEN | STATUS_BP1 | STATUS_BP0
_CLEAR_WEL = (WRITE, WRDI, WRSR)
_IDENTITY = bytes((0x04, 0x7F, 0x48, 0x03))
_UNPROTECTED_QUARTERS = (4, 3, 2, 0)  # by BP1 and BP0
_IDLE = 0xFF  # what MISO reads while the chip does not drive it
_HEADER = 4  # opcode and three address bytes


Cells = bytearray | mmap.mmap
"""The cells of a memory, which a state file may hold."""


class HasCells(Protocol):
    """A memory, or a file of one."""

    @property
    def memory(self) -> Cells: ...


class Fram:
    """The chip at bus level: `select()`, any number of `exchange()` calls, `deselect()`.

    A memory byte is stored for good as its eighth bit arrives; nothing is buffered. The
    write-enable latch clears at the end of a WRITE or WRSR frame and at power-up.

    memory          the cells; keep their state by copying this
    stuck           address -> (mask, value): bits of a cell that always read as `value`
    write_protect   the WP pin is low: with WPEN set, the status register cannot be written
    missing         the chip is not on its bus, though it has power: it hears and says nothing
    disturb         None, or called with what leaves the chip after each exchange of a frame that
                    reads, and the address of the first octet (None: status or identity); returns
                    as many octets, which arrive instead. See picometer.virtual.disturbances
    bytes_written   memory bytes stored since construction
    on_written      None, or called after each WRITE frame with the address behind its last byte
    """

    spi_modes = (0, 3)

    def __init__(self, size: int = 262144) -> None:
        """A chip of `size` octets; addresses beyond wrap."""
        self.memory: Cells = bytearray(size)
        self.missing = False
        self.disturb: Callable[[bytes, int | None], bytes] | None = None
        self.stuck: dict[int, tuple[int, int]] = {}
        self.write_protect = False
        self.bytes_written = 0
        self.on_written: Callable[[int], None] | None = None
        self.status = 0  # WPEN, BP1 and BP0 are non-volatile
        self._size = size
        self._powered = False
        self._address = 0
        self._header = b""
        self._opcode = 0
        self._cut_at: int | None = None
        self._garbled: int | None = None
        self._on_cut: Callable[[], None] = _no_cut
        self._phase = self._ignore

    @property
    def foreseen(self) -> bool:
        """Whether what a read gives is what lies in the cells."""
        return not self.stuck and self.disturb is None and not self.missing

    def protect(self, blocks: int = 3, write_protect: bool = False) -> None:
        """Set block protection from outside, as a glitch on the bus would: BP1 and BP0.

        With `write_protect` also WPEN and the WP pin, and then no command clears it.
        """
        self.status = self.status & ~_STATUS_WRITABLE | (blocks & 3) << 2
        self.write_protect = write_protect
        if write_protect:
            self.status |= STATUS_WPEN

    def power_on(self) -> None:
        """Supply on: write-enable latch clear, no frame under way."""
        self._powered = True
        self.status &= ~STATUS_WEL
        self._phase = self._ignore

    def power_off(self) -> None:
        """Supply off: a frame under way ends where it is; the memory keeps."""
        self._powered = False
        self._opcode = 0
        self._phase = self._ignore

    def cut_after(
        self, n_bytes: int, on_cut: Callable[[], None], garbled: int | None = None
    ) -> None:
        """Call `on_cut()` once `n_bytes` more memory bytes have been written.

        0 means just before the next one. `on_cut` powers the board off and raises PowerCut;
        no byte behind the cut is stored, but of the one under way may be left what `garbled` says.
        """
        self._cut_at = self.bytes_written + n_bytes
        self._garbled = garbled
        self._on_cut = on_cut

    def select(self) -> None:
        """CS falls: a frame begins."""
        if self._powered and not self.missing:
            self._opcode = 0
            self._phase = self._command

    def deselect(self) -> None:
        """CS rises: the frame ends, the latch changes now."""
        opcode = self._opcode
        if opcode == WREN:
            self.status |= STATUS_WEL
        elif opcode in _CLEAR_WEL:
            self.status &= ~STATUS_WEL
        self._opcode = 0
        self._phase = self._ignore
        if opcode == WRITE and self.on_written is not None:
            self.on_written(self._address)

    def exchange(self, mosi: bytes) -> bytes:
        """Clock `mosi` in; returns as many MISO bytes."""
        return self._phase(mosi) if mosi else b""

    # One method per phase of a frame; each may hand the rest of its bytes to the next.

    def _ignore(self, mosi: bytes) -> bytes:
        return b"\xff" * len(mosi)

    def _command(self, mosi: bytes) -> bytes:
        opcode = mosi[0]
        self._opcode = opcode
        if opcode in (WRITE, READ):
            self._header = b""
            self._phase = self._addressing
            return self._addressing(mosi)
        if opcode == RDSR:
            self._phase = self._read_status
        elif opcode == WRSR:
            self._phase = self._write_status
        elif opcode == RDID:
            self._address = 0
            self._phase = self._read_identity
        else:
            self._phase = self._ignore
        return b"\xff" + self.exchange(mosi[1:]) if len(mosi) > 1 else b"\xff"

    def _addressing(self, mosi: bytes) -> bytes:
        missing = _HEADER - len(self._header)
        header = self._header = self._header + mosi[:missing]
        if len(header) < _HEADER:
            return b"\xff" * len(mosi)
        self._address = int.from_bytes(header[1:], "big") % self._size
        if self._opcode == READ:
            self._phase = self._read
        elif self.status & STATUS_WEL:
            self._phase = self._write
        else:
            self._phase = self._ignore
        return b"\xff" * missing + self.exchange(mosi[missing:])

    def _arrives(self, octets: bytes, address: int | None) -> bytes:
        return octets if self.disturb is None else self.disturb(octets, address)

    def _read(self, mosi: bytes) -> bytes:
        start = self._address
        return self._arrives(self._cells(mosi), start)

    def _cells(self, mosi: bytes) -> bytes:
        start = self._address
        end = start + len(mosi)
        if end <= self._size and not self.stuck:
            self._address = end % self._size
            return bytes(self.memory[start:end])
        out = bytearray()
        for address in range(start, end):
            cell = address % self._size
            mask, value = self.stuck.get(cell, (0, 0))
            out.append(self.memory[cell] & ~mask | value & mask)
        self._address = end % self._size
        return bytes(out)

    def _write(self, mosi: bytes) -> bytes:
        count = len(mosi)
        cut_at = self._cut_at
        if cut_at is not None and self.bytes_written + count >= cut_at:
            whole = cut_at - self.bytes_written
            self._store(mosi[:whole])
            if self._garbled is not None and whole < count:
                self._store(bytes((self._garbled,)))
            self._cut_at = None
            self._on_cut()
        else:
            self._store(mosi)
        return b"\xff" * count

    def _store(self, data: bytes) -> None:
        start = self._address
        end = start + len(data)
        if end <= self._first_protected():
            self.memory[start:end] = data
            self.bytes_written += len(data)
        else:
            for address, byte in enumerate(data, start):
                cell = address % self._size
                if cell < self._first_protected():
                    self.memory[cell] = byte
                    self.bytes_written += 1
        self._address = end % self._size

    def _first_protected(self) -> int:
        """Block protection: none, the upper quarter, the upper half or all of the memory."""
        return self._size * _UNPROTECTED_QUARTERS[self.status >> 2 & 3] // 4

    def _read_status(self, mosi: bytes) -> bytes:
        return self._arrives(bytes((self.status,)) * len(mosi), None)

    def _write_status(self, mosi: bytes) -> bytes:
        locked = self.write_protect and self.status & STATUS_WPEN
        if self.status & STATUS_WEL and not locked:
            kept = self.status & ~_STATUS_WRITABLE
            self.status = kept | mosi[0] & _STATUS_WRITABLE
        self._phase = self._ignore
        return b"\xff" * len(mosi)

    def _read_identity(self, mosi: bytes) -> bytes:
        start = self._address
        self._address = start + len(mosi)
        answer = _IDENTITY[start : self._address]
        return self._arrives(answer + bytes((_IDLE,)) * (len(mosi) - len(answer)), None)


def _no_cut() -> None:
    """Placeholder until `cut_after` arms one."""
