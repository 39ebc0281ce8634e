import * as at from "./layout";

/** The codes that belong to these lengths (RFC 1951 §3.2.2), as layout.ts has them. */
export function assignCodes(lengths: usize, symbols: u32, codes: usize): void {
  memory.fill(at.lengthNumbers, 0, 4 * 16);
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const number = at.lengthNumbers + 4 * <usize>load<u8>(lengths + symbol);
    store<u32>(number, load<u32>(number) + 1);
  }
  let code: u32 = 0;
  for (let length: u32 = 1; length < 16; length++) {
    store<u32>(at.nextCodes + 4 * length, code);
    code = (code + load<u32>(at.lengthNumbers + 4 * length)) << 1;
  }
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const length = <u32>load<u8>(lengths + symbol);
    const next = at.nextCodes + 4 * length;
    store<u32>(codes + 4 * symbol, length == 0 ? 0 : reversed(load<u32>(next), length) | (length << 16));
    store<u32>(next, load<u32>(next) + 1);
  }
}

/** Codes are written from their highest bit on (RFC 1951 §3.1.1), everything else from its lowest. */
function reversed(code: u32, length: u32): u32 {
  code = ((code & 0x5555) << 1) | ((code >> 1) & 0x5555);
  code = ((code & 0x3333) << 2) | ((code >> 2) & 0x3333);
  code = ((code & 0x0f0f) << 4) | ((code >> 4) & 0x0f0f);
  code = ((code & 0x00ff) << 8) | (code >> 8);
  return code >> (16 - length);
}
