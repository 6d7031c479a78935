// The channel between the CPU (this process) and the chips around it (the Python process).
//
// Both sides take turns over a pair of pipes. Python sends any number of input frames and ends its turn with
// GO; the CPU then runs, sends any number of notices, and ends its turn with the first frame that
// needs an answer. There is no other concurrency, so a run is exactly repeatable.
//
// A frame is a header of 16 bytes, little-endian, and a payload:
//   u32 length of payload, u8 kind, u8 unit, u16 zero, f64 time
// `time` is simulated nanoseconds since the emulator began; it never goes back, resets included.
//
// From Python (kind, unit, payload):
//   G  GO          time = run until then at the latest; payload = answer to the frame that ended the CPU's
//                  turn; unit 1: the last byte of the answer repeats until chip select changes
//   g  watch pin   unit = GPIO; payload = flags (1 notify, 2 wait for an answer),
//                  SPI bus whose chip select it is or 255, number of don't-care answer bytes at the start
//                  of each selection, their value
//   p  pin         unit = GPIO; payload = level 0, 1, or 2 for not driven
//   u  UART        unit = UART; payload = bytes for the device, paced by the baud rate
//   c  USB serial  payload = bytes for the device
//   x  cut         payload = f64 count of instructions from now after which the power fails
//   b  power on    time = now; a cold start, flash kept; unit 1: with BOOTSEL held
//   m  leave BOOTSEL mode  as the boot ROM does when all of a UF2 file has come
//   o  power off   at once, also in place of an answer
//   l  load flash  payload = file name     s  save flash  payload = file name
//   k  change flash  payload = u32 offset, bytes that stand there from now on
//   q  quit
//
// From the CPU; those marked * end its turn:
//   D* done        the time of GO is reached; payload = f64 instructions executed so far
//   S* SPI         unit = bus + 16 * mode; payload = bytes since the last frame of this bus; the answer is the next
//                  byte from the chip, and those after it as far as they depend on nothing still to come
//   s  SPI         the same unit and bytes without a question, before chip select changes
//   P  pin         unit = GPIO; payload = level 0, 1, or 2 for high impedance     Q* the same, waiting
//   A* I2C address unit = bus; payload = address, 1 to read; answer 1 acknowledged, 0 not
//   W* I2C write   unit = bus; payload = byte; answer 1 or 0
//   R* I2C read    unit = bus; answer the next byte, and those after it as far as wanted
//   E  I2C stop    unit = bus
//   U  UART        unit = UART; payload = bytes that have left
//   B  baud        unit = UART; payload = f64 rate
//   C  USB serial  payload = bytes from the device
//   V  USB on      the image has turned on the USB controller
//   M  BOOTSEL     the boot ROM shows its drive, until the next reset or power cut
//   Z  reset       unit = 1 watchdog timer, 2 forced by software, 3 boot loader asked for
//   X* power cut   unit 1: inside a flash erase or program; payload = as with D
//   F* fault       payload = text; the emulator cannot go on

import fs from 'node:fs';

const HEADER = 16;
const INPUT = 0;
const OUTPUT = 1;

export class Channel {
  constructor() {
    this.input = Buffer.alloc(1 << 16);
    this.start = 0;
    this.end = 0;
    this.output = [];
  }

  /** Queue a notice; it leaves with the frame that ends the turn. */
  tell(kind, unit, time, payload = []) {
    const header = Buffer.alloc(HEADER);
    header.writeUInt32LE(payload.length, 0);
    header[4] = kind.charCodeAt(0);
    header[5] = unit;
    header.writeDoubleLE(time, 8);
    this.output.push(header, Buffer.from(payload));
  }

  flush() {
    const bytes = Buffer.concat(this.output);
    this.output = [];
    for (let sent = 0; sent < bytes.length; ) sent += fs.writeSync(OUTPUT, bytes, sent);
  }

  /** The next frame from Python, or null when it has gone. */
  read() {
    if (!this.fill(HEADER)) return null;
    const { input, start } = this;
    const length = input.readUInt32LE(start);
    const kind = String.fromCharCode(input[start + 4]);
    const unit = input[start + 5];
    const time = input.readDoubleLE(start + 8);
    this.start += HEADER;
    if (!this.fill(length)) return null;
    const payload = Buffer.from(this.input.subarray(this.start, this.start + length));
    this.start += length;
    return { kind, unit, time, payload };
  }

  fill(wanted) {
    if (this.end - this.start >= wanted) return true;
    this.input.copyWithin(0, this.start, this.end);
    this.end -= this.start;
    this.start = 0;
    if (wanted > this.input.length) {
      this.input = Buffer.concat([this.input], wanted);
    }
    while (this.end < wanted) {
      const count = fs.readSync(INPUT, this.input, this.end, this.input.length - this.end, null);
      if (count === 0) return false;
      this.end += count;
    }
    return true;
  }
}

/** A payload that is one number. */
export function number(value) {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}
