// SPI and I2C masters of the RP2040, with the chips at the other end of the channel.
// Both take the time on the wire that their clock settings give.

const MAX_UNTOLD = 4096;
const TX_EMPTY = 1 << 4;
const SPO = 1 << 6;
const SPH = 1 << 7;

export class SpiBus {
  constructor(chip, spi, unit) {
    this.chip = chip;
    this.spi = spi;
    this.unit = unit;
    this.sent = []; // not yet told
    this.ahead = []; // answers known already
    this.repeat = null; // answer to everything until chip select changes
    this.timer = chip.rp2040.clock.createAlarm(() => this.complete());
    spi.onTransmit = (value) => {
      this.value = value;
      const frequency = spi.clockFrequency;
      this.timer.schedule(frequency ? (spi.dataBits * 1e9) / frequency : 0);
    };
  }

  complete() {
    this.sent.push(this.value & 0xff);
    if (!this.ahead.length && this.repeat === null) this.ask();
    const answer = this.ahead.length ? this.ahead.shift() : this.repeat;
    if (this.sent.length > MAX_UNTOLD) this.flush();
    this.spi.completeTransmit(answer);
  }

  /** The bus number, with the SPI mode in the upper four bits. */
  address() {
    const { control0 } = this.spi;
    return this.unit | (control0 & SPO ? 0x20 : 0) | (control0 & SPH ? 0x10 : 0);
  }

  ask() {
    const sent = this.sent;
    this.sent = [];
    const { unit, payload } = this.chip.ask('S', this.address(), sent);
    this.ahead = payload.length ? [...payload] : [0xff];
    this.repeat = unit ? this.ahead[this.ahead.length - 1] : null;
  }

  flush() {
    if (!this.sent.length) return;
    this.chip.tell('s', this.address(), this.sent);
    this.sent = [];
  }

  /** Chip select changed: what was sent belongs to the frame before. */
  select(active, prefix) {
    this.flush();
    this.ahead = active ? [...prefix] : [];
    this.repeat = null;
  }
}

export class I2cBus {
  constructor(chip, i2c, unit) {
    this.chip = chip;
    this.i2c = i2c;
    this.unit = unit;
    this.ahead = [];
    this.timer = chip.rp2040.clock.createAlarm(() => this.then());
    i2c.onStart = () => this.after(1, () => i2c.completeStart());
    i2c.onConnect = (address, mode) =>
      this.after(9, () => this.acknowledge('A', [address, mode], (ack) => i2c.completeConnect(ack)));
    i2c.onWriteByte = (value) =>
      this.after(9, () => this.acknowledge('W', [value], (ack) => i2c.completeWrite(ack)));
    i2c.onReadByte = () => this.after(9, () => i2c.completeRead(this.read()));
    i2c.onStop = () =>
      this.after(1, () => {
        chip.tell('E', unit, []);
        i2c.completeStop();
      });
  }

  acknowledge(kind, payload, complete) {
    this.ahead = [];
    const ack = this.chip.ask(kind, this.unit, payload).payload[0] === 1;
    complete(ack);
    // An abort empties the FIFO; the package forgets to say so, and the SDK waits for it.
    if (!ack) this.i2c.setInterrupts(TX_EMPTY);
  }

  /** The next byte of a read; one answer may hold all of them. */
  read() {
    if (!this.ahead.length) this.ahead = [...this.chip.ask('R', this.unit, []).payload];
    return this.ahead.shift() ?? 0xff;
  }

  after(bits, then) {
    const { i2c, chip } = this;
    this.then = then;
    const clocks = i2c.sclHighPeriod + i2c.sclLowPeriod;
    this.timer.schedule((bits * clocks * 1e9) / chip.rp2040.clkSys);
  }
}
