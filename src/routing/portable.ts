/**
 * Logarithm, exponential and sine from additions, multiplications and divisions alone. The language fixes those to the last bit
 * (IEEE 754) but leaves Math.log, exp, sin and pow to the engine: one differing bit in a score could turn a choice over, and a
 * recorded decision could not be computed again on another machine (law 8, R-210). Math.sqrt is exact everywhere.
 */
const LN2_HIGH = 6.9314718036912381649e-1;
const LN2_LOW = 1.90821492927058770002e-10;
const bits = new DataView(new ArrayBuffer(8));

/** ln x, within an ulp or two. @returns -Infinity at 0, NaN under 0 */
export function ln(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : Number.NaN;
  if (x === Infinity) return Infinity;
  if (x < 2.2250738585072014e-308) return ln(x * 18014398509481984) - 54 * LN2_HIGH - 54 * LN2_LOW;
  bits.setFloat64(0, x);
  const high = bits.getUint32(0);
  let exponent = (high >>> 20) - 1023;
  bits.setUint32(0, (high & 0xfffff) | 0x3ff00000);
  let mantissa = bits.getFloat64(0);
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    exponent += 1;
  }
  // ln m = 2 artanh((m − 1)/(m + 1)), an odd series in at most 0.1716.
  const s = (mantissa - 1) / (mantissa + 1);
  const q = s * s;
  let sum = 0;
  for (let k = 23; k >= 3; k -= 2) sum = q * (1 / k + sum);
  return exponent * LN2_HIGH + (2 * s + (2 * s * sum + exponent * LN2_LOW));
}

/** 2^-1074 … 2^1023 */
const POWERS = powersOfTwo();
const INVERSE = Array.from({ length: 15 }, (_, k) => 1 / k);

/** e^x, within an ulp or two. */
export function exp(x: number): number {
  if (Number.isNaN(x)) return Number.NaN;
  if (x > 709.78) return Infinity;
  if (x < -745.2) return 0;
  const k = Math.round(x * Math.LOG2E);
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  let sum = 1;
  for (let n = 14; n >= 1; n -= 1) sum = 1 + r * (INVERSE[n] as number) * sum;
  return k > -1022
    ? sum * (POWERS[k + 1074] as number)
    : sum * (POWERS[k + 1074 + 200] as number) * (POWERS[874] as number);
}

function powersOfTwo(): Float64Array {
  const powers = new Float64Array(2098);
  powers[1074] = 1;
  for (let k = 1; k <= 1023; k += 1) powers[1074 + k] = (powers[1073 + k] as number) * 2;
  for (let k = 1; k <= 1074; k += 1) powers[1074 - k] = (powers[1075 - k] as number) / 2;
  return powers;
}

/** sin x for 0 ≤ x ≤ π/2. */
export function sine(x: number): number {
  const q = x * x;
  let sum = 1;
  for (let k = 27; k >= 3; k -= 2) sum = 1 - (q / (k * (k - 1))) * sum;
  return x * sum;
}

/** x to a whole power. */
export function power(x: number, whole: number): number {
  let [result, base] = [1, x];
  for (let left = whole; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result *= base;
    base *= base;
  }
  return result;
}
