import { GantryError } from "../../../errors.js";
import type { Programs } from "../../../plan/world.js";
import { enginesOnPath, type EngineName } from "./engine.js";

/** An engine's program. Throws ERR_GANTRY_ENGINE, naming those there are, where it is not on the PATH. */
export async function findEngine(
  name: EngineName,
  programs: Programs | undefined,
): Promise<{ readonly program: string; readonly programs: Programs }> {
  const program = await programs?.find(name);
  if (programs !== undefined && program !== undefined) return { program, programs };
  const there = await enginesOnPath(programs);
  const others = there.length === 0 ? "install it" : `install it, or name ${there.join(" or ")}, which is`;
  throw new GantryError(
    "ERR_GANTRY_ENGINE",
    `RUN is to be handed to ${name}, which is not on the PATH: ${others}`,
  );
}
