import { GantryError, suggest } from "../errors.js";
import { quote } from "./quote.js";
import type { HealthcheckConfig } from "./oci.js";

/** Linux's largest user and group id that engines take without wrapping round to root (CVE-2024-40635). */
const largestId = 2 ** 31 - 1;

const signals = [
  ..."ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS".split(
    " ",
  ),
  ..."TERM TRAP TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ RTMIN RTMAX".split(" "),
];

/** "8080" is ["8080/tcp"], "8000-8001/udp" both; throws ERR_GANTRY_SPEC_INVALID. */
export function parsePorts(text: string): readonly string[] {
  const match = /^([0-9]{1,5})(?:-([0-9]{1,5}))?(?:\/([A-Za-z]+))?$/.exec(text);
  if (match === null)
    throw invalidPort(
      text,
      'expected "8080", "53/udp" or "8000-8010"; a port is published by who runs the image',
    );
  const [, first, last = first, protocol = "tcp"] = match;
  const low = Number(first);
  const high = Number(last);
  if (low < 1 || high > 65535) throw invalidPort(text, "expected a number from 1 to 65535");
  if (high < low) throw invalidPort(text, `expected the smaller number first, "${high}-${low}"`);
  const name = protocol.toLowerCase();
  const known = ["tcp", "udp", "sctp"];
  if (!known.includes(name))
    throw invalidPort(text, `expected tcp, udp or sctp behind the slash${suggest(name, known)}`);
  return Array.from({ length: high - low + 1 }, (_, index) => `${low + index}/${name}`);
}

function invalidPort(text: string, expected: string): GantryError {
  return new GantryError("ERR_GANTRY_SPEC_INVALID", `invalid port ${quote(text)}: ${expected}`);
}

/** A volume's path: absolute, or no engine starts the image. */
export function checkVolume(path: string): string {
  if (path.startsWith("/") && !path.includes("\0")) return path;
  throw new GantryError(
    "ERR_GANTRY_SPEC_INVALID",
    `invalid volume ${quote(path)}: expected an absolute path of the image, for example "/data"`,
  );
}

/** "name", "uid", "name:group", "uid:gid". */
export function checkUser(user: string): string {
  const parts = user.split(":");
  const isGood = parts.length <= 2 && parts.every((part) => /^[^\0\s]+$/.test(part));
  if (!isGood) {
    throw new GantryError(
      "ERR_GANTRY_SPEC_INVALID",
      `invalid user ${quote(user)}: expected a name or number, with an optional :group, for example "1000:1000"`,
    );
  }
  const large = parts.find((part) => /^[0-9]+$/.test(part) && Number(part) > largestId);
  if (large === undefined) return user;
  throw new GantryError(
    "ERR_GANTRY_SPEC_INVALID",
    `invalid user ${quote(user)}: the largest id is ${largestId}, got ${quote(large)}`,
  );
}

/** A number from 1 to 64 or a name of Linux's signals with or without SIG; kept as written. */
export function checkStopSignal(signal: string): string {
  if (/^[0-9]+$/.test(signal) && Number(signal) >= 1 && Number(signal) <= 64) return signal;
  const name = signal.toUpperCase().replace(/^SIG/, "");
  if (signals.includes(name)) return signal;
  const realTime = /^RT(?:MIN\+([0-9]{1,2})|MAX-([0-9]{1,2}))$/.exec(name);
  if (realTime !== null && Number(realTime[1] ?? 0) <= 15 && Number(realTime[2] ?? 0) <= 14) return signal;
  const hint = /^[0-9]/.test(signal)
    ? ""
    : suggest(
        `SIG${name}`,
        signals.map((known) => `SIG${known}`),
      );
  throw new GantryError(
    "ERR_GANTRY_SPEC_INVALID",
    `invalid stop signal ${quote(signal)}: expected a name such as "SIGTERM" or a number from 1 to 64${hint}`,
  );
}

const durations = ["Interval", "Timeout", "StartPeriod", "StartInterval"] as const;

/** Docker's rules: a known kind of test, durations of 0 or at least a millisecond, retries not negative. Keys come out in one order. */
export function checkHealthcheck(check: HealthcheckConfig): HealthcheckConfig {
  const [kind, ...words] = check.Test ?? [];
  const isTest =
    kind === undefined ||
    (kind === "NONE" ? words.length === 0 : ["CMD", "CMD-SHELL"].includes(kind) && words.length > 0);
  if (!isTest)
    throw invalidHealthcheck(
      "test",
      `${quote((check.Test ?? []).join(" "))}: expected NONE alone, or CMD or CMD-SHELL and a command`,
    );
  for (const name of durations) {
    const value = check[name] ?? 0;
    if (!Number.isSafeInteger(value) || value < 0 || (value > 0 && value < 1e6)) {
      throw invalidHealthcheck(name, `${value} ns: expected 0 or at least 1 ms`);
    }
  }
  const retries = check.Retries ?? 0;
  if (!Number.isSafeInteger(retries) || retries < 0)
    throw invalidHealthcheck("Retries", `${retries}: expected 0 or more`);
  const order = ["Test", ...durations, "Retries"] as const;
  return Object.fromEntries(order.flatMap((key) => (check[key] === undefined ? [] : [[key, check[key]]])));
}

function invalidHealthcheck(field: string, problem: string): GantryError {
  return new GantryError(
    "ERR_GANTRY_SPEC_INVALID",
    `invalid healthcheck ${field.charAt(0).toLowerCase()}${field.slice(1)} ${problem}`,
  );
}
