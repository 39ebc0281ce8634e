import { GantryError } from "../../errors.js";
import type { ConfigChange } from "../../model/merge.js";
import { healthcheckConfig } from "./healthcheck.js";
import type { ImageFields } from "./request.js";

/** The fields of a request that change the image's configuration, in the words of `mergeConfig`. */
export function configChange(fields: ImageFields): ConfigChange {
  const { env, labels, user, workdir, entrypoint, cmd, ports, volumes, stopSignal, healthcheck } = fields;
  return {
    ...(env === undefined ? {} : { env }),
    ...(labels === undefined ? {} : { labels }),
    ...(user === undefined ? {} : { user: String(user) }),
    ...(workdir === undefined ? {} : { workdir }),
    ...(entrypoint === undefined ? {} : { entrypoint: words(entrypoint, "entrypoint") }),
    ...(cmd === undefined ? {} : { cmd: words(cmd, "cmd") }),
    ...(ports === undefined ? {} : { exposedPorts: ports.map(String) }),
    ...(volumes === undefined ? {} : { volumes }),
    ...(stopSignal === undefined ? {} : { stopSignal }),
    ...(healthcheck === undefined ? {} : { healthcheck: healthcheckConfig(healthcheck) }),
  };
}

/** A text is one word. One with spaces would be a program of that name, which nobody means. */
function words(value: string | readonly string[], field: string): readonly string[] {
  if (typeof value !== "string") return value;
  if (value !== "" && !/\s/.test(value)) return [value];
  const list = JSON.stringify(value.split(/\s+/).filter((word) => word !== ""));
  throw new GantryError(
    "ERR_GANTRY_SPEC_INVALID",
    `${field}: a text is one word; write a list${value.trim() === "" ? ", [] clears it" : `, like ${list}`}`,
  );
}
