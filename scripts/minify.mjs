// What wasm-bindgen writes and boot.js are half comments, and Tailwind indents its CSS: that stays here. Trunk runs this on what
// it has built; index.html therefore asks for no digest of the CSS, which trunk takes before.
// usage: TRUNK_STAGING_DIR=FOLDER node scripts/minify.mjs
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { transformSync } from "esbuild";

const folder = process.env.TRUNK_STAGING_DIR;
if (process.env.TRUNK_PROFILE === "release") {
  const ways = {
    js: { minify: true, format: "esm", target: "es2022" },
    css: { minify: true, loader: "css", target: "esnext" },
  };
  for (const name of readdirSync(folder)) {
    const [path, way] = [join(folder, name), ways[name.split(".").pop()]];
    if (way) writeFileSync(path, transformSync(readFileSync(path, "utf8"), way).code);
  }
}
