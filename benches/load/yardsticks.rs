//! Yardsticks: servers that do less than minyi.

use std::path::Path;
use std::time::Duration;

use actix_web::middleware::from_fn;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use minyi::http::body::Bodies;
use minyi::http::guard::{Site, guard};

/// The settings of the guard, for servers without pages.
const SITE: Site = Site {
    is_https: false,
    panicked: || HttpResponse::InternalServerError().finish(),
    coded_body: || HttpResponse::UnsupportedMediaType().finish(),
};

/// A server with the same stack, which decodes a form and drops it.
pub fn serve_dropping() {
    async fn dropped(
        request: HttpRequest,
        bodies: web::Data<Bodies>,
        payload: web::Payload,
    ) -> HttpResponse {
        let body = bodies.read(&request, payload, || None).await.unwrap();
        let fields = minyi::http::form::decode(&body).unwrap();
        assert!(fields.len() > 40);
        HttpResponse::SeeOther()
            .insert_header(("Location", "/thanks"))
            .finish()
    }
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    println!("http://{}/", listener.local_addr().unwrap());
    actix_web::rt::System::new().block_on(async move {
        let bodies = web::Data::new(Bodies::new(
            64 * 1024,
            Duration::from_secs(20),
            2 * 1024 * 1024,
        ));
        HttpServer::new(move || {
            App::new()
                .app_data(bodies.clone())
                .wrap(from_fn(|request, next| guard(SITE, request, next)))
                .route("/s/{survey}", web::post().to(dropped))
        })
        .listen(listener)
        .unwrap()
        .run()
        .await
        .unwrap();
    });
}

diesel::table! {
    bare (id) {
        id -> Text,
        body -> Text,
    }
}

/// Path of the bare prototype that answers with as many bytes as the query says.
pub const BYTES: &str = "/bytes";

/// A bare prototype: it stores a body durably before it acknowledges it, and sends a page.
pub fn serve_bare(file: &Path) {
    type Queued = ((String, String), tokio::sync::oneshot::Sender<()>);
    let mut database = SqliteConnection::establish(&file.to_string_lossy()).unwrap();
    database
        .batch_execute(
            "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             CREATE TABLE bare (id TEXT NOT NULL PRIMARY KEY, body TEXT NOT NULL);",
        )
        .unwrap();
    let (queue, work) = std::sync::mpsc::sync_channel::<Queued>(8192);
    std::thread::spawn(move || {
        while let Ok(first) = work.recv() {
            let batch: Vec<Queued> = std::iter::once(first)
                .chain(work.try_iter())
                .take(512)
                .collect();
            database
                .immediate_transaction(|database| {
                    for ((id, body), _) in &batch {
                        diesel::insert_into(bare::table)
                            .values((bare::id.eq(id), bare::body.eq(body)))
                            .execute(database)?;
                    }
                    QueryResult::Ok(())
                })
                .unwrap();
            batch
                .into_iter()
                .for_each(|(_, answer)| answer.send(()).unwrap());
        }
    });
    async fn stored(
        body: String,
        queue: web::Data<std::sync::mpsc::SyncSender<Queued>>,
    ) -> HttpResponse {
        let id = body.rsplit_once('=').unwrap().1.to_owned();
        let (answer, committed) = tokio::sync::oneshot::channel();
        queue.send(((id, body), answer)).unwrap();
        committed.await.unwrap();
        HttpResponse::SeeOther()
            .insert_header(("Location", "/thanks"))
            .finish()
    }
    async fn bytes(request: HttpRequest) -> web::Bytes {
        static PAGE: [u8; 64 * 1024] = [7; 64 * 1024];
        web::Bytes::from_static(&PAGE[..request.query_string().parse().unwrap()])
    }
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    println!("http://{}/", listener.local_addr().unwrap());
    let queue = web::Data::new(queue);
    actix_web::rt::System::new().block_on(async move {
        HttpServer::new(move || {
            App::new()
                .app_data(queue.clone())
                .route("/s/{survey}", web::post().to(stored))
                .route(BYTES, web::get().to(bytes))
        })
        .listen(listener)
        .unwrap()
        .run()
        .await
        .unwrap();
    });
}
