//! A plain static host for the built page, as anybody might have: right media types, ranges of nothing, no fallback route.
//! The test cloud allows pages from ports 28080 to 28099, so each site takes a free one of these by binding it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::{Method, Request, Response, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

use super::wait;

/// Pages from this port are refused by every service of the test cloud.
pub const REFUSED_PORT: u16 = 28100;

pub struct Site {
    /// Where the page is, with a slash at the end.
    pub url: String,
    log: Arc<Mutex<Vec<Served>>>,
    task: AbortHandle,
}

/// A file that was asked for.
#[derive(Clone, Debug)]
pub struct Served {
    pub path: String,
    pub status: u16,
    /// Of the body as sent, compressed if the folder holds a compressed twin.
    pub bytes: usize,
}

/// The build under test: `CARRETE_DIST`, else `dist` in the repository.
pub fn dist() -> PathBuf {
    let folder = std::env::var_os("CARRETE_DIST").map_or_else(|| PathBuf::from("dist"), PathBuf::from);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    assert!(folder.join("index.html").exists(), "{} holds no built page: trunk build --release", folder.display());
    folder
}

impl Site {
    /// Serves `folder` below `base` ("/" or "/some/where/") on a port that the test cloud allows.
    pub async fn start(folder: &Path, base: &str) -> Self {
        let listener = wait::until("a free port of 28080 to 28099", Duration::from_secs(60), async || {
            for port in 28080..=28099 {
                if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)).await {
                    return Ok(listener);
                }
            }
            Err("all are taken".into())
        })
        .await;
        Self::serve(listener, folder, base)
    }

    /// The same on one port, waiting until it is free.
    pub async fn start_on(port: u16, folder: &Path, base: &str) -> Self {
        let listener = wait::until(&format!("port {port}"), Duration::from_secs(60), async || {
            TcpListener::bind(("127.0.0.1", port)).await.map_err(|error| error.to_string())
        })
        .await;
        Self::serve(listener, folder, base)
    }

    fn serve(listener: TcpListener, folder: &Path, base: &str) -> Self {
        let url = format!("http://{}{base}", listener.local_addr().unwrap());
        let log: Arc<Mutex<Vec<Served>>> = Arc::default();
        let (folder, base, served) = (folder.to_owned(), base.to_owned(), log.clone());
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (folder, base, served) = (folder.clone(), base.clone(), served.clone());
                let handler = hyper::service::service_fn(move |request: Request<Incoming>| {
                    let (path, response) = answer(&folder, &base, &request);
                    let bytes = hyper::body::Body::size_hint(response.body()).lower() as usize;
                    served.lock().unwrap().push(Served { path, status: response.status().as_u16(), bytes });
                    std::future::ready(Ok::<_, std::convert::Infallible>(response))
                });
                connections
                    .spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), handler));
            }
        })
        .abort_handle();
        Self { url, log, task }
    }

    pub fn served(&self) -> Vec<Served> {
        self.log.lock().unwrap().clone()
    }
    pub fn origin(&self) -> String {
        self.url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/")
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn answer(folder: &Path, base: &str, request: &Request<Incoming>) -> (String, Response<Full<Bytes>>) {
    let path = request.uri().path().to_owned();
    let plain = |status: u16| {
        let mut response = Response::new(Full::default());
        *response.status_mut() = status.try_into().unwrap();
        response
    };
    if request.method() != Method::GET {
        return (path, plain(405));
    }
    let Some(name) = path.strip_prefix(base).filter(|name| !name.split('/').any(|part| part == "..")) else {
        return (path, plain(404));
    };
    let file = folder.join(if name.is_empty() { "index.html" } else { name });
    let accepted = request.headers().get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or("");
    let twins = [("br", "br"), ("gzip", "gz")].into_iter().filter(|(coding, _)| accepted.contains(coding));
    let twin = twins
        .filter_map(|(coding, end)| Some((coding, std::fs::read(format!("{}.{end}", file.display())).ok()?)))
        .next();
    let (coding, content) = match twin {
        Some((coding, content)) => (Some(coding), content),
        None => match std::fs::read(&file) {
            Ok(content) => (None, content),
            Err(_) => return (path, plain(404)),
        },
    };
    let media_type = match file.extension().and_then(|end| end.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("json") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    };
    let mut response = Response::new(Full::new(content.into()));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, media_type.parse().unwrap());
    headers.insert(header::CACHE_CONTROL, "no-cache".parse().unwrap());
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, "nosniff".parse().unwrap());
    if let Some(coding) = coding {
        headers.insert(header::CONTENT_ENCODING, coding.parse().unwrap());
    }
    (path, response)
}
