// GPIO between the image and the chips: what the image drives is told, what the chips drive is applied.

const HIGH_Z = 2;
const PULLED_UP = 3;
const NOTIFY = 1;
const WAIT = 2;
const NO_BUS = 255;

/** The levels outside survive a reset of the chip; the rest is made anew by `attach`. */
export class Pins {
  constructor(chip) {
    this.chip = chip;
    this.driven = new Array(30).fill(null); // by the chips outside; null: by nobody
    this.watches = new Array(30).fill(null);
    this.told = new Array(30).fill(HIGH_Z);
  }

  /** Take over the pins of a fresh RP2040. */
  attach(rp2040) {
    this.gpio = rp2040.gpio;
    this.gpio.forEach((pin, index) => pin.addListener(() => this.changed(index)));
    this.driven.forEach((level, index) => {
      if (level) this.gpio[index].setInputValue(true);
      this.tell(index);
    });
  }

  watch(index, [flags, bus, length, value]) {
    this.watches[index] = { flags, bus, prefix: new Array(length).fill(value) };
  }

  /** Remember who drives the pin, while the chip is without power. */
  keep(index, level) {
    this.driven[index] = level === HIGH_Z ? null : level;
  }

  drive(index, level) {
    this.keep(index, level);
    this.settle(index);
  }

  changed(index) {
    this.settle(index);
    this.tell(index);
  }

  /** What the pad reads: its own output, else whoever drives it, else its pull. */
  settle(index) {
    const pin = this.gpio[index];
    const state = pin.value;
    let level = this.driven[index] ?? (state === PULLED_UP ? 1 : 0);
    if (state < HIGH_Z) level = state;
    if (pin.rawInputValue === !!level) return;
    pin.setInputValue(!!level);
    this.chip.stepPio();
  }

  tell(index) {
    const watch = this.watches[index];
    if (!watch || !(watch.flags & NOTIFY)) return;
    const level = Math.min(this.gpio[index].value, HIGH_Z);
    if (level === this.told[index]) return;
    this.told[index] = level;
    if (watch.bus !== NO_BUS) this.chip.spi[watch.bus].select(level === 0, watch.prefix);
    if (watch.flags & WAIT) this.chip.ask('Q', index, [level]);
    else this.chip.tell('P', index, [level]);
  }
}
