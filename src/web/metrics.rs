//! The operators' listener: `/metrics` in the text format of Prometheus.

use std::net::TcpListener;
use std::time::Duration;

use actix_web::web::{Data, get};
use actix_web::{App as Service, HttpResponse, HttpServer};
use metrics_exporter_prometheus::{
    BuildError, Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};

use crate::web::app::App;

/// How long a request for the metrics waits for the counts of responses.
const COUNTS_DEADLINE: Duration = Duration::from_secs(2);

/// Starts the listener in the actix system of the caller.
///
/// # Errors
/// When the listener cannot be used.
pub fn start(app: Data<App>, listener: TcpListener) -> std::io::Result<()> {
    let recorder = recorder().map_err(std::io::Error::other)?;
    let handle = Data::new(recorder.handle());
    let upkeep = handle.clone();
    actix_web::rt::spawn(async move {
        // Recorded times use memory until upkeep counts them in their buckets.
        loop {
            actix_web::rt::time::sleep(Duration::from_secs(5)).await;
            upkeep.run_upkeep();
        }
    });
    // Fails for a second server in the same process, which then uses the recorder of the first.
    let _ = metrics::set_global_recorder(recorder);
    let operators = HttpServer::new(move || {
        Service::new()
            .app_data(app.clone())
            .app_data(handle.clone())
            .route("/metrics", get().to(metrics))
    });
    actix_web::rt::spawn(
        operators
            .workers(1)
            .disable_signals()
            .listen(listener)?
            .run(),
    );
    Ok(())
}

/// A recorder with buckets for times, from a tenth of a millisecond to five seconds, and for sizes,
/// from 1 to the most rows of a commit.
fn recorder() -> Result<PrometheusRecorder, BuildError> {
    const SECONDS: [f64; 15] = [
        0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0,
        2.5, 5.0,
    ];
    const RESPONSES: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];
    Ok(PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &SECONDS)?
        .set_buckets_for_metric(Matcher::Suffix("_commit_responses".into()), &RESPONSES)?
        .build_recorder())
}

/// GET `/metrics` on the operators' listener. Contains only counts and times: no answer, address or
/// channel.
async fn metrics(app: Data<App>, recorder: Data<PrometheusHandle>) -> HttpResponse {
    let counted = app.clone();
    // With a deadline, so that the other metrics can be read while the database does not answer.
    let counts = actix_web::web::block(move || {
        let surveys = counted.surveys();
        let ids = surveys.catalogue.surveys.keys();
        ids.map(|survey| {
            (
                survey.clone(),
                counted.store.counts(survey).unwrap_or_default(),
            )
        })
        .collect::<Vec<_>>()
    });
    if let Ok(Ok(counts)) = tokio::time::timeout(COUNTS_DEADLINE, counts).await {
        for (survey, modes) in counts {
            for (mode, n) in modes {
                let survey = survey.clone();
                let total =
                    metrics::counter!("minyi_responses_total", "survey" => survey, "mode" => mode);
                total.absolute(n);
            }
        }
    }
    app.store.record_state();
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(recorder.render())
}
