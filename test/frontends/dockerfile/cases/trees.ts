/** A stage's users and groups. */
export const people = {
  "etc/passwd": "root:x:0:0::/:/\napp:x:100:101::/:/\n",
  "etc/group": "root:x:0:\nstaff:x:50:\n",
};

/** A context with folders in folders, and symlinks into it, out of it and to folders. */
export const linkedTree = {
  "a.txt": "a\n",
  "b.txt": "bb\n",
  "d/one": "1",
  "d/sub/two": { text: "2", mode: 0o600 },
  "d/sub/deep/one": "11",
  "d/link": { link: "one" },
  "e/three": "3",
  "e/sub/one": "4",
  link: { link: "a.txt" },
  dirlink: { link: "d" },
  rootlink: { link: "/d/sub" },
  "d/up": { link: "../../../../a.txt" },
} as const;
