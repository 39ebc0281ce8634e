import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { rules, type RuleName } from "../../../../src/frontends/dockerfile/checks/rules.js";
import { checked } from "./checked.js";

/** A Dockerfile for every rule, and what is said of it; `$BASE` is an image for linux/amd64. */
const broken: Readonly<Record<RuleName, readonly [dockerfile: string, ...said: string[]]>> = {
  StageNameCasing: ["FROM scratch AS Build\n", "1: Stage name 'Build' should be lowercase"],
  FromAsCasing: ["FROM scratch as a\n", "1: 'as' and 'FROM' keywords' casing do not match"],
  NoEmptyContinuation: ["FROM scratch\nENV a=1 \\\n\n b=2\n", "4: Empty continuation line"],
  ConsistentInstructionCasing: [
    "FROM scratch\nenv a=1\nUSER x\n",
    "2: Command 'env' should match the case of the command majority (uppercase)",
  ],
  DuplicateStageName: [
    "FROM scratch AS a\nFROM scratch AS a\n",
    '2: Duplicate stage name "a", stage names should be unique',
  ],
  ReservedStageName: [
    "FROM scratch AS context\n",
    '1: Stage name should not use the same name as reserved stage "context"',
  ],
  JSONArgsRecommended: [
    "FROM scratch\nCMD a\nENTRYPOINT b\n",
    "2: JSON arguments recommended for CMD to prevent unintended behavior related to OS signals",
    "3: JSON arguments recommended for ENTRYPOINT to prevent unintended behavior related to OS signals",
  ],
  MaintainerDeprecated: [
    "FROM scratch\nMAINTAINER a\n",
    "2: Maintainer instruction is deprecated in favor of using label",
  ],
  UndefinedArgInFrom: [
    "ARG VERSION\nFROM scratch$VERSOIN\n",
    "2: FROM argument 'VERSOIN' is not declared (did you mean VERSION?)",
  ],
  WorkdirRelativePath: [
    "FROM scratch\nWORKDIR app\n",
    '2: Relative workdir "app" can have unexpected results if the base image changes',
  ],
  UndefinedVar: [
    "FROM scratch\nENV a=$HOMY PATH=$PAHT\n",
    "2: Usage of undefined variable '$HOMY'",
    "2: Usage of undefined variable '$PAHT' (did you mean $PATH?)",
  ],
  MultipleInstructionsDisallowed: [
    'FROM scratch\nCMD ["a"]\nCMD ["b"]\n',
    "2: Multiple CMD instructions should not be used in the same stage because only the last one will be used",
  ],
  LegacyKeyValueFormat: [
    "FROM scratch\nENV a b\n",
    '2: "ENV key=value" should be used instead of legacy "ENV key value" format',
  ],
  InvalidBaseImagePlatform: [
    "ARG BASE=scratch\nFROM --platform=linux/arm64 $BASE AS arm64\n",
    '2: Base image BASE was pulled with platform "linux/amd64", expected "linux/arm64" for current build',
  ],
  RedundantTargetPlatform: [
    "FROM --platform=$TARGETPLATFORM scratch\n",
    "1: Setting platform to predefined $TARGETPLATFORM in FROM is redundant as this is the default behavior",
  ],
  SecretsUsedInArgOrEnv: [
    "FROM scratch\nARG TOKEN\nENV my_password=1\n",
    '2: Do not use ARG or ENV instructions for sensitive data (ARG "TOKEN")',
    '3: Do not use ARG or ENV instructions for sensitive data (ENV "my_password")',
  ],
  InvalidDefaultArgInFrom: [
    "ARG NAME\nFROM ${NAME:-Scratch}\n",
    "2: Default value for ARG ${NAME:-Scratch} results in empty or invalid base image name",
  ],
  FromPlatformFlagConstDisallowed: [
    "FROM --platform=linux/arm64 scratch\n",
    '1: FROM --platform flag should not use constant value "linux/arm64"',
  ],
  CopyIgnoredFile: [
    "FROM scratch\nCOPY left-out /\nADD left-out /\n",
    '2: Attempting to Copy file "left-out" that is excluded by .dockerignore',
    '3: Attempting to Add file "left-out" that is excluded by .dockerignore',
  ],
  InvalidDefinitionDescription: [
    "# check=experimental=all\n# words\nARG a\n# words\nFROM scratch AS b\n",
    "3: Comment for ARG should follow the format: `# a <description>`",
    "5: Comment for FROM should follow the format: `# b <description>`",
  ],
  ExposeProtoCasing: [
    "FROM scratch\nEXPOSE 80/TCP\n",
    "2: Defined protocol '80/TCP' in EXPOSE instruction should be lowercase",
  ],
  ExposeInvalidFormat: [
    "FROM scratch\nEXPOSE 1:80\n",
    "2: EXPOSE instruction should not define an IP address or host-port mapping, found '1:80'",
  ],
  RunNotSupported: [
    "FROM scratch AS build\nRUN make\nFROM scratch AS other\nRUN none\nFROM scratch\nCOPY --from=build / /\n",
    '2: RUN in the stage "build" is needed and would be refused',
  ],
  ArgShadowsAutomaticPlatformArg: [
    "ARG BUILDPLATFORM=linux/amd64\nFROM scratch\nARG TARGETARCH=amd64 TARGETOS TARGETSTAGE=x\n",
    '1: ARG BUILDPLATFORM is "linux/amd64" whatever the platform of the build is',
    '3: ARG TARGETARCH is "amd64" whatever the platform of the build is',
  ],
  EmptyWildcard: [
    "FROM scratch\nCOPY f* none* /\nADD d/*.t[x] /\nFROM scratch\nCOPY --from=0 none* /\n",
    '2: COPY wildcard "none*" matches no file of the context',
    '3: ADD wildcard "d/*.t[x]" matches no file of the context',
  ],
};

for (const [name, [dockerfile, ...said]] of Object.entries(broken)) {
  test(`${name} is told of, with its lines`, async (t) => {
    const { warnings, base } = await checked(t, dockerfile, {
      files: { f: "f", "d/e": "e", "left-out": "x", ".dockerignore": "left-out\n" },
      onBase: dockerfile.includes("$BASE"),
    });
    const own = warnings.filter(({ ruleName }) => ruleName === name);
    const lines = own.map(({ location, detail }) => {
      return `${location.ranges!.at(-1)!.end.line}: ${base === undefined ? detail : detail.replace(base, "BASE")}`;
    });
    assert.deepEqual(lines, said);
    for (const { description, url } of own) {
      assert.equal(description, rules[name as RuleName].description);
      assert.equal(url, rules[name as RuleName].url);
    }
  });

  test(`${name} is skipped where the file says so`, async (t) => {
    const text = dockerfile.replace("# check=experimental=all\n", "");
    const { warnings } = await checked(t, `# check=skip=${name}\n${text}`, {
      files: { f: "f", "left-out": "x", ".dockerignore": "left-out\n" },
      onBase: dockerfile.includes("$BASE"),
    });
    assert.deepEqual(
      warnings.filter(({ ruleName }) => ruleName === name),
      [],
    );
  });
}

test("docker's rules are explained on docker's pages, and Gantry's own in the documentation", () => {
  const docs = readFileSync(
    fileURLToPath(new URL("../../../../../docs/dockerfile.md", import.meta.url)),
    "utf8",
  );
  for (const { name, own, url } of Object.values(rules)) {
    if (own)
      assert.ok(docs.includes(`#### ${name}\n`) && url === `docs/dockerfile.md#${name.toLowerCase()}`, name);
    else assert.ok(docs.includes(`\`${name}\``), name);
  }
  assert.equal(
    rules.JSONArgsRecommended.url,
    "https://docs.docker.com/go/dockerfile/rule/json-args-recommended/",
  );
  assert.equal(rules.InvalidBaseImagePlatform.url, undefined);
  assert.equal(Object.values(rules).filter(({ own }) => !own).length, 22);
});
