// The second core, as far as the first one notices: it sits in its boot ROM and never runs a program.
//
// After a reset of core 1 its boot ROM pushes one zero into the mailbox, and the SDK waits for it
// (multicore_reset_core1). The package has no mailbox; this one always has that zero.

const FIFO_ST = 0x50;
const FIFO_RD = 0x58;
const VALID = 1;
const READY = 2;

export function addMailbox(sio) {
  const read = sio.readUint32.bind(sio);
  let taken = false;
  sio.readUint32 = (offset) => {
    if (offset === FIFO_ST) {
      // Not valid once after each read, so that draining the mailbox ends.
      const status = taken ? READY : READY | VALID;
      taken = false;
      return status;
    }
    if (offset === FIFO_RD) {
      taken = true;
      return 0;
    }
    return read(offset);
  };
}
