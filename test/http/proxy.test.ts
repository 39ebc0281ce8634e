import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { chooseProxy, isExempt } from "../../src/http/proxy.js";

const exempt = (url: string, list: string) => isExempt(new URL(url), list);

const cases: readonly (readonly [list: string, url: string, exempt: boolean])[] = [
  ["*", "https://anything.test", true],
  ["", "https://a.test", false],
  ["a.test", "https://a.test", true],
  ["a.test", "https://b.a.test", true],
  ["a.test", "https://ba.test", false],
  ["A.TEST", "https://a.test", true],
  [".a.test", "https://b.a.test", true],
  [".a.test", "https://a.test", false],
  ["*.a.test", "https://b.a.test", true],
  ["*.a.test", "https://a.test", false],
  ["a.test:443", "https://a.test", true],
  ["a.test:8443", "https://a.test", false],
  ["a.test:5000", "http://a.test:5000", true],
  ["a.test:80", "http://a.test", true],
  ["x, a.test", "https://a.test", true],
  ["x a.test", "https://a.test", true],
  ["10.1.2.3", "https://10.1.2.3", true],
  ["10.0.0.0/8", "https://10.1.2.3", true],
  ["10.0.0.0/8", "https://11.1.2.3", false],
  ["10.0.0.0/99", "https://10.1.2.3", false],
  ["10.0.0.0/8", "https://10.test", false],
  ["2001:db8::/32", "https://[2001:db8::1]:5000", true],
  ["2001:db8::/32", "https://[2001:db9::1]", false],
  ["[2001:db8::1]:5000", "https://[2001:db8::1]:5000", true],
  ["[2001:db8::1]:5000", "https://[2001:db8::1]", false],
  ["::ffff:10.1.2.3", "https://10.1.2.3", true],
  ["10.0.0.0/8", "https://[::ffff:10.1.2.3]", true],
  ["10.1.2.3:5000", "http://10.1.2.3:5000", true],
];
for (const [list, url, expected] of cases) {
  test(`D77 NO_PROXY="${list}" ${expected ? "exempts" : "does not exempt"} ${url}`, () => {
    assert.equal(exempt(url, list), expected);
  });
}

test("D77 NO_PROXY of any text is read without failing", () => {
  fc.assert(fc.property(fc.string(), (list) => typeof exempt("https://10.1.2.3:5000", list) === "boolean"));
});

test("D77 the proxy is that of the URL's scheme, lower-case names win, this machine needs none", () => {
  const env = {
    HTTPS_PROXY: "http://upper:1",
    https_proxy: "lower:2",
    HTTP_PROXY: "http://plain:3",
    NO_PROXY: "no.test",
  };
  assert.equal(chooseProxy(new URL("https://a.test"), env)?.href, "http://lower:2/");
  assert.equal(chooseProxy(new URL("http://a.test"), env)?.href, "http://plain:3/");
  for (const url of ["https://no.test", "https://localhost:5000", "http://127.0.0.1:1", "http://[::1]:1"])
    assert.equal(chooseProxy(new URL(url), env), undefined, url);
  assert.equal(chooseProxy(new URL("https://a.test"), {}), undefined);
});

test("D77 a variable that names no proxy is an error that does not show it", () => {
  for (const value of [
    "socks5://user:secret@h:1",
    "http://",
    "http://user:secret@:1",
    "http://user:secret%@h:1",
    "::",
  ]) {
    assert.throws(
      () => chooseProxy(new URL("https://a.test"), { HTTPS_PROXY: value }),
      (error: Error) => {
        assert.match(error.message, /^HTTPS_PROXY is not the URL of a proxy: expected/);
        assert.ok(!error.message.includes("secret"));
        return true;
      },
    );
  }
});
