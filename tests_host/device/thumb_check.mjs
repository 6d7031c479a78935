// Runs random Thumb instructions on Thumb and on the package's core side by side.
//
// node thumb_check.mjs RP2040JS_FOLDER THUMB.mjs COUNT SEED: prints the differences as JSON lines.
// Left out: what Thumb leaves to the package, what the ARMv6-M manual calls unpredictable, and the
// flags in which the package departs from the manual.

import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, thumbFile, count, seed] = process.argv.slice(2);
const load = (file) => import(pathToFileURL(path.resolve(file)).href);
const lib = await load(path.join(folder, 'dist', 'esm', 'index.js'));
const { Thumb } = await load(thumbFile);

const CODE = 0x20000100;
const DATA = 0x20002000;
const SPAN = 0x1000;
const SHIFTS_BY_REGISTER = [2, 3, 4, 7];
const WITH_CARRY = [5, 6];

let state = Number(seed) >>> 0;
function random(below) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
}

const SPECIAL = [0, 1, 2, 0x7fffffff, 0x80000000, 0xffffffff, 31, 32, 33, 255];

/** Any word that is no address of a peripheral. */
function word() {
  const value = random(2 ** 32);
  return [4, 5, 13].includes(value >>> 28) ? (value ^ 0x60000000) >>> 0 : value;
}

function machine() {
  const rp2040 = new lib.RP2040();
  rp2040.logger = {
    debug() {},
    info() {},
    warn() {},
    error(_, text) {
      throw new Error(text);
    },
  };
  return rp2040;
}

/** Bits that decide the flags the package gets wrong. */
function doubtful(opcode) {
  if (opcode >>> 10 !== 0b010000) return '';
  const operation = (opcode >>> 6) & 15;
  if (SHIFTS_BY_REGISTER.includes(operation)) return 'C';
  return WITH_CARRY.includes(operation) ? 'CV' : '';
}

function leftOut(opcode) {
  const top = opcode >>> 8;
  const hints = top === 0xbf || top === 0xbe || top === 0xb6 || top === 0xde || top === 0xdf;
  const undefinedOnes = [0xb1, 0xb3, 0xb7, 0xb8, 0xb9, 0xbb].includes(top);
  const pcOperand = top === 0x45 && ((opcode & 0x78) === 0x78 || (opcode & 0x87) === 0x87);
  const storesItsBase = opcode >>> 11 === 0b11000 && opcode & (1 << ((opcode >>> 8) & 7));
  const branch = top === 0x47 && (opcode & 7 || (opcode & 0x70) === 0x70); // of LR, PC
  return (
    hints ||
    undefinedOnes ||
    pcOperand ||
    storesItsBase ||
    branch ||
    opcode >>> 11 === 0b11101
  );
}

/** Of an odd address the package makes this and that. */
function halfword(opcode) {
  const offset = opcode >>> 12 === 0b1000;
  return offset || (opcode >>> 12 === 0b0101 && [1, 5, 7].includes((opcode >>> 9) & 7));
}

function snapshot(core, skip) {
  const flags = [...'NZCV'].filter((flag) => !skip.includes(flag));
  return JSON.stringify([[...core.registers], flags.map((flag) => core[flag])]);
}

function attempt(step) {
  try {
    return step();
  } catch {
    return 'fault';
  }
}

console.warn = () => {}; // what the package says of peripherals that are none
const theirs = machine();
const ours = machine();
const blocks = { changed() {} }; // nothing is translated
const thumb = new Thumb({ blocks }, ours);
let differences = 0;
for (let n = 0; n < Number(count) && differences < 10; n++) {
  const opcode = random(0x10000);
  if (leftOut(opcode)) continue;
  const second = 0xd000 | random(0x10000);
  const registers = [];
  for (let i = 0; i < 16; i++) {
    const kind = random(4);
    if (kind === 0) registers.push(SPECIAL[random(SPECIAL.length)]);
    else if (kind === 1) registers.push(word());
    else registers.push(DATA + random(SPAN / 4) * 4 + (random(8) ? 0 : random(4)));
  }
  if (halfword(opcode)) registers.forEach((value, i) => (registers[i] = (value & ~1) >>> 0));
  registers[13] = DATA + random(SPAN / 4) * 4;
  registers[15] = CODE;
  const flags = [random(2), random(2), random(2), random(2)].map(Boolean);
  const noise = random(2 ** 32);
  for (const rp2040 of [theirs, ours]) {
    rp2040.core.registers.set(registers);
    [rp2040.core.N, rp2040.core.Z, rp2040.core.C, rp2040.core.V] = flags;
    rp2040.sramView.setUint16(CODE - 0x20000000, opcode, true);
    rp2040.sramView.setUint16(CODE - 0x20000000 + 2, second, true);
    rp2040.sramView.setUint32(DATA - 0x20000000 + (noise & (SPAN - 4)), noise, true);
  }
  const expected = attempt(() => theirs.core.executeInstruction());
  const got = attempt(() => {
    thumb.step();
    return thumb.cycles;
  });
  if (expected === 'fault' && got === 'fault') continue;
  const skip = doubtful(opcode);
  const sameMemory = Buffer.compare(theirs.sram.subarray(0, 0x4000), ours.sram.subarray(0, 0x4000));
  if (
    expected !== got ||
    sameMemory !== 0 ||
    snapshot(theirs.core, skip) !== snapshot(ours.core, skip)
  ) {
    differences++;
    console.log(
      JSON.stringify({
        opcode: opcode.toString(16),
        registers,
        flags,
        cycles: [expected, got],
        theirs: snapshot(theirs.core, ''),
        ours: snapshot(ours.core, ''),
      }),
    );
    ours.sram.set(theirs.sram);
  }
}
