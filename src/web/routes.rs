//! Every route of the public listener on one screen, grouped by who calls it.

use actix_web::web::{self, ServiceConfig, get, post, resource};

use crate::web::{api, error, questionnaire, results, site};

/// Mounts the routes.
pub fn mount(routes: &mut ServiceConfig) {
    routes
        // Citizens.
        .route("/", get().to(site::home))
        .service(
            resource("/s/{survey}")
                .route(get().to(questionnaire::page))
                .route(post().to(questionnaire::submit)),
        )
        .route("/s/{survey}/thanks", get().to(questionnaire::thanks))
        .route("/s/{survey}/poster", get().to(site::poster))
        // The public, journalists, auditors.
        .route("/results", get().to(results::index))
        .route("/results/{survey}", get().to(results::survey))
        // Enumerators' devices and other programs.
        .route("/api/v1/responses", post().to(api::post_responses))
        .route("/api/v1/surveys", get().to(api::surveys))
        .route("/api/v1/surveys/{survey}", get().to(api::survey))
        .route("/openapi.json", get().to(site::openapi))
        // Operators and robots.
        .route("/healthz", get().to(site::healthz))
        .route("/readyz", get().to(site::readyz))
        .route("/robots.txt", get().to(site::robots))
        .route("/assets/{file}", get().to(site::asset))
        .default_service(web::to(error::not_found));
}
