// What wasm-bindgen writes and boot.js are half comments: they stay in the repository. Trunk runs this on what it has built.
// usage: TRUNK_STAGING_DIR=FOLDER node scripts/minify.mjs
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { transformSync } from "esbuild";

const folder = process.env.TRUNK_STAGING_DIR;
if (process.env.TRUNK_PROFILE === "release") {
  for (const name of readdirSync(folder).filter((name) => name.endsWith(".js"))) {
    const path = join(folder, name);
    writeFileSync(path, transformSync(readFileSync(path, "utf8"), { minify: true, format: "esm", target: "es2022" }).code);
  }
}
