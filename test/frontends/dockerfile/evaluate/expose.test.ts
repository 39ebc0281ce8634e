import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { exposedPorts } from "../../../../src/frontends/dockerfile/evaluate/expose.js";

const variables: Readonly<Record<string, string>> = { P: "80 81/udp", N: "9" };

function portsOf(...words: readonly string[]): readonly string[] {
  return exposedPorts(words, { lookup: (name) => variables[name], escape: "\\" });
}

for (const [word, ports] of [
  ["80", "80/tcp"],
  ["080", "80/tcp"],
  ["+5", "5/tcp"],
  ["0", "0/tcp"],
  ["65535/udp", "65535/udp"],
  ["53/UDP", "53/udp"],
  ["1/sctp", "1/sctp"],
  ["80/", "80/tcp"],
  ["8000-8002/Tcp", "8000/tcp 8001/tcp 8002/tcp"],
  ["80-80", "80/tcp"],
  ["9:80", "80/tcp"],
  [":80", "80/tcp"],
  ["127.0.0.1:9:80", "80/tcp"],
  ["1.2.3.4::80", "80/tcp"],
  ["::1:9:80", "80/tcp"],
  ["[::1]:9:80", "80/tcp"],
  ["1-2:3-4", "3/tcp 4/tcp"],
  ["1-9:80", "80/tcp"],
  ["$P", "80/tcp 81/udp"],
  ["${N}0", "90/tcp"],
  ["$nothing", ""],
  ['"81"', "81/tcp"],
] as const) {
  test(`EXPOSE ${word} is ${ports || "nothing"}`, () => {
    assert.equal(portsOf(word).join(" "), ports);
  });
}

for (const [word, message] of [
  ["x", "invalid containerPort: x"],
  ["70000", "invalid containerPort: 70000"],
  ["-1", "invalid containerPort: -1"],
  ["8-7", "invalid containerPort: 8-7"],
  ["1.5", "invalid containerPort: 1.5"],
  ["80/foo", 'invalid port: "80/foo": invalid proto: foo'],
  ["81/tcp/x", 'invalid port: "81/tcp/x": invalid proto: tcp/x'],
  ["/tcp", 'invalid port: "/tcp": no port specified'],
  ["80:", 'invalid port: "80:": no port specified'],
  ["a:80", "invalid hostPort: a"],
  ["localhost:1:2", "invalid IP address: localhost"],
  ["1-2:5-9", "invalid ranges specified for container and host Ports: 5-9 and 1-2"],
] as const) {
  test(`EXPOSE ${word} is an error`, () => {
    assert.throws(() => portsOf(word), { code: "ERR_GANTRY_DOCKERFILE_INVALID", message });
  });
}

test("a range is every port in it, in order", () => {
  const range = fc
    .tuple(fc.nat(65535), fc.nat(50))
    .map(([first, more]) => [first, Math.min(65535, first + more)]);
  fc.assert(
    fc.property(range, fc.constantFrom("tcp", "udp", "sctp"), ([first, last], protocol) => {
      const ports = portsOf(`${first}-${last}/${protocol}`);
      assert.equal(ports.length, last! - first! + 1);
      assert.deepEqual([ports[0], ports.at(-1)], [`${first}/${protocol}`, `${last}/${protocol}`]);
    }),
  );
});
