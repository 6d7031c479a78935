// One RP2040 with its flash, run in simulated time up to a limit.

import { Blocks } from './blocks.mjs';
import { BootRom, isBootable, ROM_SIZE } from './bootrom.mjs';
import { I2cBus, SpiBus } from './buses.mjs';
import { number } from './channel.mjs';
import { addMailbox } from './core1.mjs';
import { Pins } from './pins.mjs';
import { Thumb } from './thumb.mjs';
import { PacedUart } from './uart.mjs';
import { UsbSerial } from './usb.mjs';

const ENTRY = 0x10000000;
const WATCHDOG = 0x40058;
export const FLASH_SIZE = 2 * 1024 * 1024;
const PIO_STEPS = 12; // enough for a program of a few instructions to come round

const TIMER = 1; // of the watchdog
const SOFTWARE = 2;
const BOOTLOADER = 3;

/** Says nothing unless the image does what would be a fault on the chip. */
class Logger {
  debug() {}
  info() {}
  warn(name, message) {
    if (process.env.PICOMETER_EMULATOR_LOG) process.stderr.write(`[${name}] ${message}\n`);
  }
  error(name, message) {
    throw new Error(`[${name}] ${message}`);
  }
}

/** Unwinds a chip whose power went while it waited for an answer. */
class PowerLost extends Error {}

export class Chip {
  constructor(lib, channel) {
    this.lib = lib;
    this.channel = channel;
    this.flash = new Uint8Array(FLASH_SIZE).fill(0xff);
    this.blocks = new Blocks(FLASH_SIZE);
    this.rom = new BootRom(this);
    this.pins = new Pins(this);
    this.usbWaiting = [];
    this.base = 0; // simulated time at the last reset
    this.limit = 0;
    this.instructions = 0;
    this.cutAt = -1;
    this.pendingReset = 0;
    this.powered = false;
    this.bootsel = false; // the boot ROM shows its drive, and runs nothing else
    this.held = false; // the next start is with BOOTSEL held
  }

  get now() {
    return this.base + (this.rp2040 ? this.rp2040.clock.nanos : 0);
  }

  tell(kind, unit, payload) {
    this.channel.tell(kind, unit, this.now, payload);
  }

  /** Ask the chips outside; returns the GO frame with their answer. */
  ask(kind, unit, payload) {
    const asking = this.rp2040;
    this.tell(kind, unit, payload);
    this.channel.flush();
    const answer = this.onTurn();
    if (this.rp2040 !== asking) throw new PowerLost();
    return answer;
  }

  powerOn(time, held) {
    this.usbWaiting.length = 0;
    this.held = held;
    this.base = Math.max(this.base, time);
    this.start();
    this.powered = true;
  }

  /** A fresh RP2040 about to run boot2; the flash, and time, go on. */
  start() {
    const { lib } = this;
    if (this.rp2040) {
      this.flash.set(this.rp2040.flash.subarray(0, FLASH_SIZE));
      this.base = this.now;
    }
    const rp2040 = new lib.RP2040();
    this.rp2040 = rp2040;
    rp2040.logger = new Logger();
    rp2040.loadBootrom(this.rom.words.slice());
    rp2040.flash.set(this.flash);
    rp2040.core.PC = ENTRY;
    rp2040.onBreak = (n) => this.onBreak(n);
    this.thumb = new Thumb(this, rp2040);
    this.watchdog = rp2040.peripherals[WATCHDOG];
    this.watchdog.onWatchdogTrigger = () => {
      this.pendingReset = this.watchdog.reason;
      this.watchdog.timer.enable = false; // else it is due again at the same instant, for ever
    };
    this.nsPerCycle = 1e9 / rp2040.clkSys;
    rp2040.addClockListener((frequency) => {
      this.nsPerCycle = 1e9 / frequency;
    });
    addMailbox(rp2040.sio);
    for (const pio of rp2040.pio) pio.run = () => {}; // stepped by stepPio instead
    this.spi = rp2040.spi.map((spi, unit) => new SpiBus(this, spi, unit));
    this.i2c = rp2040.i2c.map((i2c, unit) => new I2cBus(this, i2c, unit));
    this.uart = rp2040.uart.map(
      (uart, unit) =>
        new PacedUart(
          uart,
          rp2040.clock,
          (byte) => this.tell('U', unit, [byte]),
          (rate) => this.tell('B', unit, number(rate)),
        ),
    );
    this.usb = new UsbSerial(
      lib,
      rp2040.usbCtrl,
      this.usbWaiting,
      (bytes) => this.tell('C', 0, bytes),
      () => this.tell('V', 0, []),
    );
    this.pins.attach(rp2040);
    this.extraNs = 0;
    this.pendingReset = 0;
    this.rom.busy = false;
    this.bootsel = this.held || !isBootable(this.flash);
    this.held = false;
    if (this.bootsel) {
      this.usbWaiting.length = 0;
      this.tell('M', 0, []);
    }
  }

  /** A reset keeps what the chip keeps: RAM, the watchdog's scratch registers and its reason. */
  reset() {
    const cause = this.pendingReset;
    const { sram } = this.rp2040;
    const scratch = this.watchdog.scratchData;
    this.tell('Z', cause, []);
    this.held = cause === BOOTLOADER;
    this.start();
    this.rp2040.sram.set(sram);
    this.watchdog.scratchData.set(scratch);
    this.watchdog.reason = cause === BOOTLOADER ? SOFTWARE : cause;
  }

  onBootloader() {
    this.pendingReset = BOOTLOADER;
  }

  /** The boot ROM restarts the chip by its watchdog. */
  leaveBootsel() {
    this.pendingReset = TIMER;
  }

  onBreak(n) {
    const { core } = this.rp2040;
    if (core.PC > ROM_SIZE) {
      throw new Error(`the image stopped itself: BKPT ${n} at 0x${(core.PC - 2).toString(16)}`);
    }
    this.extraNs = this.rom.call(n, core, this.nsPerCycle);
  }

  /** PIO runs in steps tied to events: the package would run it from a Node timer, that is never. */
  stepPio() {
    for (const pio of this.rp2040.pio) {
      if (pio.stopped) continue;
      for (let i = 0; i < PIO_STEPS; i++) {
        for (const machine of pio.machines) if (machine.enabled) machine.step();
        pio.checkChangedPins();
      }
      pio.checkInterrupts();
    }
  }

  /** Run to the limit (which an answer may move) or to the power cut; returns why it ended. */
  run() {
    for (;;) {
      if (!this.powered) {
        this.base = Math.max(this.base, this.limit);
        return 'D';
      }
      try {
        const why = this.runPowered();
        for (const bus of this.spi) bus.flush();
        if (why === 'X') this.cut();
        return why;
      } catch (error) {
        if (!(error instanceof PowerLost)) throw error;
      }
    }
  }

  runPowered() {
    this.stepPio();
    while (this.now < this.limit) {
      this.burst();
      if (this.pendingReset) this.reset();
      if (this.instructions === this.cutAt) return 'X';
    }
    return 'D';
  }

  /** The power is gone: only the flash stays. */
  cut() {
    if (!this.powered) return;
    this.cutAt = -1;
    this.powered = false;
    this.flash.set(this.rp2040.flash.subarray(0, FLASH_SIZE));
    this.base = this.now;
    this.rp2040 = null;
  }

  /** Instructions, or time skipped to the next alarm while the core sleeps or the ROM waits. */
  burst() {
    const { clock, core } = this.rp2040;
    while (this.instructions !== this.cutAt && !this.pendingReset) {
      const end = this.limit - this.base;
      if (clock.nanosCounter >= end) return;
      const due = clock.nextAlarm ? Math.min(clock.nextAlarm.nanos, end) : end;
      if (core.waiting || this.bootsel) clock.tick(due - clock.nanosCounter);
      else this.thumb.run(due);
    }
  }
}
