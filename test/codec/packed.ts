/** What the packed ones below hold. */
export const plain: Buffer = Buffer.from(
  `${"The quick brown fox jumps over the lazy dog. ".repeat(20)}${"\0".repeat(600)}tail 0123`,
);

/** The same as other programs pack it, by what packed it. */
export const packed: Readonly<Record<string, Buffer>> = {
  bzip2: decode(
    "QlpoOTFBWSZTWdAA4OMAAHZbgMAAQAF4AAUAP///8AAIMAC4DDBMCYCGjJpgYYJgTAQ0ZNMApVCQAZGmI0bQ0nZjjGW7CjcTQn2TQm0m" +
      "ZMCZk4E9Pb315UbNfPYTUTiTAnETqTEmZO8m8nUn53E/SeWJNRNCciZE2kzJ0JkTeTmTqTpqJoTQnyVdifBOD/F3JFOFCQ0ADg4w",
  ),
  "bzip2 -1, twice": decode(
    "QlpoMTFBWSZTWbGi6SwAAE0TgEABBAA////wIACQKAAaAAAKVKamg0aYQ2ptqMVcQzV0DIfNWtWA1q5VafFX5VgOoYq61W1W4O1XermG" +
      "wegfoYq3BkO1WlX2Godw0DpV/hsGlWQyHKqeKvFXkXckU4UJCxouksBCWmgxMUFZJlNZejW1VgAAFluAwABAAXgABQA////wAAggAHBh" +
      "gmBMBDRk0wCpVPKAABoA0bUflKQrdiLi0dixyi820L46xr27t9Td83xU8GKPEMIoXxljoYHfIeTRSMZY9xWOJefSpdHwwPuOLFjjE/Rw" +
      "jq/i7kinChIPRraqwA==",
  ),
  xz: decode(
    "/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4AXkAEddACoaCKIDJWbxS3jFogX/LubZ0iAarTT44h3oQTb63AZpuzzkEDQnCeuzZuPtN5jt" +
      "kq3VJzzIFISBMNeFBWqzqGWu0mEwFP5QAACb38gtrAyCdQABY+ULAAAAh2YAerHEZ/sCAAAAAARZWg==",
  ),
  "xz --check=crc32": decode(
    "/Td6WFoAAAFpIt42AgAhARYAAAB0L+Wj4AXkAEddACoaCKIDJWbxS3jFogX/LubZ0iAarTT44h3oQTb63AZpuzzkEDQnCeuzZuPtN5jt" +
      "kq3VJzzIFISBMNeFBWqzqGWu0mEwFP5QAAA/31XlAAFf5QsAAABRobgJPjANiwIAAAAAAVla",
  ),
  "xz --check=sha256 --block-size=512": decode(
    "/Td6WFoAAArh+wyhAgAhARYAAAB0L+Wj4AH/ADVdACoaCKIDJWbxS3jFogX/LubZ0iAarTT44h3oQTb63AZpuzzkEDQnCeuzZuPtN5jt" +
      "kpLCwAAAAAAAACRN3uXZWHr2HGq6GBVPOwdEbExDDhAapHfUYCLKRI0iAgAhARYAAAB0L+Wj4AH/ADhdADeeAAWiUkR/66MVbcVDLz+b" +
      "qpFf4V51GABp44PQFVtTD/os4JHiT/nvs4f0RgbCrS0Dsdj21uAAAOA8Xvf7sg1WaoetaG4qQel+4N0Y3MXLheX5YPeILajRAgAhARYA" +
      "AAB0L+Wj4AHkABJdAABv/f1753AMOJQwAIMjLPwXtAAAANt4VbMFALkypftMLRTGT2JdsjNy/uTIGCiYaOLJLid1AANpgARsgARG5QMA" +
      "gVOHsBM6g9cDAAAAAApZWg==",
  ),
  "xz -0 --check=none": decode(
    "/Td6WFoAAAD/EtlBAgAhAQwAAACPmEGc4AXkAEddACoaCKIDJWbxS3jFogX/LubZ0iAarTT44h3oQTb63AZpuzzkEDQnCeuzZuPtN5jt" +
      "kq3VJzzIFISBMNeFBWqzqGWu0mEwFP5QAAAAAVvlCwAAAEfjKZKoAAr8AgAAAAAAWVo=",
  ),
  "xz, padded, twice": decode(
    "/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQACVGhlAAAeJ95BGiaRNAABGwMLL7kQH7bzfQEAAAAABFlaAAAAAAAAAAD9N3pYWgAABObW" +
      "tEYCACEBFgAAAHQv5aPgBeEASF0AEBxKpqrwAFlasfLrH6r4/tzcYvxGnR15n8KwZQJggeLUbXx1xdAwtkdvlF3lXk8xgdQ1zxkwhpKN" +
      "JeqvwitYnmJgj1xcN3sAAFNbLzWlfy3lAAFk4gsAAAAviiXVscRn+wIAAAAABFla",
  ),
  "xz --lzma2=lc=0,lp=4,pb=4": decode(
    "/Td6WFoAAATm1rRGAgAhAQAAAAA3J5fW4AXkAEzYACoaCKIDidTSYzWIDEcjedzcIDZfdP16wgrhtLkn6PhoSsHsTvIXN4LW0bt0+UDB" +
      "v3yMvjxYJoBh9A3Ad3a+9DbpI3hbSgW8g9RIzAAAm9/ILawMgnUAAWjlCwAAAESWxxCxxGf7AgAAAAAEWVo=",
  ),
  zstd: decode(
    "KLUv/QRYHQIAdANUaGUgcXVpY2sgYnJvd24gZm94IGp1bXBzIG92ZXIgdGhlIGxhenkgZG9nLiAAdGFpbCAwMTIzAgBUcJUoVVipMvMy" +
      "u8M=",
  ),
  "zstd -19 --no-check": decode(
    "KLUv/QBoHQIAdANUaGUgcXVpY2sgYnJvd24gZm94IGp1bXBzIG92ZXIgdGhlIGxhenkgZG9nLiAAdGFpbCAwMTIzAgBU3EqUKqxUGQ==",
  ),
  "zstd --fast=9": decode(
    "KLUv/QRIhQMARAZUaGUgcXVpY2sgYnJvd24gZm94IGp1bXBzIG92ZXIgdGhlIGxhenkgZG9nLiBUaGUgcXVpY2sgYnJvd24gZm94IGp1" +
      "bXBzIG92ZXIgdGhlIGxhenkgZG9nLiAAdGFpbCAwMTIzAgBU8Eq0k10VzPMyu8M=",
  ),
  "zstd --long=27, twice": decode(
    "KLUv/QSItQEA1AJUaGUgcXVpY2sgYnJvd24gZm94IGp1bXBzIG92ZXIgdGhlIGxhenkgZG9nLiABAKUKK1UGWRP6hSi1L/0EWJUAAFgA" +
      "AHRhaWwgMDEyMwEAUyqABS6hYcI=",
  ),
};

function decode(base64: string): Buffer {
  return Buffer.from(base64, "base64");
}
