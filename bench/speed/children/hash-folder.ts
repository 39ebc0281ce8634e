import { packAndHash, walk } from "../stages/product.js";

/** Prints the diffID of a folder's layer: `node hash-folder.js FOLDER`. */
console.log(await packAndHash(await walk(process.argv[2]!), "none"));
