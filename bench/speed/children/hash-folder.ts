import { openPool, packAndHash, walk } from "../stages/product.js";

/** Prints the diffID of a folder's layer: `node hash-folder.js FOLDER`. */
const pool = openPool();
console.log(await packAndHash(await walk(process.argv[2]!, pool), "none", pool));
await pool.close();
