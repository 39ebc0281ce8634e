import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { checkDockerfile, formatCheck, plan } from "../../../../src/index.js";
import type { CheckResult, DockerfileRequest, Warning } from "../../../../src/index.js";
import { rules, type Rule, type RuleName } from "../../../../src/frontends/dockerfile/checks/rules.js";
import { scratchFolder } from "../../../support/scratch-folder.js";
import { startBase } from "../cases/base-image.js";
import { writeContext } from "../cases/context.js";
import { baseImage, type BuildWarning, type CheckCase } from "./cases/case.js";
import { checkCases } from "./cases/cases.js";
import { readGoldenChecks } from "./golden-checks.js";

const golden = readGoldenChecks();

test("every case has a name of its own, and what BuildKit made of it", () => {
  const names = checkCases.map(({ name }) => name);
  assert.deepEqual(names.toSorted(), [...new Set(names)].toSorted());
  assert.deepEqual(Object.keys(golden).toSorted(), names.toSorted());
});

test("every rule of BuildKit's has a case that breaks it and one that does not", () => {
  for (const rule of Object.values(rules).filter(({ own }) => !own)) {
    const own = checkCases.filter(({ name }) => name.startsWith(`${rule.name}: `));
    const broken = own.filter(({ name }) => golden[name]!.check.includes(`WARNING: ${rule.name}`));
    assert.ok(broken.length > 0, `${rule.name} is never broken`);
    assert.ok(own.length > broken.length, `${rule.name} is never kept`);
  }
});

for (const each of checkCases) {
  const { check, build } = golden[each.name]!;
  test(`checked as BuildKit does: ${each.name}`, async (t) => {
    const { request, options, anonymous } = await prepare(t, each);
    const result = await checkDockerfile(request, options);
    const warnings = result.warnings.filter(({ ruleName }) => !ruleOf(ruleName).own);
    const { buildError, ...rest } = { ...result, warnings };
    assert.equal(anonymous(sorted(withoutHeading(rest))), sorted(check));
    assert.equal(buildError !== undefined, each.isFaulty === true, buildError?.message);
    if (buildError !== undefined && build?.error !== undefined) {
      const [ours, theirs] = [buildError.message, build.error].map(withoutPrefix);
      assert.ok(ours!.startsWith(theirs!) || theirs!.startsWith(ours!), `${ours} | ${theirs}`);
    }
  });
  if (build !== undefined)
    test(`warned of as BuildKit does in a build: ${each.name}`, async (t) => {
      const { request, options, anonymous } = await prepare(t, each);
      const told: Warning[] = [];
      const onEvent = (event: { readonly type: string }) => {
        if (event.type === "warning") told.push(event as Warning);
      };
      const failure = await plan(request, { ...options, onEvent }).then(
        () => undefined,
        (error: Error) => error.message,
      );
      const warnings = told
        .filter(({ code }) => code in rules && !ruleOf(code).own)
        .map(({ message }) => anonymous(message));
      assert.deepEqual(warnings.toSorted(), build.warnings.map(({ short }) => short).toSorted());
      for (const { short, ...about } of build.warnings) assert.deepEqual(aboutOf(short), about);
      if (build.error?.startsWith("lint violation") === true)
        assert.equal(rulesOf(failure!), rulesOf(build.error));
    });
}

/** A case written down: how to ask for it, and how to read what names its base. */
async function prepare(t: TestContext, each: CheckCase) {
  const folder = await scratchFolder(t);
  const context = join(folder, "context");
  mkdirSync(context);
  writeContext(context, each);
  const base = each.onBase === true ? await startBase(folder) : undefined;
  if (base !== undefined) t.after(() => base.close());
  const buildArgs = { ...each.buildArgs, ...(base === undefined ? {} : { BASE: base.name }) };
  const { target } = each;
  const platforms = ["linux/amd64"];
  const request: DockerfileRequest = { name: "case", dockerfile: "Dockerfile", target, buildArgs, platforms };
  const anonymous = (text: string) => (base === undefined ? text : text.replaceAll(base.name, baseImage));
  return { request, options: { context, cacheDir: join(folder, "cache") }, anonymous };
}

/** What is there beyond the warnings' number, which BuildKit leaves to its clients. */
function withoutHeading(result: CheckResult): string {
  return formatCheck(result).replace(/^Check complete, .*\n/, "");
}

/** BuildKit takes the variables of one word in any order. */
function sorted(text: string): string {
  return text
    .split("\n\nWARNING: ")
    .map((part) => part.trim().replace(/^WARNING: /, ""))
    .toSorted()
    .join("\n\n");
}

function ruleOf(name: string): Rule {
  return rules[name as RuleName];
}

function aboutOf(short: string): Omit<BuildWarning, "short"> {
  const { description, url } = ruleOf(short.slice(0, short.indexOf(":")));
  return url === undefined ? { description } : { description, url };
}

/** The rules that an error names, in any order. */
function rulesOf(error: string): string {
  const [words, names = ""] = error.split(": ");
  return `${words}: ${names.split(", ").toSorted().join(", ")}`;
}

/** An error's own words; behind them either of the two may have a hint that the other one has not. */
function withoutPrefix(message: string): string {
  return message.replace(/^(?:dockerfile parse error on line \d+|failed to parse \S+( \S+)?): /, "");
}
