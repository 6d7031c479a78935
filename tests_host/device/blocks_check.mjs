// Runs random programs in flash with and without translation, side by side.
//
// node blocks_check.mjs RP2040JS_FOLDER EMULATOR_FOLDER COUNT SEED: prints the differences as JSON
// lines. Both stop at the same random instants and cuts; registers, flags, RAM, time and the count
// of instructions have to agree there.

import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, emulator, count, seed] = process.argv.slice(2);
const load = (file) => import(pathToFileURL(path.resolve(file)).href);
const lib = await load(path.join(folder, 'dist', 'esm', 'index.js'));
const { Thumb } = await load(path.join(emulator, 'thumb.mjs'));
const { Blocks } = await load(path.join(emulator, 'blocks.mjs'));

const FLASH = 0x10000000;
const RAM = 0x20000000;
const CODE = 0x1e00; // offset in the flash, up to the end of a sector: constants lie in the next
const CODE_SPAN = 0x200;
const CONSTANTS_SPAN = 0x200;
const INTERRUPT = 5;
const BX_LR = 0x4770; // in a handler: its return
const DATA = 0x2000; // offset in the RAM
const DATA_SPAN = 0x1000;
const CORE_NUMBER = 0xd0000000; // beyond RAM and flash
const DMA = 0x50000000;
const BUSY = 1 << 24;
const NS_PER_CYCLE = 8;

let state = Number(seed) >>> 0;
function random(below) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
}

function machine(hot) {
  const rp2040 = new lib.RP2040();
  const error = (_, text) => {
    throw new Error(text);
  };
  rp2040.logger = { debug() {}, info() {}, warn() {}, error };
  const blocks = new Blocks(0x10000, hot);
  const chip = { blocks, nsPerCycle: NS_PER_CYCLE, extraNs: 0, cutAt: -1, instructions: 0 };
  return { rp2040, chip, blocks, thumb: new Thumb(chip, rp2040) };
}

/** What the ARMv6-M manual calls unpredictable or undefined, and what stops or sleeps. */
function leftOut(opcode) {
  const top = opcode >>> 8;
  const bits = opcode >>> 11;
  const storesItsBase = bits === 0b11000 && opcode & (1 << (top & 7));
  const noRegisters = (bits === 0b11000 || bits === 0b11001) && !(opcode & 0xff);
  const special = [0xb1, 0xb3, 0xb6, 0xb7, 0xb8, 0xb9, 0xbb, 0xbe, 0xbf, 0xde, 0xdf].includes(top);
  const pcOperand = top === 0x45 && ((opcode & 0x78) === 0x78 || (opcode & 0x87) === 0x87);
  const branch = top === 0x47 && (opcode & 7 || (opcode & 0x70) === 0x70);
  return special || storesItsBase || noRegisters || pcOperand || branch || bits === 0b11101;
}

/** Branches that stay near, and few of those that go anywhere. */
function opcode() {
  for (;;) {
    if (!random(50)) return BX_LR;
    const drawn = random(0x10000);
    const bits = drawn >>> 12;
    if (bits === 0b1111) {
      if (random(8)) continue;
      return 0xf000; // the first half of a short call
    }
    if (drawn >>> 11 === 0b11100) return 0xe000 | ((random(32) - 24) & 0x7ff);
    if (bits === 0b1101) return (drawn & 0xff00) | ((random(32) - 24) & 0xff);
    if ((drawn >>> 8 === 0x47 || drawn >>> 8 === 0xbd) && random(4)) continue;
    if (!leftOut(drawn)) return drawn;
  }
}

/** Counts in a constant of the flash, which it loads, and stores to: the next run has another. */
function counts(code, registers) {
  const constant = CODE + CODE_SPAN + 4 * random(32);
  const load = 0x4800 | ((constant - CODE - 4) / 4);
  [load, 0x3001, 0x6008, BX_LR].forEach((opcode, i) => {
    code[i][0] = opcode; // LDR r0, constant; ADDS r0, #1; STR r0, [r1]
  });
  registers[1] = FLASH + constant;
  registers[14] = registers[15] = FLASH + CODE;
}

const WAIT = [0x6902, 0x421a, 0xd1fc, 0x3401, 0xe7fa]; // LDR r2, [r0, #16]; TST r2, r3; BNE; ...
// The same, counting passes in the RAM: LDR r5, [r6]; ADDS r5, #1; STR r5, [r6]; MOVS r5, #0.
const COUNTING_WAIT = [0x6902, 0x6835, 0x3501, 0x6035, 0x2500, 0x421a, 0xd1f8, 0x3401, 0xe7f6];

/** Waits again and again for a transfer, which an alarm ends and the next one begins. */
function waits(code, registers) {
  (random(2) ? WAIT : COUNTING_WAIT).forEach((opcode, i) => {
    code[i][0] = opcode;
  });
  registers[6] = RAM + DATA;
  registers[0] = DMA;
  registers[3] = BUSY;
  registers[15] = FLASH + CODE;
  const periods = [100 + random(20000), 100 + random(20000)];
  for (const { rp2040 } of both) {
    const alarm = rp2040.clock.createAlarm(() => {
      rp2040.dma.channels[0].ctrl ^= BUSY;
      alarm.schedule(periods[rp2040.dma.channels[0].ctrl & BUSY ? 1 : 0]);
    });
    alarm.schedule(periods[0]);
  }
}

function word() {
  switch (random(7)) {
    case 0:
      return random(2 ** 32);
    case 1:
      return random(64);
    case 2:
    case 6:
      return FLASH + CODE + random(CODE_SPAN / 4) * 4 + (random(2) ? 0 : 1);
    case 3:
      return random(2) ? CORE_NUMBER : RAM + 0x42000 - 4 * random(4);
    default:
      return RAM + DATA + random(DATA_SPAN / 4) * 4;
  }
}

function snapshot({ rp2040, chip }) {
  const { core, clock, sram } = rp2040;
  const flags = [core.N, core.Z, core.C, core.V];
  let sum = 0;
  for (let i = DATA - 0x400; i < DATA + DATA_SPAN + 0x400; i++) sum = (sum * 31 + sram[i]) | 0;
  return JSON.stringify([[...core.registers], flags, sum, clock.nanosCounter, chip.instructions]);
}

function attempt({ thumb, chip, rp2040 }, due) {
  const { clock } = rp2040;
  try {
    while (clock.nanosCounter < due && chip.instructions !== chip.cutAt) {
      thumb.run(Math.min(due, clock.nextAlarm?.nanos ?? due));
    }
    return '';
  } catch (error) {
    return error.message;
  }
}

console.warn = () => {};
const both = [machine(1), machine(Infinity)];
const [translated, stepped] = both;
stepped.thumb.waits.skip = () => {};
let differences = 0;
let translatedInstructions = 0;

function program() {
  const code = Array.from({ length: CODE_SPAN / 2 }, () => [opcode(), 0xf800 | random(64)]);
  const registers = Array.from({ length: 16 }, word);
  registers[13] = RAM + DATA + random(DATA_SPAN / 4) * 4;
  registers[15] = FLASH + CODE + random(CODE_SPAN / 2) * 2;
  for (const { rp2040 } of both) {
    rp2040.clock.nextAlarm = null;
    rp2040.clock.nanosCounter = 0;
    rp2040.dma.channels[0].ctrl = 0;
  }
  const kind = random(20);
  if (kind === 0) counts(code, registers);
  if (kind === 1) waits(code, registers);
  const flags = [random(2), random(2), random(2), random(2)].map(Boolean);
  const noise = random(256);
  for (const { rp2040, blocks, chip } of both) {
    const { core } = rp2040;
    rp2040.flash.fill(noise, 0, CODE + CODE_SPAN + CONSTANTS_SPAN);
    new Uint32Array(rp2040.flash.buffer).fill(FLASH + CODE + 2 * noise, 0, 48); // vectors
    for (let i = 0; i < code.length; i++) {
      const call = i && code[i - 1][0] === 0xf000;
      rp2040.flash16[CODE / 2 + i] = call ? code[i][1] : code[i][0];
    }
    rp2040.flash16.fill(BX_LR, (CODE + CODE_SPAN) / 2 - 8, (CODE + CODE_SPAN) / 2);
    blocks.changed(0, 0x10000);
    core.registers.set(registers);
    [core.N, core.Z, core.C, core.V] = flags;
    core.waiting = false;
    core.VTOR = FLASH;
    core.enabledInterrupts = 1 << INTERRUPT;
    core.pendingInterrupts = core.IPSR = core.currentMode = 0;
    core.PM = core.interruptsUpdated = false;
    rp2040.sram.fill(noise, DATA - 0x400, DATA + DATA_SPAN + 0x400);
    chip.instructions = 0;
    chip.cutAt = -1;
  }
}

for (let n = 0; n < Number(count) && differences < 5; n++) {
  program();
  let due = 0;
  for (let turn = 0; turn < 12; turn++) {
    due += random(3) ? random(400) * NS_PER_CYCLE : random(400);
    const cut = random(4) ? -1 : translated.chip.instructions + 1 + random(60);
    const interrupted = !random(8);
    const changed = random(6) ? -1 : CODE + 2 * random((CODE_SPAN + CONSTANTS_SPAN) / 2);
    const patch = opcode();
    const faults = both.map((one) => {
      one.chip.cutAt = cut;
      if (interrupted) one.rp2040.setInterrupt(INTERRUPT, true);
      if (changed >= 0) {
        one.rp2040.flash16[changed / 2] = patch;
        one.blocks.changed(changed, 2);
      }
      return attempt(one, due);
    });
    const [a, b] = both.map(snapshot);
    if (a !== b || faults[0] !== faults[1]) {
      differences++;
      console.log(JSON.stringify({ n, turn, faults, translated: a, stepped: b }));
    }
    if (a !== b || faults[0] || faults[1]) break;
  }
  translatedInstructions += translated.chip.instructions;
}
if (translatedInstructions < 20 * Number(count)) console.log('programs end too soon to tell');
