// Serves the built page on loopback, as any static host would: precompressed files where there are some, long caching for
// names that carry a hash, and nothing that a plain file server could not do.
// usage: node scripts/serve.mjs [FOLDER] [--base /a/b/]    PORT=8080 (0: any free one); prints the address
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, resolve, sep } from "node:path";
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { base: { type: "string", default: "/" } } });
const root = resolve(positionals[0] ?? "dist");
const base = `/${values.base}/`.replace(/\/+/g, "/");
const TYPES = {
  ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
  ".wasm": "application/wasm", ".svg": "image/svg+xml", ".json": "application/json", ".png": "image/png", ".txt": "text/plain; charset=utf-8",
  ".webmanifest": "application/manifest+json",
};
const file = (path) => {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() ? found : undefined;
};

const server = createServer((request, response) => {
  const answer = (status, headers = {}, body = "") => response.writeHead(status, { "Content-Type": "text/plain", ...headers }).end(body);
  if (request.method !== "GET" && request.method !== "HEAD") return answer(405, { Allow: "GET, HEAD" });
  let path;
  try {
    path = decodeURIComponent(new URL(request.url, "http://localhost").pathname);
  } catch {
    return answer(400);
  }
  if (path === base.slice(0, -1)) return answer(301, { Location: base });
  if (!path.startsWith(base) || path.includes("\0")) return answer(404, {}, "not here");
  const name = join(root, path.slice(base.length) || "index.html");
  const found = name.startsWith(root + sep) && file(name);
  if (!found) return answer(404, {}, "no such file");

  const accepted = (request.headers["accept-encoding"] ?? "").split(",").map((part) => part.trim().split(";")[0]);
  const [encoding, suffix] = [["br", ".br"], ["gzip", ".gz"]].find(([name_, end]) => accepted.includes(name_) && file(name + end)) ?? [];
  const sent = suffix ? file(name + suffix) : found;
  const etag = `"${found.mtimeMs.toString(36)}-${sent.size.toString(36)}${encoding ?? ""}"`;
  const headers = {
    "Content-Type": TYPES[extname(name)] ?? "application/octet-stream",
    "Cache-Control": /-[0-9a-f]{12,}(_bg)?\.\w+$/.test(name) ? "public, max-age=31536000, immutable" : "no-cache",
    "Content-Security-Policy": "frame-ancestors 'none'", // the page's own policy is in its meta tag, which cannot say this
    "X-Content-Type-Options": "nosniff",
    ETag: etag,
    Vary: "Accept-Encoding",
  };
  if (request.headers["if-none-match"] === etag) return response.writeHead(304, headers).end();
  response.writeHead(200, { ...headers, "Content-Length": sent.size, ...(encoding && { "Content-Encoding": encoding }) });
  if (request.method === "HEAD") return response.end();
  createReadStream(suffix ? name + suffix : name).pipe(response);
});
server.on("error", (error) => {
  console.error(error.code === "EADDRINUSE" ? `Port ${error.port} is taken: set PORT.` : error.message);
  process.exit(1);
});
server.listen(Number(process.env.PORT ?? 8080), "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}${base}`));
