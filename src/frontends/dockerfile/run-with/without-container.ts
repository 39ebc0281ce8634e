import type { ImageConfig } from "../../../model/oci.js";

/** Names of containers and images of the engine's own store, which differ from one run to the next. */
const ofTheImage = ["container", "container_config", "docker_version", "parent"];
/** Settings of a container, which say nothing of an image. */
const ofTheContainer = [
  ...["Hostname", "Domainname", "Image", "AttachStdin", "AttachStdout", "AttachStderr"],
  ...["Tty", "OpenStdin", "StdinOnce"],
];

/** A configuration of docker's form without what tells of the container that it was made in: the same for the same image. */
export function withoutContainer(image: ImageConfig): ImageConfig {
  const { config = {}, history = [], ...rest } = without(image, ofTheImage);
  return {
    ...rest,
    config: without(config, config.User === "" ? [...ofTheContainer, "User"] : ofTheContainer),
    history: history.map((entry) =>
      // buildah notes there what each step began with, by its ID.
      entry.comment?.startsWith("FROM ") ? without(entry, ["comment"]) : entry,
    ),
  } as ImageConfig;
}

function without<T extends object>(value: T, names: readonly string[]): T {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name))) as T;
}
