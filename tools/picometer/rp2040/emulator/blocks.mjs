// The translated blocks of a flash: made for code that has proved hot, forgotten when it changes.

import { FLASH, SECTOR_BITS } from './steps.mjs';
import { translate } from './translate.mjs';

const HOT = 10000; // visits, stepped, cost about as much as translating and optimising
const NOT_TRANSLATED = { run: null, cycles: Infinity };

export class Blocks {
  constructor(flashSize, hot = HOT) {
    this.hot = hot;
    this.size = flashSize / 2;
    this.blocks = new Array(this.size).fill(null);
    this.visits = new Uint16Array(this.size);
    this.made = new Uint8Array(flashSize >>> SECTOR_BITS); // sectors that blocks were made from
  }

  /**
   * The block that starts at an address which has been jumped to, translated when that has been
   * often enough. Where there is none, an object whose `cycles` fit no room.
   */
  at(address, memory) {
    const index = (address - FLASH) >>> 1;
    if (index >= this.size) return NOT_TRANSLATED;
    return this.blocks[index] ?? this.visit(index, memory);
  }

  visit(index, memory) {
    if (++this.visits[index] < this.hot) return NOT_TRANSLATED;
    const block = translate(memory, 2 * index) ?? NOT_TRANSLATED;
    this.blocks[index] = block;
    if (block !== NOT_TRANSLATED) for (const sector of block.sectors) this.made[sector] = 1;
    return block;
  }

  /** Forgets all blocks if octets have changed that some were made from. */
  changed(offset, length) {
    const first = offset >>> SECTOR_BITS;
    const last = (offset + length - 1) >>> SECTOR_BITS;
    if (this.made.subarray(first, last + 1).includes(1)) this.clear();
  }

  clear() {
    this.blocks.fill(null);
    this.visits.fill(0);
    this.made.fill(0);
  }
}
