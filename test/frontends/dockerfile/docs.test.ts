import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { rules } from "../../../src/frontends/dockerfile/checks/rules.js";
import { cases } from "./cases/cases.js";

const docs = readFileSync(new URL("../../../../docs/dockerfile.md", import.meta.url), "utf8");

/** The words in code that a section has, up to the next heading of its rank. */
function told(heading: string): ReadonlySet<string> {
  const [, after = ""] = docs.split(`\n${heading}\n`);
  const [section = ""] = after.split(heading.startsWith("### ") ? /\n##/ : /\n## /);
  return new Set([...section.matchAll(/`([^`\n]+)`/g)].map(([, words = ""]) => words.replace(/[= ].*$/, "")));
}

test("docs/dockerfile.md tells of every instruction and of every flag of COPY and ADD", () => {
  const instructions = told("## Instructions");
  for (const name of [
    ...["FROM", "ARG", "ENV", "LABEL", "COPY", "ADD", "WORKDIR", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL"],
    ...["HEALTHCHECK", "CMD", "ENTRYPOINT", "SHELL", "ONBUILD", "MAINTAINER", "RUN"],
  ]) {
    assert.ok(instructions.has(name), name);
  }
  const all = new Set([...docs.matchAll(/`(--[a-z-]+)/g)].map(([, flag]) => flag));
  for (const flag of [
    ...["--from", "--chown", "--chmod", "--link", "--parents", "--exclude"],
    ...["--checksum", "--keep-git-dir", "--unpack"],
  ]) {
    assert.ok(all.has(flag), flag);
  }
});

test("docs/dockerfile.md tells of every build check", () => {
  const [, checks = ""] = docs.split("\n## Build checks\n");
  const words = new Set(checks.split("\n## ", 1)[0]!.match(/[A-Z][A-Za-z]+/g));
  assert.deepEqual(
    Object.keys(rules).filter((name) => !words.has(name)),
    [],
  );
});

/** What BuildKit's semantics are about, and how many Dockerfiles are the least that can show it. */
const topics = {
  ...{ lines: 5, comments: 2, continuation: 5, directives: 4, heredocs: 8, flags: 3 },
  ...{ expansion: 12, arg: 12, env: 5, label: 3, from: 10, platform: 1 },
  ...{ copy: 100, add: 40, url: 10, git: 5, context: 5, base: 10, ignore: 8 },
  ...{ workdir: 8, user: 3, cmd: 8, entrypoint: 7, shell: 3, expose: 5, volume: 3, stopsignal: 4 },
  ...{ healthcheck: 6, onbuild: 10, maintainer: 2 },
};

test("Dockerfiles that BuildKit built cover every topic, each named after what it covers", () => {
  const counts: Record<string, number> = {};
  for (const { name } of cases) {
    assert.match(name, /^[a-z]+: \S/);
    const [topic = ""] = name.split(":", 1);
    counts[topic] = (counts[topic] ?? 0) + 1;
  }
  assert.deepEqual(Object.keys(counts).toSorted(), Object.keys(topics).toSorted());
  for (const [topic, least] of Object.entries(topics))
    assert.ok(counts[topic]! >= least, `${topic}: ${counts[topic]} of at least ${least}`);
});
