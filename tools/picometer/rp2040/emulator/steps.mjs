// A block of instructions as it is translated: the code of each step, the ways out, and at last the
// function.

export const FLASH = 0x10000000;
export const RAM = 0x20000000;
export const SP = 13;
export const LR = 14;
export const PC = 15;
export const SECTOR_BITS = 12;

export class Steps {
  constructor(memory, start) {
    this.memory = memory;
    this.start = start + FLASH;
    this.pc = this.start;
    this.count = 0; // instructions so far
    this.cycles = 0;
    this.most = 0;
    this.steps = [];
    this.exits = [];
    this.seen = new Set();
    this.sectors = new Set();
    this.read = new Set();
    this.written = new Set();
  }

  fetch(address) {
    const offset = address - FLASH;
    if (offset < 0 || offset >= this.memory.flashSize) return -1;
    this.sectors.add(offset >>> SECTOR_BITS);
    return this.memory.flash16[offset >>> 1];
  }

  /** Adds the code of a step; what it does to the flags C and V: exits, setsC, setsV, usesC. */
  step(flags, cycles, code) {
    this.steps.push({ ...flags, code });
    this.cycles += cycles;
    return true;
  }

  /** Code that leaves the block for `to`, after so many more instructions and cycles. */
  leave(to, barred = false, count = 0, cycles = 0) {
    this.most = Math.max(this.most, this.cycles + cycles);
    if (to === this.start && !barred && this.count + count) {
      const passed = `n += ${this.count + count}; t += ${this.cycles + cycles};`;
      return `${passed} if (t <= room) continue out; ${this.exit(to, false, 0, 0)}`;
    }
    return this.exit(to, barred, this.count + count, this.cycles + cycles);
  }

  /** The number of an exit says all that is known of it: the function's end looks it up. */
  exit(to, barred, count, cycles) {
    this.exits.push({ to, barred, count, cycles });
    return `e = ${this.exits.length - 1}; break out;`;
  }

  /** The name of a register that is read. */
  of(register) {
    this.read.add(register);
    return `r${register}`;
  }

  /** The name of a register that is written. */
  to(register) {
    this.written.add(register);
    return `r${register}`;
  }

  /** The block, as `translate` returns it. */
  finish() {
    const used = [...new Set([...this.read, ...this.written])];
    const entry = used.map((register) => `let r${register} = r[${register}];`);
    const exit = [...this.written].map((register) => `r[${register}] = r${register};`);
    const { exits } = this;
    const list = (field) => `[${exits.map((exit) => Number(exit[field])).join()}]`;
    const body = `
      const TO = ${list('to')}, BARRED = ${list('barred')};
      const COUNT = ${list('count')}, CYCLES = ${list('cycles')};
      return (function (thumb, core, r, room) {
        if (core.N && core.Z) { thumb.barred = true; return 0; }
        const { ram8, ram16, ram32, flash8, flash16, flash32 } = thumb;
        let n = 0, t = 0, pc = 0, e = 0;
        let z = core.Z ? 0 : core.N ? -1 : 1, c = core.C, v = core.V;
        ${entry.join(' ')}
        out: for (;;) {
          ${this.code().join('\n')}
        }
        ${exit.join(' ')}
        core.N = z < 0; core.Z = z === 0; core.C = c; core.V = v;
        r[${PC}] = pc | TO[e];
        thumb.barred = BARRED[e] === 1;
        thumb.chip.instructions += n + COUNT[e];
        return t + CYCLES[e];
      })`;
    const run = new Function(body)();
    return { run, cycles: this.most, sectors: this.sectors };
  }

  /** The code of all steps, without flags that are set again before anything can see them. */
  code() {
    const code = [];
    let c = true;
    let v = true;
    for (const step of [...this.steps].reverse()) {
      code.push(typeof step.code === 'string' ? step.code : step.code(c, v));
      if (step.setsC) c = false;
      if (step.setsV) v = false;
      if (step.usesC) c = true;
      if (step.exits) c = v = true;
    }
    return code.reverse();
  }
}
