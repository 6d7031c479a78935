// Gives a UART of the package what it lacks: time. Bytes leave and arrive at the programmed baud
// rate, the transmit FIFO fills up, and interrupts come when the FIFOs say so.

const UARTDR = 0x00;
const UARTICR = 0x44;
const TXFE = 1 << 7;
const RXFF = 1 << 6;
const TXFF = 1 << 5;
const RXFE = 1 << 4;
const BUSY = 1 << 3;
const TX_INTERRUPT = 1 << 5;
const RX_INTERRUPT = 1 << 4;
const OVERRUN_INTERRUPT = 1 << 10;
const FIFO_SIZE = 32;
const TX_THRESHOLD = FIFO_SIZE / 2;

export class PacedUart {
  /** `onByte(byte)` is called when a byte has left; `onBaud(rate)` when the rate changes. */
  constructor(uart, clock, onByte, onBaud) {
    this.uart = uart;
    this.onByte = onByte;
    this.tx = [];
    this.rx = []; // on the wire, not yet in the FIFO
    this.shifting = false;
    this.txTimer = clock.createAlarm(() => this.transmitted());
    this.rxTimer = clock.createAlarm(() => this.received());
    this.receiving = false;
    uart.onBaudRateChange = (rate) => Number.isFinite(rate) && onBaud(rate);
    Object.defineProperty(uart, 'flags', { get: () => this.flags() });
    const write = uart.writeUint32.bind(uart);
    uart.writeUint32 = (offset, value) => {
      if (offset === UARTDR) this.transmit(value & 0xff);
      else if (offset === UARTICR) this.clear(uart.rawWriteValue);
      else write(offset, value);
    };
    uart.checkInterrupts = () => this.interrupts();
  }

  /** Nanoseconds a character takes: start, data, parity, stop bits at the current rate. */
  characterNs() {
    const { uart } = this;
    const control = uart.lineCtrlRegister;
    const length = 1 + uart.wordLength + (control & 2 ? 1 : 0) + (control & 8 ? 2 : 1);
    return uart.baudDivider ? (length * 1e9) / uart.baudRate : 0;
  }

  flags() {
    const { rxFIFO } = this.uart;
    return (
      (this.tx.length ? 0 : TXFE) |
      (this.tx.length >= FIFO_SIZE ? TXFF : 0) |
      (this.shifting ? BUSY : 0) |
      (rxFIFO.full ? RXFF : 0) |
      (rxFIFO.empty ? RXFE : 0)
    );
  }

  transmit(byte) {
    if (this.tx.length >= FIFO_SIZE) return; // as on the chip: lost
    this.tx.push(byte);
    if (!this.shifting) this.shift();
    this.level();
  }

  shift() {
    this.shifting = true;
    this.byte = this.tx.shift();
    this.txTimer.schedule(this.characterNs());
  }

  transmitted() {
    this.onByte(this.byte);
    this.shifting = false;
    if (this.tx.length) this.shift();
    this.level();
  }

  /** The transmit interrupt is raised when the FIFO has drained to its threshold. */
  level() {
    if (this.tx.length <= TX_THRESHOLD) this.uart.interruptStatus |= TX_INTERRUPT;
    else this.uart.interruptStatus &= ~TX_INTERRUPT;
    this.interrupts();
  }

  clear(mask) {
    this.uart.interruptStatus &= ~mask;
    this.interrupts();
  }

  interrupts() {
    const { uart } = this;
    uart.rp2040.setInterrupt(uart.irq, !!(uart.interruptStatus & uart.interruptMask));
  }

  /** Put bytes on the wire towards the device; they arrive one character time apart. */
  receive(bytes) {
    for (const byte of bytes) this.rx.push(byte);
    if (!this.receiving && this.rx.length) this.nextReceive();
  }

  nextReceive() {
    this.receiving = true;
    this.rxTimer.schedule(this.characterNs());
  }

  received() {
    const { uart } = this;
    const byte = this.rx.shift();
    if (uart.enabled && uart.rxEnabled) {
      if (uart.rxFIFO.full) uart.interruptStatus |= OVERRUN_INTERRUPT;
      else uart.rxFIFO.push(byte);
      uart.interruptStatus |= RX_INTERRUPT;
      this.interrupts();
    }
    this.receiving = false;
    if (this.rx.length) this.nextReceive();
  }
}
