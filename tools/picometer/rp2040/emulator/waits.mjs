// Time skipped in loops that only read a register again and again until it changes.
//
// Such a loop comes back to its read with every CPU register as it was. Until the next alarm
// nothing can change the register that it reads, so that its passes, which all take the same
// cycles and instructions, need not be executed.

const DMA = 0x50000000;
const DMA_CHANNELS_END = 0x50000300;
const CHANNEL_CONTROL = 0x10;
const CHANNEL_SIZE = 0x40;
const LONGEST = 8; // instructions of a loop

/** A read of this register changes nothing, and only an alarm changes what it reads. */
export function changesWithAlarms(address) {
  return (
    address >= DMA && address < DMA_CHANNELS_END && address % CHANNEL_SIZE === CHANNEL_CONTROL
  );
}

/** Shifts, sums, comparisons, moves and logic of the low registers. */
function isArithmetic(opcode) {
  return opcode >>> 14 === 0 || opcode >>> 10 === 0b010000;
}

export class Waits {
  constructor(thumb) {
    this.thumb = thumb;
    this.last = new Int32Array(16);
    this.instructions = 0; // when it was read last
    this.nanos = 0;
  }

  /** A register has been read by the instruction before; skips passes that end before `due`. */
  skip(due) {
    const { chip, clock, r } = this.thumb;
    const count = chip.instructions - this.instructions;
    const nanos = clock.nanosCounter - this.nanos;
    if (count >= 2 && count <= LONGEST && this.asBefore() && this.isLoop(count)) {
      let passes = Math.floor((due - clock.nanosCounter) / nanos) - 1;
      if (chip.cutAt >= 0) {
        passes = Math.min(passes, Math.floor((chip.cutAt - chip.instructions) / count) - 1);
      }
      if (passes > 0) {
        clock.nanosCounter += passes * nanos;
        chip.instructions += passes * count;
      }
    }
    this.last.set(r);
    this.flags = this.flagsNow();
    this.instructions = chip.instructions;
    this.nanos = clock.nanosCounter;
  }

  flagsNow() {
    const { core } = this.thumb;
    return (core.N ? 8 : 0) | (core.Z ? 4 : 0) | (core.C ? 2 : 0) | (core.V ? 1 : 0);
  }

  asBefore() {
    const { r } = this.thumb;
    for (let i = 0; i < 16; i++) if (r[i] !== this.last[i]) return false;
    return this.flags === this.flagsNow();
  }

  /** The `count` instructions that end with the read do nothing but repeat it. */
  isLoop(count) {
    const { thumb } = this;
    const after = thumb.r[15];
    for (let i = 0; i < count - 2; i++) {
      const opcode = thumb.fetch(after + 2 * i);
      if (opcode < 0 || !isArithmetic(opcode)) return false;
    }
    const branch = after + 2 * (count - 2);
    const opcode = thumb.fetch(branch);
    const isConditional = opcode >>> 12 === 0b1101 && opcode >>> 8 < 0xde;
    return isConditional && branch + 4 + ((opcode << 24) >> 23) === after - 2;
  }
}
