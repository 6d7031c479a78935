// Translates instructions that load and store.

import { FLASH, LR, RAM, SECTOR_BITS, SP, Steps } from './steps.mjs';

/** The registers of a list, upwards. */
function bits(list) {
  return [0, 1, 2, 3, 4, 5, 6, 7].filter((register) => list & (1 << register));
}

export class Accesses extends Steps {
  literal(rd, address) {
    const offset = address - FLASH;
    if (offset < 0 || offset >= this.memory.flashSize) return false;
    this.sectors.add(offset >>> SECTOR_BITS);
    return this.step({}, 2, `${this.to(rd)} = ${this.memory.flash32[offset >>> 2]};`);
  }

  /** A store, or, where `converted` says what of the word w is kept, a load. */
  access(width, converted, rd, address) {
    const { ramSize, flashSize } = this.memory;
    const shift = { 8: 0, 16: 1, 32: 2 }[width];
    const at = (base, size) =>
      `(x = (a - ${base}) >>> 0) < ${size}${shift ? ` && !(a & ${(1 << shift) - 1})` : ''}`;
    const cell = (memory) => `${memory}${width}[x >>> ${shift}]`;
    const outside = `{ ${this.leave(this.pc, true)} }`;
    const keep = converted === null ? '' : `${this.to(rd)} = ${converted};`;
    const code =
      converted === null
        ? `if (${at(RAM, ramSize)}) ${cell('ram')} = ${this.of(rd)}; else ${outside}`
        : `let w; if (${at(RAM, ramSize)}) w = ${cell('ram')};
           else if (${at(FLASH, flashSize)}) w = ${cell('flash')}; else ${outside} ${keep}`;
    return this.step({ exits: true }, 2, `{ const a = (${address}) | 0; let x; ${code} }`);
  }

  push(list, withLink) {
    const pushed = bits(list);
    const cycles = 1 + pushed.length;
    if (withLink) pushed.push(LR);
    if (!pushed.length) return false;
    const bytes = 4 * pushed.length;
    const stores = pushed.map((register, i) => `ram32[i + ${i}] = ${this.of(register)};`);
    const code = `${stores.join(' ')} ${this.to(SP)} = (r13 - ${bytes}) | 0;`;
    return this.words(`${this.of(SP)} - ${bytes}`, pushed.length, cycles, code);
  }

  pop(list, withProgramCounter) {
    const popped = bits(list);
    const words = popped.length + (withProgramCounter ? 1 : 0);
    if (!words) return false;
    const top = `${this.to(SP)} = (${this.of(SP)} + ${4 * words}) | 0;`;
    const code = `${this.loads(popped)} ${top}`;
    if (!withProgramCounter) return this.words('r13', words, 1 + words, code);
    const cycles = 3 + popped.length;
    const target = `const a = ram32[i + ${popped.length}]; ${this.unlessReturn()} pc = a & ~1;`;
    const gone = this.leave(0, false, 1, cycles);
    this.words('r13', words, cycles, `${target} ${code} ${gone}`);
    return 'end';
  }

  storeMultiple(base, list) {
    const stored = bits(list);
    if (!stored.length) return false;
    const stores = stored.map((register, i) => `ram32[i + ${i}] = ${this.of(register)};`);
    const end = `${this.to(base)} = (${this.of(base)} + ${4 * stored.length}) | 0;`;
    const code = `${stores.join(' ')} ${end}`;
    return this.words(`r${base}`, stored.length, 1 + stored.length, code);
  }

  loadMultiple(base, list) {
    const loaded = bits(list);
    if (!loaded.length) return false;
    const end = `${this.to(base)} = (${this.of(base)} + ${4 * loaded.length}) | 0;`;
    // What is loaded into the base stays.
    return this.words(`r${base}`, loaded.length, 1 + loaded.length, end + this.loads(loaded));
  }

  loads(registers) {
    return registers.map((register, i) => `${this.to(register)} = ram32[i + ${i}];`).join(' ');
  }

  /** Code that moves words of RAM from index i upwards. */
  words(address, words, cycles, code) {
    const last = this.memory.ramSize - 4 * words;
    const outside = `{ ${this.leave(this.pc, true)} }`;
    const index = `const x = (${address} - ${RAM}) >>> 0; if (x > ${last} || x & 3) ${outside}`;
    return this.step({ exits: true }, cycles, `{ ${index} const i = x >>> 2; ${code} }`);
  }

  /** Leaves an exception's return to the package. */
  unlessReturn() {
    return `if (a >>> 28 === 15) { ${this.leave(this.pc, true)} }`;
  }
}
