// The Thumb instructions that programs are made of, several times faster than the package runs them.
//
// Each does what CortexM0Core.executeInstruction does and takes the same cycles; what is rare
// (barriers, special registers, hints, breakpoints, anything undefined) is left to it. RAM and
// flash are accessed directly, all else through the package. Where the package sets carry or
// overflow otherwise than the ARMv6-M manual (some shifts, ADCS), the manual holds.

import {
  add,
  addWithCarry,
  result,
  rotateRight,
  shiftLeft,
  shiftRight,
  shiftRightSigned,
  subtract,
} from './flags.mjs';
import { Memory } from './memory.mjs';
import { Waits } from './waits.mjs';

const SP = 13;
const LR = 14;
const PC = 15;

export class Thumb extends Memory {
  /** `chip` counts `instructions`, knows `cutAt`, `nsPerCycle`, and `extraNs` of a breakpoint. */
  constructor(chip, rp2040) {
    super(rp2040);
    this.chip = chip;
    this.clock = rp2040.clock;
    this.blocks = chip.blocks;
    this.barred = false;
    this.waits = new Waits(this);
    this.r = new Int32Array(rp2040.core.registers.buffer); // signed: small integers are faster
  }

  /**
   * At least one instruction, up to the instant `due`, the cut, or the first one that reaches
   * outside and so may have changed anything.
   */
  run(due) {
    const { chip, clock, core, r } = this;
    this.outside = false;
    this.polled = false;
    let room = this.room(due);
    let entered = true; // where a block may start
    do {
      if (entered && !core.interruptsUpdated) {
        const block = this.blocks.at(r[PC], this);
        if (block.cycles <= room) {
          const cycles = block.run(this, core, r, room - block.cycles);
          clock.nanosCounter += cycles * chip.nsPerCycle;
          room -= cycles;
          if (!this.barred) continue;
        }
      }
      const next = r[PC] + 2;
      this.step();
      room -= this.cycles;
      entered = this.barred || r[PC] !== next;
      this.barred = false;
      chip.instructions++;
      const passed = this.cycles * chip.nsPerCycle;
      if (this.outside || clock.nanosCounter + passed >= due) {
        clock.tick(passed + chip.extraNs);
        chip.extraNs = 0;
        if (this.polled) this.waits.skip(due);
        return;
      }
      clock.nanosCounter += passed;
    } while (chip.instructions !== chip.cutAt);
  }

  /** Cycles that certainly pass before `due` and the cut: those which a block may take. */
  room(due) {
    const { chip, clock } = this;
    const cycles = Math.floor((due - clock.nanosCounter) / chip.nsPerCycle) - 1;
    // An instruction takes one cycle at least.
    return chip.cutAt < 0 ? cycles : Math.min(cycles, chip.cutAt - chip.instructions - 1);
  }

  /** Execute one instruction, or begin an exception and execute its first. */
  step() {
    const { core, r } = this;
    if (core.interruptsUpdated && core.checkForInterrupts()) core.waiting = false;
    const pc = r[PC] & ~1;
    const opcode = this.fetch(pc);
    if (opcode < 0) return this.leave(pc); // the boot ROM
    this.cycles = 1;
    r[PC] = pc + 2;
    const low = opcode & 7;
    const mid = (opcode >>> 3) & 7;
    const high = (opcode >>> 8) & 7;
    switch (opcode >>> 11) {
      case 0b00000:
        r[low] = shiftLeft(core, r[mid], (opcode >>> 6) & 31);
        return;
      case 0b00001:
        r[low] = shiftRight(core, r[mid], (opcode >>> 6) & 31 || 32);
        return;
      case 0b00010:
        r[low] = shiftRightSigned(core, r[mid], (opcode >>> 6) & 31 || 32);
        return;
      case 0b00011: {
        const operand = (opcode >>> 6) & 7;
        const b = opcode & 0x400 ? operand : r[operand];
        r[low] = opcode & 0x200 ? subtract(core, r[mid], b) : add(core, r[mid], b);
        return;
      }
      case 0b00100:
        r[high] = result(core, opcode & 0xff);
        return;
      case 0b00101:
        subtract(core, r[high], opcode & 0xff);
        return;
      case 0b00110:
        r[high] = add(core, r[high], opcode & 0xff);
        return;
      case 0b00111:
        r[high] = subtract(core, r[high], opcode & 0xff);
        return;
      case 0b01000:
        if (opcode & 0x400) this.highRegisters(opcode);
        else this.dataProcessing((opcode >>> 6) & 15, low, r[mid]);
        return;
      case 0b01001:
        r[high] = this.load32(((pc + 4) & ~3) + ((opcode & 0xff) << 2));
        return;
      case 0b01010:
      case 0b01011:
        this.indexed((opcode >>> 9) & 7, low, (r[mid] + r[(opcode >>> 6) & 7]) | 0);
        return;
      case 0b01100:
        this.store32((r[mid] + ((opcode >>> 4) & 0x7c)) | 0, r[low]);
        return;
      case 0b01101:
        r[low] = this.load32((r[mid] + ((opcode >>> 4) & 0x7c)) | 0);
        return;
      case 0b01110:
        this.store8((r[mid] + ((opcode >>> 6) & 31)) | 0, r[low]);
        return;
      case 0b01111:
        r[low] = this.load8((r[mid] + ((opcode >>> 6) & 31)) | 0);
        return;
      case 0b10000:
        this.store16((r[mid] + ((opcode >>> 5) & 0x3e)) | 0, r[low]);
        return;
      case 0b10001:
        r[low] = this.load16((r[mid] + ((opcode >>> 5) & 0x3e)) | 0);
        return;
      case 0b10010:
        this.store32((r[SP] + ((opcode & 0xff) << 2)) | 0, r[high]);
        return;
      case 0b10011:
        r[high] = this.load32((r[SP] + ((opcode & 0xff) << 2)) | 0);
        return;
      case 0b10100:
        r[high] = ((pc + 4) & ~3) + ((opcode & 0xff) << 2);
        return;
      case 0b10101:
        r[high] = r[SP] + ((opcode & 0xff) << 2);
        return;
      case 0b10110:
        if (!this.miscellaneous(opcode)) this.leave(pc);
        return;
      case 0b10111:
        if ((opcode & 0x600) === 0x400) this.pop(opcode & 0xff, opcode & 0x100);
        else this.leave(pc);
        return;
      case 0b11000:
        this.storeMultiple(high, opcode & 0xff);
        return;
      case 0b11001:
        this.loadMultiple(high, opcode & 0xff);
        return;
      case 0b11010:
      case 0b11011:
        if ((opcode & 0xe00) === 0xe00) this.leave(pc);
        else if (this.holds((opcode >>> 8) & 15)) this.branch(pc + 4 + ((opcode << 24) >> 23));
        return;
      case 0b11100:
        this.branch(pc + 4 + ((opcode << 21) >> 20));
        return;
      case 0b11110:
        this.branchWithLink(pc, opcode);
        return;
      default:
        this.leave(pc);
    }
  }

  /** Have the package execute the instruction. */
  leave(pc) {
    this.outside = true;
    this.r[PC] = pc;
    this.cycles = this.core.executeInstruction();
  }

  dataProcessing(operation, rd, b) {
    const { core, r } = this;
    const a = r[rd];
    switch (operation) {
      case 0:
        r[rd] = result(core, a & b);
        return;
      case 1:
        r[rd] = result(core, a ^ b);
        return;
      case 2:
        r[rd] = shiftLeft(core, a, b & 0xff);
        return;
      case 3:
        r[rd] = shiftRight(core, a, b & 0xff);
        return;
      case 4:
        r[rd] = shiftRightSigned(core, a, b & 0xff);
        return;
      case 5:
        r[rd] = addWithCarry(core, a, b);
        return;
      case 6:
        r[rd] = addWithCarry(core, a, ~b);
        return;
      case 7:
        r[rd] = rotateRight(core, a, b & 0xff);
        return;
      case 8:
        result(core, a & b);
        return;
      case 9:
        r[rd] = subtract(core, 0, b);
        return;
      case 10:
        subtract(core, a, b);
        return;
      case 11:
        add(core, a, b);
        return;
      case 12:
        r[rd] = result(core, a | b);
        return;
      case 13:
        r[rd] = result(core, Math.imul(a, b));
        return;
      case 14:
        r[rd] = result(core, a & ~b);
        return;
      default:
        r[rd] = result(core, ~b);
    }
  }

  /** ADD, CMP and MOV of any registers, BX, BLX. */
  highRegisters(opcode) {
    const { core, r } = this;
    const source = (opcode >>> 3) & 15;
    const rd = ((opcode >>> 4) & 8) | (opcode & 7);
    const value = source === PC ? r[PC] + 2 : r[source];
    switch ((opcode >>> 8) & 3) {
      case 0:
        this.write(rd, (rd === PC ? r[PC] + 2 : r[rd]) + value);
        return;
      case 1:
        subtract(core, r[rd], value);
        return;
      case 2:
        this.write(rd, value);
        return;
      default:
        this.cycles++;
        if (opcode & 0x80) {
          r[LR] = r[PC] | 1;
          r[PC] = value & ~1;
        } else core.BXWritePC(value);
    }
  }

  write(rd, value) {
    if (rd === PC) this.branch(value & ~1);
    else this.r[rd] = rd === SP ? value & ~3 : value;
  }

  /** SP up and down, extensions, PUSH; false for what is none of them. */
  miscellaneous(opcode) {
    const { r } = this;
    const value = r[(opcode >>> 3) & 7];
    switch (opcode >>> 6) {
      case 0b1011000000:
      case 0b1011000001:
        r[SP] += (opcode & 0x7f) << 2;
        return true;
      case 0b1011000010:
      case 0b1011000011:
        r[SP] -= (opcode & 0x7f) << 2;
        return true;
      case 0b1011001000:
        r[opcode & 7] = (value << 16) >> 16;
        return true;
      case 0b1011001001:
        r[opcode & 7] = (value << 24) >> 24;
        return true;
      case 0b1011001010:
        r[opcode & 7] = value & 0xffff;
        return true;
      case 0b1011001011:
        r[opcode & 7] = value & 0xff;
        return true;
      default:
        if ((opcode & 0x600) !== 0x400) return false;
        this.push(opcode & 0xff, opcode & 0x100);
        return true;
    }
  }

  // Branches

  holds(condition) {
    const { core } = this;
    switch (condition) {
      case 0:
        return core.Z;
      case 1:
        return !core.Z;
      case 2:
        return core.C;
      case 3:
        return !core.C;
      default:
        return core.checkCondition(condition);
    }
  }

  branch(address) {
    this.r[PC] = address;
    this.cycles++;
  }

  branchWithLink(pc, first) {
    const second = this.fetch(pc + 2);
    if (second < 0 || (second & 0xd000) !== 0xd000) {
      this.leave(pc);
      return;
    }
    const sign = (first << 21) >> 31; // all ones when backwards
    const i1 = ~(sign ^ (second >>> 13)) & 1;
    const i2 = ~(sign ^ (second >>> 11)) & 1;
    const high = (sign << 24) | (i1 << 23) | (i2 << 22) | ((first & 0x3ff) << 12);
    this.r[LR] = (pc + 4) | 1;
    this.r[PC] = pc + 4 + (high | ((second & 0x7ff) << 1));
    this.cycles = 3;
  }

  // Loads and stores

  indexed(operation, rd, address) {
    const { r } = this;
    switch (operation) {
      case 0:
        this.store32(address, r[rd]);
        return;
      case 1:
        this.store16(address, r[rd]);
        return;
      case 2:
        this.store8(address, r[rd]);
        return;
      case 3:
        r[rd] = (this.load8(address) << 24) >> 24;
        return;
      case 4:
        r[rd] = this.load32(address);
        return;
      case 5:
        r[rd] = this.load16(address);
        return;
      case 6:
        r[rd] = this.load8(address);
        return;
      default:
        r[rd] = (this.load16(address) << 16) >> 16;
    }
  }

  push(list, withLink) {
    const { r } = this;
    let count = withLink ? 1 : 0;
    for (let bits = list; bits; bits &= bits - 1) count++;
    const bottom = (r[SP] - 4 * count) | 0;
    const end = this.storeList(bottom, list, r);
    if (withLink) {
      this.store32(end, r[LR]);
      count--;
    }
    r[SP] = bottom;
    this.cycles = 1 + count;
  }

  pop(list, withProgramCounter) {
    const { r } = this;
    const end = this.loadList(r[SP], list, r);
    const count = (end - r[SP]) >> 2;
    r[SP] = end;
    if (withProgramCounter) {
      r[SP] += 4;
      this.core.BXWritePC(this.load32(end));
    }
    this.cycles = 1 + count + (withProgramCounter ? 2 : 0);
  }

  storeMultiple(base, list) {
    const start = this.r[base];
    const end = this.storeList(start, list, this.r);
    this.r[base] = end;
    this.cycles = 1 + ((end - start) >> 2);
  }

  loadMultiple(base, list) {
    const start = this.r[base];
    const end = this.loadList(start, list, this.r);
    if (!(list & (1 << base))) this.r[base] = end;
    this.cycles = 1 + ((end - start) >> 2);
  }
}
