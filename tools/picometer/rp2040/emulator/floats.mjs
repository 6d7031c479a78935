// The boot ROM's floating-point tables SF and SD: 32 routines each, in the order of the Pico SDK's
// sf_table.h. Results are rounded to nearest, subnormals are flushed to zero, as in the ROM;
// the last bit of the transcendental functions and the cycles they take are not the ROM's.

const FLOAT_CYCLES = 70; // add to divide take 60 to 75 on the chip (RP2040 datasheet 2.8.3.2)
const DOUBLE_CYCLES = 140;
const MIN_FLOAT = 2 ** -126;
const MIN_DOUBLE = 2 ** -1022;

const view = new DataView(new ArrayBuffer(8));

const flush = (value, smallest) => (Math.abs(value) < smallest ? Math.sign(value) * 0 : value);

/** Read and write operands in the core's registers; `at` is the first register. */
const float = {
  words: 1,
  cycles: FLOAT_CYCLES,
  get(registers, at) {
    view.setUint32(0, registers[at]);
    return flush(view.getFloat32(0), MIN_FLOAT);
  },
  set(registers, value) {
    view.setFloat32(0, flush(Math.fround(value), MIN_FLOAT));
    registers[0] = view.getUint32(0);
  },
};

const double = {
  words: 2,
  cycles: DOUBLE_CYCLES,
  get(registers, at) {
    view.setUint32(4, registers[at]);
    view.setUint32(0, registers[at + 1]);
    return flush(view.getFloat64(0), MIN_DOUBLE);
  },
  set(registers, value) {
    view.setFloat64(0, flush(value, MIN_DOUBLE));
    registers[0] = view.getUint32(4);
    registers[1] = view.getUint32(0);
  },
};

function compare(type) {
  return (core) => {
    const { registers } = core;
    const a = type.get(registers, 0);
    const b = type.get(registers, type.words);
    registers[0] = a < b ? -1 : a > b ? 1 : 0;
    core.N = a < b;
    core.Z = a === b;
    core.C = a >= b;
    core.V = false;
  };
}

function unary(type, operation) {
  return ({ registers }) => type.set(registers, operation(type.get(registers, 0)));
}

function binary(type, operation) {
  return ({ registers }) =>
    type.set(registers, operation(type.get(registers, 0), type.get(registers, type.words)));
}

function sincos(type) {
  return ({ registers }) => {
    const angle = type.get(registers, 0);
    const cosine = Math.cos(angle);
    type.set(registers, cosine);
    const words = registers.slice(0, type.words);
    type.set(registers, Math.sin(angle));
    registers.set(words, type.words);
  };
}

const clamp = (value, low, high) => (value < low ? low : value > high ? high : value);

/** To a 32-bit integer or fixed-point number, rounding towards minus infinity, saturating. */
function toInt32(type, signed, fixed) {
  const [low, high] = signed ? [-(2 ** 31), 2 ** 31 - 1] : [0, 2 ** 32 - 1];
  return ({ registers }) => {
    const places = fixed ? registers[type.words] | 0 : 0;
    const value = Math.floor(type.get(registers, 0) * 2 ** places);
    registers[0] = Number.isNaN(value) ? 0 : clamp(value, low, high);
  };
}

function toInt64(type, signed, fixed) {
  const [low, high] = signed ? [-(2n ** 63n), 2n ** 63n - 1n] : [0n, 2n ** 64n - 1n];
  return ({ registers }) => {
    const places = fixed ? registers[type.words] | 0 : 0;
    const value = Math.floor(type.get(registers, 0) * 2 ** places);
    let result = 0n;
    if (Number.isFinite(value)) result = clamp(BigInt(value), low, high);
    else if (!Number.isNaN(value)) result = value > 0 ? high : low;
    registers[0] = Number(result & 0xffffffffn);
    registers[1] = Number((result >> 32n) & 0xffffffffn);
  };
}

function fromInt32(type, signed, fixed) {
  return ({ registers }) => {
    const value = signed ? registers[0] | 0 : registers[0];
    type.set(registers, value * 2 ** (fixed ? -(registers[1] | 0) : 0));
  };
}

function fromInt64(type, signed, fixed) {
  return ({ registers }) => {
    const bits = (BigInt(registers[1]) << 32n) | BigInt(registers[0]);
    const value = Number(signed ? BigInt.asIntN(64, bits) : bits);
    type.set(registers, value * 2 ** (fixed ? -(registers[2] | 0) : 0));
  };
}

function table(type, other) {
  const routines = [
    binary(type, (a, b) => a + b),
    binary(type, (a, b) => a - b),
    binary(type, (a, b) => a * b),
    binary(type, (a, b) => a / b),
    compare(type),
    compare(type),
    unary(type, Math.sqrt),
    toInt32(type, true, false),
    toInt32(type, true, true),
    toInt32(type, false, false),
    toInt32(type, false, true),
    fromInt32(type, true, false),
    fromInt32(type, true, true),
    fromInt32(type, false, false),
    fromInt32(type, false, true),
    unary(type, Math.cos),
    unary(type, Math.sin),
    unary(type, Math.tan),
    sincos(type),
    unary(type, Math.exp),
    unary(type, Math.log),
    compare(type),
    binary(type, Math.atan2),
    fromInt64(type, true, false),
    fromInt64(type, true, true),
    fromInt64(type, false, false),
    fromInt64(type, false, true),
    toInt64(type, true, false),
    toInt64(type, true, true),
    toInt64(type, false, false),
    toInt64(type, false, true),
    ({ registers }) => other.set(registers, type.get(registers, 0)),
  ];
  return routines.map((routine) => (core) => {
    routine(core);
    return type.cycles;
  });
}

/** Each routine works on a core's registers and returns the cycles it took. */
export const SF = table(float, double);
export const SD = table(double, float);
