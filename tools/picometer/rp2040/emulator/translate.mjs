// Blocks of Thumb instructions in flash, each as one JavaScript function: several times faster than
// `Thumb.step`, with the same result in the same cycles.
//
// A block follows jumps and calls to fixed addresses, leaves at a branch that is taken, and loops
// where that leads to its own start. It stops before an instruction that is left to the package,
// before an access to neither RAM nor flash, and before an exception's return, with everything as
// the instructions before have left it: `Thumb.step` goes on from there. Constants that the code
// loads from flash are part of the function.

import { Accesses } from './accesses.mjs';
import { FLASH, LR, PC, SP } from './steps.mjs';

const MOST_INSTRUCTIONS = 32;

// By condition code; z is the last result, as wide as it was: N and Z follow from it.
const CONDITIONS = [
  'z === 0',
  'z !== 0',
  'c',
  '!c',
  'z < 0',
  'z >= 0',
  'v',
  '!v',
  'c && z !== 0',
  '!c || z === 0',
  'z < 0 === v',
  'z < 0 !== v',
  'z < 0 === v && z !== 0',
  'z < 0 !== v || z === 0',
];
const EXTENSIONS = ['(b << 16) >> 16', '(b << 24) >> 24', 'b & 0xffff', 'b & 0xff'];
// Loads and stores by register offset: width in bits, conversion of what is loaded.
const INDEXED = [
  [32, null],
  [16, null],
  [8, null],
  [8, '(w << 24) >> 24'],
  [32, 'w'],
  [16, 'w'],
  [8, 'w'],
  [16, '(w << 16) >> 16'],
];

const ADD = 's = (a + b) | 0;';
const ADD_CARRY = 'c = s >>> 0 < a >>> 0;';
const SUBTRACT = 's = (a - b) | 0;';
const SUBTRACT_CARRY = 'c = a >>> 0 >= b >>> 0;';
const ADD_OVERFLOW = 'v = ((a ^ s) & (b ^ s)) < 0;';
const SUBTRACT_OVERFLOW = 'v = ((a ^ b) & (a ^ s)) < 0;';
const WITH_CARRY = 'const u = (a >>> 0) + (b >>> 0) + (c ? 1 : 0); s = u | 0;';

/**
 * The block that starts at an offset of the flash; null when its first instruction is left to the
 * package.
 *
 * memory   a `Memory`, of which the flash and the sizes are used
 *
 * Returns { run, cycles, sectors }. run(thumb, core, registers, room) executes one pass and, while
 * no more than `room` cycles have gone, further ones; returns the cycles, counts
 * `thumb.chip.instructions`, and sets `thumb.barred` when the next instruction has to be stepped.
 * cycles: of a pass, at the most. sectors: numbers of the flash sectors that it was made from.
 */
export function translate(memory, offset) {
  const block = new Block(memory, offset);
  block.decode();
  return block.count ? block.finish() : null;
}

class Block extends Accesses {
  // From opcodes to steps

  decode() {
    let open = true;
    while (open && this.count < MOST_INSTRUCTIONS && !this.seen.has(this.pc)) {
      this.seen.add(this.pc);
      const opcode = this.fetch(this.pc);
      this.next = this.pc + 2;
      const done = opcode >= 0 && this.instruction(opcode);
      if (!done) {
        this.step({ exits: true }, 0, this.leave(this.pc, true));
        return;
      }
      this.count++;
      this.most = Math.max(this.most, this.cycles);
      open = done !== 'end';
      this.pc = this.next;
    }
    if (open) this.step({ exits: true }, 0, this.leave(this.pc));
  }

  instruction(opcode) {
    const low = opcode & 7;
    const mid = (opcode >>> 3) & 7;
    const high = (opcode >>> 8) & 7;
    const five = (opcode >>> 6) & 31;
    const octet = opcode & 0xff;
    switch (opcode >>> 11) {
      case 0b00000:
        return this.shiftLeft(low, mid, five);
      case 0b00001:
      case 0b00010:
        return this.shiftRight(opcode >>> 11 === 1, low, mid, five || 32);
      case 0b00011: {
        const operand = opcode & 0x400 ? five & 7 : this.of(five & 7);
        return opcode & 0x200
          ? this.subtract(low, this.of(mid), operand)
          : this.add(low, this.of(mid), operand);
      }
      case 0b00100:
        return this.result(high, octet);
      case 0b00101:
        return this.subtract(null, this.of(high), octet);
      case 0b00110:
        return this.add(high, this.of(high), octet);
      case 0b00111:
        return this.subtract(high, this.of(high), octet);
      case 0b01000:
        return opcode & 0x400
          ? this.highRegisters(opcode)
          : this.dataProcessing((opcode >>> 6) & 15, low, mid);
      case 0b01001:
        return this.literal(high, ((this.pc + 4) & ~3) + (octet << 2));
      case 0b01010:
      case 0b01011: {
        const [width, converted] = INDEXED[(opcode >>> 9) & 7];
        return this.access(width, converted, low, `${this.of(mid)} + ${this.of(five & 7)}`);
      }
      case 0b01100:
        return this.access(32, null, low, `${this.of(mid)} + ${five << 2}`);
      case 0b01101:
        return this.access(32, 'w', low, `${this.of(mid)} + ${five << 2}`);
      case 0b01110:
        return this.access(8, null, low, `${this.of(mid)} + ${five}`);
      case 0b01111:
        return this.access(8, 'w', low, `${this.of(mid)} + ${five}`);
      case 0b10000:
        return this.access(16, null, low, `${this.of(mid)} + ${five << 1}`);
      case 0b10001:
        return this.access(16, 'w', low, `${this.of(mid)} + ${five << 1}`);
      case 0b10010:
        return this.access(32, null, high, `${this.of(SP)} + ${octet << 2}`);
      case 0b10011:
        return this.access(32, 'w', high, `${this.of(SP)} + ${octet << 2}`);
      case 0b10100:
        return this.step({}, 1, `${this.to(high)} = ${((this.pc + 4) & ~3) + (octet << 2)};`);
      case 0b10101:
        return this.step({}, 1, `${this.to(high)} = (${this.of(SP)} + ${octet << 2}) | 0;`);
      case 0b10110:
        return this.miscellaneous(opcode);
      case 0b10111:
        return (opcode & 0x600) === 0x400 && this.pop(octet, opcode & 0x100);
      case 0b11000:
        return this.storeMultiple(high, octet);
      case 0b11001:
        return this.loadMultiple(high, octet);
      case 0b11010:
      case 0b11011:
        return this.branchIf((opcode >>> 8) & 15, this.pc + 4 + ((opcode << 24) >> 23));
      case 0b11100:
        return this.jump(this.pc + 4 + ((opcode << 21) >> 20), 2);
      case 0b11110:
        return this.call(opcode);
      default:
        return false;
    }
  }

  // Arithmetic

  result(rd, value) {
    const target = rd === null ? '' : `${this.to(rd)} = z;`;
    return this.step({}, 1, `z = ${value}; ${target}`);
  }

  /** A sum or difference that sets all flags; `carry` and `overflow` only where they are used. */
  arithmetic(rd, a, b, [operation, carry, overflow], usesC = false) {
    const target = rd === null ? '' : `${this.to(rd)} = s;`;
    return this.step({ setsC: true, setsV: true, usesC }, 1, (c, v) => {
      const flags = `${c ? carry : ''} ${v ? overflow : ''}`;
      return `{ const a = ${a}, b = ${b}; let s; ${operation} ${flags} z = s; ${target} }`;
    });
  }

  add(rd, a, b) {
    return this.arithmetic(rd, a, b, [ADD, ADD_CARRY, ADD_OVERFLOW]);
  }

  subtract(rd, a, b) {
    return this.arithmetic(rd, a, b, [SUBTRACT, SUBTRACT_CARRY, SUBTRACT_OVERFLOW]);
  }

  addWithCarry(rd, a, b) {
    return this.arithmetic(rd, a, b, [WITH_CARRY, 'c = u > 0xffffffff;', ADD_OVERFLOW], true);
  }

  shiftLeft(rd, rm, count) {
    if (!count) return this.result(rd, this.of(rm));
    const code = `z = a << ${count}; ${this.to(rd)} = z;`;
    const carry = `c = ((a >>> ${32 - count}) & 1) === 1;`;
    return this.shifted(rm, carry, code);
  }

  shiftRight(logical, rd, rm, count) {
    const shift = logical
      ? count < 32
        ? `(a >>> ${count}) | 0`
        : '0'
      : `a >> ${Math.min(count, 31)}`;
    const carry = `c = ((a >> ${Math.min(count - 1, 31)}) & 1) === 1;`;
    return this.shifted(rm, carry, `z = ${shift}; ${this.to(rd)} = z;`);
  }

  shifted(rm, carry, code) {
    const value = this.of(rm);
    return this.step({ setsC: true }, 1, (c) => `{ const a = ${value}; ${c ? carry : ''} ${code} }`);
  }

  /** A shift by a register, 0 to 255; by 0 it leaves the carry. */
  shiftBy(rd, rm, carry, value) {
    const operands = `const a = ${this.of(rd)}, b = ${this.of(rm)} & 0xff;`;
    const target = this.to(rd);
    return this.step({ usesC: true }, 1, (c) => {
      const flag = c ? `if (b) c = ${carry};` : '';
      return `{ ${operands} z = ${value}; ${flag} ${target} = z; }`;
    });
  }

  dataProcessing(operation, rd, rm) {
    const a = this.of(rd);
    const b = this.of(rm);
    switch (operation) {
      case 0:
        return this.result(rd, `${a} & ${b}`);
      case 1:
        return this.result(rd, `${a} ^ ${b}`);
      case 2:
        return this.shiftBy(
          rd,
          rm,
          'b <= 32 && ((a >>> (32 - b)) & 1) === 1',
          'b < 32 ? a << b : 0',
        );
      case 3:
        return this.shiftBy(
          rd,
          rm,
          'b <= 32 && ((a >>> (b - 1)) & 1) === 1',
          'b < 32 ? (a >>> b) | 0 : 0',
        );
      case 4:
        return this.shiftBy(
          rd,
          rm,
          '((a >> (b < 32 ? b - 1 : 31)) & 1) === 1',
          'a >> (b < 32 ? b : 31)',
        );
      case 5:
        return this.addWithCarry(rd, a, b);
      case 6:
        return this.addWithCarry(rd, a, `~${b}`);
      case 7:
        return this.shiftBy(rd, rm, 'z < 0', '(a >>> (b & 31)) | (a << (-b & 31))');
      case 8:
        return this.result(null, `${a} & ${b}`);
      case 9:
        return this.subtract(rd, 0, b);
      case 10:
        return this.subtract(null, a, b);
      case 11:
        return this.add(null, a, b);
      case 12:
        return this.result(rd, `${a} | ${b}`);
      case 13:
        return this.result(rd, `Math.imul(${a}, ${b})`);
      case 14:
        return this.result(rd, `${a} & ~${b}`);
      default:
        return this.result(rd, `~${b}`);
    }
  }

  /** ADD, CMP and MOV of any registers, BX, BLX. */
  highRegisters(opcode) {
    const source = (opcode >>> 3) & 15;
    const rd = ((opcode >>> 4) & 8) | (opcode & 7);
    const value = source === PC ? this.pc + 4 : this.of(source);
    switch ((opcode >>> 8) & 3) {
      case 0:
        return this.write(rd, `(${rd === PC ? this.pc + 4 : this.of(rd)} + ${value}) | 0`);
      case 1:
        return rd !== PC && this.subtract(null, this.of(rd), value);
      case 2:
        return this.write(rd, value);
      default:
        if (opcode & 7) return false;
        return opcode & 0x80 ? this.callRegister(value) : this.branchTo(value);
    }
  }

  write(rd, value) {
    if (rd === PC) return this.end(2, `pc = (${value}) & ~1;`);
    const target = this.to(rd);
    return this.step({}, 1, rd === SP ? `${target} = (${value}) & ~3;` : `${target} = ${value};`);
  }

  /** SP up and down, extensions, PUSH. */
  miscellaneous(opcode) {
    if (opcode >>> 8 === 0xb0) {
      const words = opcode & 0x80 ? -(opcode & 0x7f) : opcode & 0x7f;
      this.of(SP);
      return this.step({}, 1, `${this.to(SP)} = (r13 + ${words * 4}) | 0;`);
    }
    if (opcode >>> 8 === 0xb2) {
      const value = this.of((opcode >>> 3) & 7);
      const extended = EXTENSIONS[(opcode >>> 6) & 3];
      return this.step({}, 1, `{ const b = ${value}; ${this.to(opcode & 7)} = ${extended}; }`);
    }
    return (opcode & 0x600) === 0x400 && this.push(opcode & 0xff, opcode & 0x100);
  }

  // Branches

  /** A step that ends the block; its code sets pc. */
  end(cycles, code) {
    this.step({ exits: true }, cycles, `${code} ${this.leave(0, false, 1, cycles)}`);
    return 'end';
  }

  branchIf(condition, target) {
    if (condition >= CONDITIONS.length) return false;
    const code = `if (${CONDITIONS[condition]}) { ${this.leave(target, false, 1, 2)} }`;
    return this.step({ exits: true }, 1, code);
  }

  jump(target, cycles, code = '') {
    if (this.seen.has(target)) {
      this.step({ exits: true }, cycles, code + this.leave(target, false, 1, cycles));
      return 'end';
    }
    this.next = target;
    return this.step({}, cycles, code);
  }

  call(first) {
    const second = this.fetch(this.pc + 2);
    if (second < 0 || (second & 0xd000) !== 0xd000) return false;
    const sign = (first << 21) >> 31; // all ones when backwards
    const i1 = ~(sign ^ (second >>> 13)) & 1;
    const i2 = ~(sign ^ (second >>> 11)) & 1;
    const high = (sign << 24) | (i1 << 23) | (i2 << 22) | ((first & 0x3ff) << 12);
    const target = this.pc + 4 + (high | ((second & 0x7ff) << 1));
    return this.jump(target, 3, `${this.to(LR)} = ${(this.pc + 4) | 1}; `);
  }

  branchTo(value) {
    return this.end(2, `{ const a = ${value}; ${this.unlessReturn()} pc = a & ~1; }`);
  }

  callRegister(value) {
    return this.end(2, `pc = ${value} & ~1; ${this.to(LR)} = ${(this.pc + 2) | 1};`);
  }
}
