//! The register of releases in memory, and the files of public releases.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use jiff::Timestamp;

use crate::http::document::{Document, Effort};
use crate::http::guard::open_to_all;
use crate::release::register::{Register, Registered};
use crate::store::{ReadFile, Store, StoreError, StoredFile};
use crate::web::error::ErrorKind;

/// How long a file that was compared with the log is served before it is compared again.
const COMPARED_EVERY: Duration = Duration::from_secs(5);

/// Most files in memory: a few releases with all their files.
const MOST_FILES: usize = 400;

/// The releases as the handlers see them.
#[derive(Default)]
pub struct Releases {
    register: RwLock<Arc<Register>>,
    /// By id of the release and name of the file.
    files: RwLock<HashMap<String, HashMap<String, Kept>>>,
}

/// A file that was compared with the log.
#[derive(Clone)]
struct Kept {
    document: Arc<Document>,
    compared: Instant,
}

impl Releases {
    /// The register of this moment. A request takes it once and uses it to its end.
    pub fn register(&self) -> Arc<Register> {
        let register = self.register.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&register)
    }

    /// Reads the register from the database. Blocks.
    ///
    /// # Errors
    /// When the database cannot be read; then the register stays as it is.
    pub fn refresh(&self, store: &Store) -> Result<(), StoreError> {
        let read = Register::read(store)?;
        let mut register = self
            .register
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if **register != read {
            *register = Arc::new(read);
        }
        Ok(())
    }

    /// The file if it was compared with the log a moment ago.
    pub fn kept(&self, id: &str, name: &str) -> Option<Arc<Document>> {
        let files = self.files.read().unwrap_or_else(PoisonError::into_inner);
        let kept = files.get(id)?.get(name)?;
        (kept.compared.elapsed() < COMPARED_EVERY).then(|| Arc::clone(&kept.document))
    }

    /// Reads a file of a release and compares it with the manifest and the log. Blocks.
    ///
    /// # Errors
    /// [`ErrorKind::Altered`] if it is not what was stored, [`ErrorKind::NotFound`] if the release has no
    /// such file, [`ErrorKind::Receipt`] if the database does not answer.
    pub fn read(
        &self,
        store: &Store,
        registered: &Registered,
        name: &str,
    ) -> Result<Arc<Document>, ErrorKind> {
        let id = &registered.release.id;
        let listed = registered.manifest.files.get(name);
        let listed = listed.ok_or(ErrorKind::NotFound)?;
        let altered = || {
            tracing::error!(
                survey = registered.release.survey,
                number = registered.release.number,
                file = name,
                "a file of a release is not what was stored"
            );
            ErrorKind::Altered
        };
        if !registered.is_whole {
            return Err(altered());
        }
        let read = store.release_file(id, name);
        let file = match read.map_err(|_| ErrorKind::Receipt)? {
            Some(ReadFile::Whole(file)) => file,
            Some(ReadFile::Altered) | None => return Err(altered()),
        };
        if crate::survey::hex_digest(&file.bytes) != listed.sha256 {
            return Err(altered());
        }
        let mut files = self.files.write().unwrap_or_else(PoisonError::into_inner);
        if files.values().map(HashMap::len).sum::<usize>() >= MOST_FILES {
            files.clear();
        }
        let own = files.entry(id.clone()).or_default();
        // The same bytes need not be compressed again.
        let known = own.remove(name).map(|kept| kept.document);
        let document = known.unwrap_or_else(|| Arc::new(document(file)));
        own.insert(
            name.to_owned(),
            Kept {
                document: Arc::clone(&document),
                compared: Instant::now(),
            },
        );
        Ok(document)
    }
}

/// A file as it is served.
fn document(file: StoredFile) -> Document {
    let media_type = media_type(&file.media_type);
    let effort = match media_type.starts_with("text/html") {
        true => Effort::Best,
        false => Effort::Quick,
    };
    let policy = media_type.starts_with("image/svg").then_some(SVG_POLICY);
    Document::new(
        file.bytes,
        media_type,
        "public, max-age=300",
        policy,
        effort,
    )
}

/// The policy of a chart: any site may show it in a frame; it runs nothing and loads nothing.
const SVG_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors *";

/// The media types of files of releases.
const MEDIA_TYPES: [&str; 9] = [
    "text/html; charset=utf-8",
    "text/css; charset=utf-8",
    "text/csv; charset=utf-8",
    "text/plain; charset=utf-8",
    "application/json",
    "application/pdf",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "image/svg+xml",
    "image/png",
];

fn media_type(named: &str) -> &'static str {
    let known = MEDIA_TYPES.iter().find(|known| **known == named);
    known.copied().unwrap_or("application/octet-stream")
}

/// Answers `request` with a file of `registered`. Any site may read it. `Link` names the latest release
/// (RFC 5829), so that a program learns of a revision although the bytes never change.
pub fn respond(
    document: &Document,
    request: &HttpRequest,
    registered: &Registered,
    latest: Option<&Registered>,
) -> HttpResponse {
    let mut response = open_to_all(document.respond(request));
    let headers = response.headers_mut();
    let is_framed = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|own| own.as_bytes().starts_with(b"image/svg"));
    if is_framed {
        headers.remove(header::X_FRAME_OPTIONS);
    }
    let survey = &registered.release.survey;
    let mut links = format!("</results/{survey}>; rel=\"latest-version\"");
    let newer = latest.filter(|latest| latest.number() > registered.number());
    if let Some(newer) = newer {
        links.push_str(&format!(", <{}>; rel=\"successor-version\"", newer.path()));
    }
    if let Ok(links) = HeaderValue::from_str(&links) {
        headers.insert(header::LINK, links);
    }
    if let Ok(path) = HeaderValue::from_str(&registered.path()) {
        headers.insert(HeaderName::from_static("content-location"), path);
    }
    if let Ok(digest) = HeaderValue::from_str(&registered.release.digest) {
        headers.insert(HeaderName::from_static("x-release-digest"), digest);
    }
    response
}

/// Now, microseconds UTC.
#[must_use]
pub fn now() -> i64 {
    Timestamp::now().as_microsecond()
}
