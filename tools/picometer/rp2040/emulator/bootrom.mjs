// A stand-in for the RP2040's boot ROM, which the emulator package does not have.
//
// The image finds ROM routines by two-letter codes in a table (RP2040 datasheet 2.8.3). Each
// routine here is `BKPT n; BX LR`: the emulator calls back at the BKPT, the work is done in
// JavaScript on the core's registers, and BX LR returns. A routine that takes long (flash erase
// and program) does one step per call and has the BKPT executed again, so that time passes
// and the power can fail in its middle.

import { SD, SF } from './floats.mjs';

const BKPT = 0xbe00;
const BX_LR = 0x4770;
const FUNCTION_TABLE = 0x14;
const DATA_TABLE = 0x16;
const LOOKUP = 0x18;
const CODE_START = 0x100;
const INITIAL_SP = 0x20041f00; // below the scratch banks' top, as boot2 expects a stack
export const ROM_SIZE = 0x4000;

const FLASH_BASE = 0x10000000;
const SECTOR = 4096;
const PAGE = 256;
// Typical for the W25Q16JV of the Pico: sector erase 45 ms, block erase 150 ms / 16 sectors, page 0.4 ms.
const ERASE_NS = 45e6 / 16;
const PROGRAM_NS = 0.4e6 / 4;
const STEPS_PER_SECTOR = 16;
const STEP_BYTES = PAGE / 4;

const STAGE_2 = 252; // octets, with their CRC behind them (RP2040 datasheet 2.8.1.3.1)
const POLYNOMIAL = 0x04c11db7;

const code = (letters) => letters.charCodeAt(0) | (letters.charCodeAt(1) << 8);

/** Whether the boot ROM starts what is in the flash; if not, it shows its drive. */
export function isBootable(flash) {
  let crc = 0xffffffff;
  for (const byte of flash.subarray(0, STAGE_2)) {
    crc ^= byte << 24;
    for (let i = 0; i < 8; i++) crc = (crc << 1) ^ (crc & 0x80000000 ? POLYNOMIAL : 0);
  }
  const [a, b, c, d] = flash.subarray(STAGE_2, STAGE_2 + 4);
  return crc >>> 0 === (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
}

/** The bytes at `address`, when they are plain memory; otherwise null. */
function memory(rp2040, address, length) {
  const region = (bytes, base) =>
    address >= base && address + length <= base + bytes.length
      ? bytes.subarray(address - base, address - base + length)
      : null;
  return region(rp2040.sram, 0x20000000) ?? region(rp2040.flash, FLASH_BASE);
}

function copy({ registers, rp2040 }) {
  const [to, from, length] = registers;
  const target = to >= 0x20000000 ? memory(rp2040, to, length) : null;
  const source = memory(rp2040, from, length);
  if (target && source) target.set(source);
  else for (let i = 0; i < length; i++) rp2040.writeUint8(to + i, rp2040.readUint8(from + i));
  return 10 + length / 2;
}

function fill({ registers, rp2040 }) {
  const [to, value, length] = registers;
  const target = to >= 0x20000000 ? memory(rp2040, to, length) : null;
  if (target) target.fill(value & 0xff);
  else for (let i = 0; i < length; i++) rp2040.writeUint8(to + i, value & 0xff);
  return 10 + length / 4;
}

function bits(operation) {
  return ({ registers }) => {
    registers[0] = operation(registers[0]);
    return 20;
  };
}

function popcount(value) {
  let count = 0;
  for (let rest = value; rest; rest &= rest - 1) count++;
  return count;
}

function reverse(value) {
  let result = 0;
  for (let i = 0; i < 32; i++) result = (result << 1) | ((value >>> i) & 1);
  return result;
}

const trailingZeros = (value) => (value ? 31 - Math.clz32(value & -value) : 32);
const nothing = () => 10;

function lookup({ registers, rp2040 }) {
  let [entry, wanted] = registers;
  for (;;) {
    const found = rp2040.readUint16(entry);
    if (found === 0 || found === wanted) {
      registers[0] = found ? rp2040.readUint16(entry + 2) : 0;
      return 30;
    }
    entry += 4;
  }
}

/** Builds the ROM for `chip`, whose onBootloader() is called when the image asks for BOOTSEL. */
export class BootRom {
  constructor(chip) {
    this.chip = chip;
    this.routines = [];
    this.words = new Uint32Array(ROM_SIZE / 4);
    this.halves = new Uint16Array(this.words.buffer);
    this.bytes = new Uint8Array(this.words.buffer);
    this.next = CODE_START;
    this.busy = false; // in the middle of a flash erase or program
    this.build();
  }

  /** Run routine `n` on `core`, stopped just after its BKPT; returns the nanoseconds it took. */
  call(n, core, nsPerCycle) {
    const routine = this.routines[n];
    if (!routine) throw new Error(`boot ROM has no routine ${n}`);
    const result = routine(core);
    return typeof result === 'object' ? result.ns : result * nsPerCycle;
  }

  add(routine) {
    const address = this.next;
    this.halves[address / 2] = BKPT | this.routines.length;
    this.halves[address / 2 + 1] = BX_LR;
    this.routines.push(routine);
    this.next += 4;
    return address | 1; // Thumb
  }

  build() {
    this.words[0] = INITIAL_SP;
    this.words[1] = FLASH_BASE;
    this.bytes.set([0x4d, 0x75, 0x01, 3], 0x10); // "Mu", 1, ROM version 3
    const functions = {
      P3: bits(popcount),
      R3: bits(reverse),
      L3: bits(Math.clz32),
      T3: bits(trailingZeros),
      MS: fill,
      S4: fill,
      MC: copy,
      C4: copy,
      IF: nothing,
      EX: nothing,
      RE: (core) => this.erase(core),
      RP: (core) => this.program(core),
      FC: nothing,
      CX: nothing,
      UB: () => this.bootloader(),
    };
    const entries = Object.entries(functions).map(([name, routine]) => [name, this.add(routine)]);
    const find = this.add(lookup);
    const data = [
      ['SF', this.pointers(SF)],
      ['SD', this.pointers(SD)],
    ];
    this.halves[FUNCTION_TABLE / 2] = this.table(entries);
    this.halves[DATA_TABLE / 2] = this.table(data);
    this.halves[LOOKUP / 2] = find;
  }

  /** 32 pointers to `routines`, with their number in the byte before last. */
  pointers(routines) {
    const addresses = routines.map((routine) => this.add(routine));
    this.bytes[this.next + 2] = addresses.length;
    const address = this.next + 4;
    this.words.set(addresses, address / 4);
    this.next = address + 4 * addresses.length;
    return address;
  }

  table(entries) {
    const address = this.next;
    for (const [name, target] of entries) {
      this.halves[this.next / 2] = code(name);
      this.halves[this.next / 2 + 1] = target;
      this.next += 4;
    }
    this.next += 4; // a code of zero ends it
    return address;
  }

  /** One sixteenth of a sector per call: r0 offset, r1 bytes left. */
  erase(core) {
    const { registers, rp2040 } = core;
    const step = SECTOR / STEPS_PER_SECTOR;
    rp2040.flash.fill(0xff, registers[0], registers[0] + step);
    this.chip.blocks.changed(registers[0], step);
    registers[0] += step;
    registers[1] -= Math.min(step, registers[1]);
    this.busy = registers[1] !== 0;
    if (this.busy) core.PC -= 2;
    return { ns: ERASE_NS };
  }

  /** A quarter of a page per call: r0 offset, r1 data, r2 bytes left. Bits only go to 0. */
  program(core) {
    const { registers, rp2040 } = core;
    const length = Math.min(STEP_BYTES, registers[2]);
    for (let i = 0; i < length; i++) {
      rp2040.flash[registers[0] + i] &= rp2040.readUint8(registers[1] + i);
    }
    this.chip.blocks.changed(registers[0], length);
    registers[0] += length;
    registers[1] += length;
    registers[2] -= length;
    this.busy = registers[2] !== 0;
    if (this.busy) core.PC -= 2;
    return { ns: PROGRAM_NS };
  }

  bootloader() {
    this.chip.onBootloader();
    return 0;
  }
}
