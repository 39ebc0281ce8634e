/**
 * Paths at which, or below which, bases keep symlinks to folders, and folders that are not 0755 and root's: what a layer
 * written without a look at the base would break. Where programs go anyway (/app, /opt, /usr/bin, /usr/local/bin,
 * /usr/share, /srv) is not among them, so that most builds need no base.
 */
export const specialPaths: readonly string[] = [
  // Links into /usr: Debian, Ubuntu, Fedora, UBI, Arch.
  ...["bin", "sbin", "lib", "lib32", "lib64", "libx32"],
  // Links within /usr: to bin and lib on Arch and newer Fedora, to var/tmp on Fedora and UBI, to share/man on Debian.
  ...["usr/sbin", "usr/lib64", "usr/local/sbin", "usr/tmp", "usr/local/man"],
  // Everybody's, with the sticky bit: 1777.
  ...["tmp", "var/tmp"],
  // Links into /run; there 1777 of lock, and the folders of services' sockets.
  ...["var/run", "var/lock", "run"],
  // Of one user alone: 0700 or 0550 of root's, and what /home has.
  ...["root", "home"],
  // Of the users that services run as; mail and spool/mail lead to each other, local is 2775, www/html 1777 in PHP's images.
  ...["var/lib", "var/cache", "var/log", "var/spool", "var/mail", "var/local", "var/www"],
  // certs is a link on Fedora and UBI, private is 0710 or 0700; on Debian the folder of one's own certificates is 2775.
  ...["etc/ssl", "etc/pki", "usr/local/share/ca-certificates"],
  // A link to rc.d/init.d on Fedora and UBI; 0750.
  ...["etc/init.d", "etc/sudoers.d"],
];

/** Whether a path (no slashes around it) is one of the special ones or below one. */
export function isSpecial(path: string): boolean {
  return specialPaths.some((special) => isWithin(path, special));
}

/** Whether what is at or below a path can be special; a cheap question about a whole folder of files. */
export function mayBeSpecial(path: string): boolean {
  return path === "" || specialPaths.some((special) => isWithin(path, special) || isWithin(special, path));
}

/** Whether a path is the folder, or below it. */
export function isWithin(path: string, folder: string): boolean {
  return path.startsWith(folder) && (path.length === folder.length || path[folder.length] === "/");
}
