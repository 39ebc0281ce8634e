import assert from "node:assert/strict";
import test from "node:test";
import { withoutCredentials } from "../../src/model/without-credentials.js";

for (const [text, shown] of [
  ["ADD https://me:secret@host/f /f", "ADD https://xxxxx@host/f /f"],
  ["https://token@host/f", "https://xxxxx@host/f"],
  ["https://me:sec/ret@host/f", "https://xxxxx@host/f"],
  ["https://me:sec@ret@host/f", "https://xxxxx@host/f"],
  ["ssh://me:secret@host/it.git", "ssh://me:xxxxx@host/it.git"],
  ["git://me:secret@host/it.git", "git://me:xxxxx@host/it.git"],
] as const)
  test(`credentials are not shown: ${shown}`, () => assert.equal(withoutCredentials(text), shown));

for (const text of [
  "https://host/@scope/f",
  "https://host:8080/@scope/f",
  "https://[::1]:8080/@scope/f",
  "https://host:${PORT}/@scope/f",
  "ssh://git@host/it.git",
  "https://host:80 me@host",
])
  test(`there are no credentials in ${text}`, () => assert.equal(withoutCredentials(text), text));
