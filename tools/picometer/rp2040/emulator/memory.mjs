// What a Thumb program reads and writes: RAM and flash directly, all else through the package.

import { changesWithAlarms } from './waits.mjs';

const RAM = 0x20000000;
const FLASH = 0x10000000;
const SIO = 0xd0000000;
const SIO_DIVIDER = 0x60;
const SIO_DIVIDER_END = 0x7c;

/**
 * cycles    of the instruction; set by each access
 * outside   an access since this was cleared went beyond RAM and flash
 * polled    the last such access read what only an alarm changes
 * blocks    a `Blocks`, which is told of changes to the flash
 *
 * Addresses and words are 32 bits, signed or not. Accesses that are not aligned are left to the
 * package, which complains.
 */
export class Memory {
  constructor(rp2040) {
    this.core = rp2040.core;
    this.ram8 = rp2040.sram;
    this.ram16 = new Uint16Array(rp2040.sram.buffer);
    this.ram32 = new Int32Array(rp2040.sram.buffer);
    this.flash8 = rp2040.flash;
    this.flash16 = rp2040.flash16;
    this.flash32 = new Int32Array(rp2040.flash.buffer);
    this.ramSize = rp2040.sram.length;
    this.flashSize = rp2040.flash.length;
    this.cycles = 0;
    this.outside = false;
    this.polled = false;
    this.blocks = null;
  }

  /** The instruction halfword at an even address; -1 when it is in neither RAM nor flash. */
  fetch(address) {
    const inFlash = (address - FLASH) >>> 0;
    if (inFlash < this.flashSize) return this.flash16[inFlash >>> 1];
    const inRam = (address - RAM) >>> 0;
    return inRam < this.ramSize ? this.ram16[inRam >>> 1] : -1;
  }

  load32(address) {
    const inRam = (address - RAM) >>> 0;
    if (inRam < this.ramSize && !(address & 3)) {
      this.cycles = 2;
      return this.ram32[inRam >>> 2];
    }
    const inFlash = (address - FLASH) >>> 0;
    if (inFlash < this.flashSize && !(address & 3)) {
      this.cycles = 2;
      return this.flash32[inFlash >>> 2];
    }
    this.reach(address, false);
    return this.core.readUint32(address >>> 0) | 0;
  }

  load16(address) {
    const inRam = (address - RAM) >>> 0;
    if (inRam < this.ramSize && !(address & 1)) {
      this.cycles = 2;
      return this.ram16[inRam >>> 1];
    }
    const inFlash = (address - FLASH) >>> 0;
    if (inFlash < this.flashSize && !(address & 1)) {
      this.cycles = 2;
      return this.flash16[inFlash >>> 1];
    }
    this.reach(address, false);
    return this.core.readUint16(address >>> 0);
  }

  load8(address) {
    const inRam = (address - RAM) >>> 0;
    if (inRam < this.ramSize) {
      this.cycles = 2;
      return this.ram8[inRam];
    }
    const inFlash = (address - FLASH) >>> 0;
    if (inFlash < this.flashSize) {
      this.cycles = 2;
      return this.flash8[inFlash];
    }
    this.reach(address, false);
    return this.core.readUint8(address >>> 0);
  }

  store32(address, value) {
    const inRam = (address - RAM) >>> 0;
    if (inRam < this.ramSize && !(address & 3)) {
      this.cycles = 2;
      this.ram32[inRam >>> 2] = value;
      return;
    }
    this.reach(address, true);
    this.core.writeUint32(address >>> 0, value >>> 0);
  }

  store16(address, value) {
    const inRam = (address - RAM) >>> 0;
    if (inRam < this.ramSize && !(address & 1)) {
      this.cycles = 2;
      this.ram16[inRam >>> 1] = value;
      return;
    }
    this.reach(address, true);
    this.core.writeUint16(address >>> 0, value >>> 0);
  }

  store8(address, value) {
    const inRam = (address - RAM) >>> 0;
    if (inRam < this.ramSize) {
      this.cycles = 2;
      this.ram8[inRam] = value;
      return;
    }
    this.reach(address, true);
    this.core.writeUint8(address >>> 0, value >>> 0);
  }

  /** An access to neither RAM nor flash follows. */
  reach(address, write) {
    const place = (address - SIO) >>> 0;
    const divider = place >= SIO_DIVIDER && place < SIO_DIVIDER_END;
    // Its own number and the divider: the rest of the chip has no part in them.
    if (place !== 0 && !divider) this.outside = true;
    const inFlash = (address - FLASH) >>> 0;
    if (write && inFlash < this.flashSize) this.blocks.changed(inFlash, 4);
    this.polled = !write && changesWithAlarms(address >>> 0);
    this.cycles = 1 + this.core.cyclesIO(address, write);
  }

  /** Store the registers of a bit list upwards from `address`; returns the address behind. */
  storeList(address, list, registers) {
    let at = address;
    for (let i = 0, bits = list; bits; i++, bits >>>= 1) {
      if (!(bits & 1)) continue;
      this.store32(at, registers[i]);
      at = (at + 4) | 0;
    }
    return at;
  }

  loadList(address, list, registers) {
    let at = address;
    for (let i = 0, bits = list; bits; i++, bits >>>= 1) {
      if (!(bits & 1)) continue;
      registers[i] = this.load32(at);
      at = (at + 4) | 0;
    }
    return at;
  }
}
