// Arithmetic that sets a core's flags as the ARMv6-M manual says. Operands and results are 32 bits.

/** Sets N and Z. */
export function result(core, value) {
  core.N = value < 0;
  core.Z = value === 0;
  return value;
}

export function add(core, a, b) {
  const sum = (a + b) | 0;
  core.C = sum >>> 0 < a >>> 0;
  core.V = ((a ^ sum) & (b ^ sum)) < 0;
  return result(core, sum);
}

export function addWithCarry(core, a, b) {
  const sum = (a >>> 0) + (b >>> 0) + (core.C ? 1 : 0);
  core.C = sum > 0xffffffff;
  core.V = ((a ^ sum) & (b ^ sum)) < 0;
  return result(core, sum | 0);
}

export function subtract(core, a, b) {
  const difference = (a - b) | 0;
  core.C = a >>> 0 >= b >>> 0;
  core.V = ((a ^ b) & (a ^ difference)) < 0;
  return result(core, difference);
}

/** A shift by 0 leaves the carry; counts go up to 255. */
export function shiftLeft(core, value, count) {
  if (count) core.C = count <= 32 && ((value >>> (32 - count)) & 1) === 1;
  return result(core, count < 32 ? value << count : 0);
}

export function shiftRight(core, value, count) {
  if (count) core.C = count <= 32 && ((value >>> (count - 1)) & 1) === 1;
  return result(core, count < 32 ? (value >>> count) | 0 : 0);
}

export function shiftRightSigned(core, value, count) {
  if (count) core.C = ((value >> Math.min(count - 1, 31)) & 1) === 1;
  return result(core, value >> Math.min(count, 31));
}

export function rotateRight(core, value, count) {
  const turns = count & 31;
  const turned = turns ? (value >>> turns) | (value << (32 - turns)) : value;
  if (count) core.C = turned < 0;
  return result(core, turned);
}
