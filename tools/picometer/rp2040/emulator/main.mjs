// The emulator process: node main.mjs RP2040JS_FOLDER IMAGE
//
// RP2040JS_FOLDER is the installed npm package, IMAGE a firmware.bin or a saved flash. Speaks
// the protocol of channel.mjs on its standard input and output.

import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { Channel, number } from './channel.mjs';
import { Chip, FLASH_SIZE } from './chip.mjs';

const SECTOR = 4096;

function loadFlash(chip, file) {
  const image = fs.readFileSync(file);
  if (image.length > FLASH_SIZE) throw new Error(`${file}: larger than the flash`);
  const flash = chip.powered ? chip.rp2040.flash : chip.flash;
  for (let at = 0; at < image.length; at += SECTOR) {
    const sector = image.subarray(at, at + SECTOR);
    if (sector.equals(flash.subarray(at, at + sector.length))) continue;
    flash.set(sector, at);
    chip.blocks.changed(at, sector.length);
  }
}

function saveFlash(chip, file) {
  const flash = chip.powered ? chip.rp2040.flash.subarray(0, FLASH_SIZE) : chip.flash;
  fs.writeFileSync(file, flash);
}

function changeFlash(chip, payload) {
  const flash = chip.powered ? chip.rp2040.flash : chip.flash;
  const offset = payload.readUInt32LE();
  flash.set(payload.subarray(4), offset);
  chip.blocks.changed(offset, payload.length - 4);
}

const handlers = {
  g: (chip, { unit, payload }) => chip.pins.watch(unit, payload),
  p: (chip, { unit, payload }) =>
    chip.powered ? chip.pins.drive(unit, payload[0]) : chip.pins.keep(unit, payload[0]),
  u: (chip, { unit, payload }) => chip.powered && chip.uart[unit].receive(payload),
  c: (chip, { payload }) => chip.powered && !chip.bootsel && chip.usb.send(payload),
  x: (chip, { payload }) => {
    chip.cutAt = chip.instructions + payload.readDoubleLE();
  },
  b: (chip, { time, unit }) => chip.powerOn(time, unit === 1),
  m: (chip) => chip.powered && chip.bootsel && chip.leaveBootsel(),
  o: (chip) => chip.cut(),
  l: (chip, { payload }) => loadFlash(chip, payload.toString()),
  k: (chip, { payload }) => changeFlash(chip, payload),
  s: (chip, { payload }) => saveFlash(chip, payload.toString()),
};

/** Handle Python's turn, up to its GO; returns that frame. */
function turn(chip, channel) {
  for (;;) {
    const frame = channel.read();
    if (frame === null || frame.kind === 'q') process.exit(0);
    if (frame.kind === 'G') {
      chip.limit = frame.time;
      return frame;
    }
    const handler = handlers[frame.kind];
    if (!handler) throw new Error(`unknown frame kind ${frame.kind}`);
    handler(chip, frame);
  }
}

async function main([folder, image]) {
  const entry = path.join(folder, 'dist', 'esm', 'index.js');
  const lib = await import(pathToFileURL(entry).href);
  const channel = new Channel();
  const chip = new Chip(lib, channel);
  chip.onTurn = () => turn(chip, channel);
  try {
    loadFlash(chip, image);
    for (;;) {
      turn(chip, channel);
      const why = chip.run();
      chip.tell(why, chip.rom.busy ? 1 : 0, number(chip.instructions));
      channel.flush();
    }
  } catch (error) {
    const where = chip.rp2040 ? ` (PC 0x${chip.rp2040.core.PC.toString(16)})` : '';
    chip.tell('F', 0, Buffer.from(`${error.message}${where}`));
    channel.flush();
    if (process.env.PICOMETER_EMULATOR_LOG) process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  }
}

await main(process.argv.slice(2));
