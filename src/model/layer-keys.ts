/** Keys of a layer's entries, as lower-case hex. */
export interface LayerKeys {
  /** Everything that decides the tar's bytes, a file's content by its stamp. */
  readonly stamps: string;
  /** The same without what a touch changes: times, device, inode. */
  readonly shape: string;
  /** The newest change time of any file or symlink, in milliseconds since 1970: a stamp this young is not to be trusted. */
  readonly newest: number;
}
