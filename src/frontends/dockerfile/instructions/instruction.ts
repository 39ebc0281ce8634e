import type { HealthcheckConfig } from "../../../model/oci.js";
import type { Statement } from "../parse/statement.js";

/** What a statement means, with nothing in it expanded yet. */
export type Instruction =
  | FromInstruction
  | ArgInstruction
  | PairsInstruction
  | CopyInstruction
  | AddInstruction
  | RunInstruction
  | CommandInstruction
  | ShellInstruction
  | HealthcheckInstruction
  | ExposeInstruction
  | VolumeInstruction
  | TextInstruction
  | OnbuildInstruction;

/** What every instruction knows of itself. */
interface Written {
  readonly statement: Statement;
}

export interface FromInstruction extends Written {
  readonly type: "FROM";
  readonly image: string;
  readonly platform: string | undefined;
  /** Lower-cased. */
  readonly name: string | undefined;
}

export interface ArgInstruction extends Written {
  readonly type: "ARG";
  readonly args: readonly { readonly name: string; readonly value: string | undefined }[];
}

export interface PairsInstruction extends Written {
  readonly type: "ENV" | "LABEL";
  readonly pairs: readonly { readonly name: string; readonly value: string }[];
  /** `ENV name the rest`, without an equals sign. */
  readonly legacy: boolean;
}

/** What COPY and ADD share. */
interface Copying extends Written {
  /** Paths and, for ADD, URLs; without heredocs. */
  readonly sources: readonly string[];
  readonly files: readonly InlineFile[];
  readonly destination: string;
  readonly chown: string | undefined;
  readonly chmod: string | undefined;
  readonly link: boolean;
  readonly exclude: readonly string[];
}

/** A heredoc as a source: a file of that name. */
export interface InlineFile {
  readonly name: string;
  /** Without the leading tabs that `<<-` removes. */
  readonly content: string;
  readonly expand: boolean;
}

export interface CopyInstruction extends Copying {
  readonly type: "COPY";
  readonly from: string | undefined;
  readonly parents: boolean;
}

export interface AddInstruction extends Copying {
  readonly type: "ADD";
  readonly checksum: string | undefined;
  readonly keepGitDir: boolean | undefined;
  readonly unpack: boolean | undefined;
}

/** A command line: words, or one text that a shell is to read. */
export interface CommandLine {
  readonly words: readonly string[];
  readonly forShell: boolean;
}

export interface RunInstruction extends Written {
  readonly type: "RUN";
  readonly command: CommandLine;
}

export interface CommandInstruction extends Written {
  readonly type: "CMD" | "ENTRYPOINT";
  readonly command: CommandLine;
}

export interface ShellInstruction extends Written {
  readonly type: "SHELL";
  readonly words: readonly string[];
}

export interface HealthcheckInstruction extends Written {
  readonly type: "HEALTHCHECK";
  readonly check: HealthcheckConfig;
}

export interface ExposeInstruction extends Written {
  readonly type: "EXPOSE";
  /** In the order of their bytes. */
  readonly ports: readonly string[];
}

export interface VolumeInstruction extends Written {
  readonly type: "VOLUME";
  readonly paths: readonly string[];
}

export interface TextInstruction extends Written {
  readonly type: "USER" | "WORKDIR" | "STOPSIGNAL" | "MAINTAINER";
  readonly text: string;
}

export interface OnbuildInstruction extends Written {
  readonly type: "ONBUILD";
  /** As it is kept in the image: the instruction with its heredocs behind it. */
  readonly trigger: string;
}
