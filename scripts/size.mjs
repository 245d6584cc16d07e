// How much a first visit transfers: index.html and all it names, with the limit that the build holds.
// usage: node scripts/size.mjs [FOLDER] [KILOBYTES]    (1 KB = 1000 bytes)
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { brotli, compressible, gzip } from "./compress.mjs";

const [folder = "dist", limit = "250"] = process.argv.slice(2);
const html = readFileSync(join(folder, "index.html"), "utf8");
const named = [...html.matchAll(/(?:href|src|data-js|data-wasm)="\.?\/?([^"#:]+)"/g)].map((match) => match[1]);
const snippets = existsSync(join(folder, "snippets")) // what wasm-bindgen's script imports
  ? readdirSync(join(folder, "snippets"), { recursive: true }).filter((name) => name.endsWith(".js")).map((name) => `snippets/${name}`)
  : [];
const rows = [...new Set(["index.html", ...named, ...snippets])].map((name) => {
  const bytes = readFileSync(join(folder, name));
  return [name, bytes.length, ...(compressible(name) ? [gzip(bytes).length, brotli(bytes).length] : [bytes.length, bytes.length])];
});
rows.sort((a, b) => b[3] - a[3]);
rows.push(["first load", ...[1, 2, 3].map((column) => rows.reduce((sum, row) => sum + row[column], 0))]);
const width = Math.max(...rows.map((row) => row[0].length));
const line = (name, ...cells) => console.log(name.padEnd(width), ...cells.map((cell) => String(cell).padStart(9)));
line("bytes", "raw", "gzip", "brotli");
for (const row of rows) line(...row);
// Fetched after the form is there, while somebody types: no part of the first load, but nobody should forget it.
const behind = readdirSync(folder).filter((name) => /^carrete-app.*\.(js|wasm)$/.test(name));
for (const name of behind) {
  const bytes = readFileSync(join(folder, name));
  line(`then: ${name}`, bytes.length, gzip(bytes).length, brotli(bytes).length);
}
if (rows.at(-1)[3] > Number(limit) * 1000) {
  console.error(`The first load is above ${limit} KB (brotli).`);
  process.exit(1);
}
